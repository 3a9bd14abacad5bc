use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use super::{Density, DensityEntry, along, at, coordinates, finite, positive};
use crate::theory::{DensityError, TheoryError};

/// Half width of the support in sigmas: `erfc(9 / sqrt 2) = 2e-19`.
const REACH: f64 = 9.0;

/// Most slices into which a ridge of the plane is cut for quadrature.
const MOST_SLICES: f64 = 256.0;

/// A Gaussian on the line, or one in the plane with any covariance.
///
/// `log p(x) = -|L^-1 (x - mean)|^2 / 2 - log det L - (dim / 2) log 2 pi`, with the Cholesky factor `L` of the covariance.
///
/// ```
/// use gan_core::theory::densities::{Density, Gaussian};
///
/// let p = Gaussian::new(1.0, 0.5)?;
/// assert!((p.density(&[1.0]) - 2.0 / std::f64::consts::TAU.sqrt()).abs() < 1e-15);
/// let q = Gaussian::with_covariance([0.0, 0.0], [[2.0, 1.0], [1.0, 2.0]])?;
/// assert!((q.density(&[0.0, 0.0]) - 1.0 / (std::f64::consts::TAU * 3.0_f64.sqrt())).abs() < 1e-15);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    dim: usize,
    mean: [f64; 2],
    /// `L[0][0]`, `L[1][0]`, `L[1][1]`.
    factor: [f64; 3],
    /// `log det L + (dim / 2) log 2 pi`.
    log_normaliser: f64,
}

impl Gaussian {
    /// `N(mean, std^2)` on the line.
    ///
    /// # Errors
    /// [`DensityError::Parameter`] where the mean is not finite, or the standard deviation not above 0.
    pub fn new(mean: f64, std: f64) -> Result<Self, TheoryError> {
        let (mean, std) = (finite("gaussian", "mean", mean)?, positive("gaussian", "std", std)?);
        Ok(Self { dim: 1, mean: [mean, 0.0], factor: [std, 0.0, 1.0], log_normaliser: std.ln() + 0.5 * TAU.ln() })
    }

    /// `N(mean, covariance)` in the plane.
    ///
    /// # Errors
    /// [`DensityError::Parameter`] where the mean is not finite, or the covariance not symmetric and positive definite.
    pub fn with_covariance(mean: [f64; 2], covariance: [[f64; 2]; 2]) -> Result<Self, TheoryError> {
        let [[xx, xy], [yx, yy]] = covariance;
        if (xy - yx).abs() > 1e-12 * (xy.abs() + yx.abs()) {
            let expected = "the same as the entry across the diagonal";
            return Err(DensityError::Parameter { density: "gaussian", parameter: "covariance", expected, found: yx }.into());
        }
        let (std_x, std_y) = (positive("gaussian", "variance", xx)?.sqrt(), positive("gaussian", "variance", yy)?.sqrt());
        // Scaled before it is divided, so that small variances do not underflow.
        Self::in_plane(mean, [std_x, std_y], finite("gaussian", "covariance", xy)? / std_x / std_y)
    }

    /// In the plane by the standard deviations along both axes and the correlation in (-1, 1).
    ///
    /// # Errors
    /// [`DensityError::Parameter`].
    pub fn in_plane(mean: [f64; 2], std: [f64; 2], correlation: f64) -> Result<Self, TheoryError> {
        let mean = [finite("gaussian", "mean", mean[0])?, finite("gaussian", "mean", mean[1])?];
        let [x, y] = [positive("gaussian", "std", std[0])?, positive("gaussian", "std", std[1])?];
        let rest = (1.0 - correlation) * (1.0 + correlation);
        if correlation.is_nan() || rest <= 0.0 {
            let expected = "between -1 and 1";
            return Err(
                DensityError::Parameter { density: "gaussian", parameter: "correlation", expected, found: correlation }.into()
            );
        }
        let factor = [x, correlation * y, rest.sqrt() * y];
        Ok(Self { dim: 2, mean, factor, log_normaliser: factor[0].ln() + factor[2].ln() + TAU.ln() })
    }

    /// Mean and standard deviation along an axis.
    fn marginal(&self, axis: usize) -> (f64, f64) {
        match axis {
            0 => (self.mean[0], self.factor[0]),
            _ => (self.mean[1], self.factor[1].hypot(self.factor[2])),
        }
    }
}

impl Density for Gaussian {
    fn dim(&self) -> usize {
        self.dim
    }
    fn density(&self, x: &[f64]) -> f64 {
        self.log_density(x).exp()
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        let [l00, l10, l11] = self.factor;
        let squares = match *x {
            [x] if self.dim == 1 => ((x - self.mean[0]) / l00).powi(2),
            [x, y] if self.dim == 2 => {
                let first = (x - self.mean[0]) / l00;
                let second = (y - self.mean[1] - l10 * first) / l11;
                first * first + second * second
            }
            _ => f64::NAN,
        };
        -0.5 * squares - self.log_normaliser
    }
    fn support(&self) -> Vec<(f64, f64)> {
        (0..self.dim).map(|axis| self.marginal(axis)).map(|(mean, std)| (mean - REACH * std, mean + REACH * std)).collect()
    }
    fn parts(&self) -> Vec<Vec<(f64, f64)>> {
        let [l00, l10, l11] = self.factor;
        if self.dim == 1 || l10 == 0.0 {
            return vec![self.support()];
        }
        // A slanting ridge is looked at in slices that are not much longer than it is wide.
        let slices = (l10 / l11).abs().ceil().clamp(1.0, MOST_SLICES);
        let slice = |k: f64| {
            let (from, to) = (REACH * (2.0 * k / slices - 1.0), REACH * (2.0 * (k + 1.0) / slices - 1.0));
            let (low, high) = if l10 > 0.0 { (from, to) } else { (to, from) };
            let y = (self.mean[1] + l10 * low - REACH * l11, self.mean[1] + l10 * high + REACH * l11);
            vec![(self.mean[0] + l00 * from, self.mean[0] + l00 * to), y]
        };
        (0..slices as u32).map(|k| slice(f64::from(k))).collect()
    }
    fn box_mass(&self, sides: &[(f64, f64)]) -> Option<f64> {
        // A box does not factor along correlated axes.
        if sides.len() != self.dim || (self.dim == 2 && self.factor[1] != 0.0) {
            return None;
        }
        let side = |(axis, (low, high)): (usize, &(f64, f64))| {
            let (mean, std) = self.marginal(axis);
            standard_normal_mass((low - mean) / std, (high - mean) / std)
        };
        Some(sides.iter().enumerate().map(side).product())
    }
}

/// `P(low < Z < high)` for a standard normal `Z`; small masses in the tails keep their digits.
pub(in crate::theory) fn standard_normal_mass(low: f64, high: f64) -> f64 {
    if low >= high {
        return 0.0;
    }
    let upper_tail = |z: f64| 0.5 * libm::erfc(z * FRAC_1_SQRT_2);
    if low >= 0.0 {
        upper_tail(low) - upper_tail(high)
    } else if high <= 0.0 {
        upper_tail(-high) - upper_tail(-low)
    } else {
        0.5 * (libm::erf(high * FRAC_1_SQRT_2) - libm::erf(low * FRAC_1_SQRT_2))
    }
}

pub(super) const ENTRY: DensityEntry = DensityEntry {
    name: "gaussian",
    doc: "a Gaussian; two means or stds for one in the plane. mean (0), std (1), correlation (0)",
    build: |f| {
        let (mean, std) = (coordinates(f, "mean", 0.0)?, coordinates(f, "std", 1.0)?);
        if let Some(wrong) = std.iter().find(|s| **s <= 0.0) {
            return Err(f.fault("std", "numbers greater than 0", wrong));
        }
        let correlation = f.f64_or("correlation", 0.0)?;
        if mean.len().max(std.len()) == 2 {
            if correlation.abs() >= 1.0 {
                return Err(f.fault("correlation", "a number between -1 and 1, both excluded", correlation));
            }
            let two = |c: &[f64]| [along(c, 0), along(c, 1)];
            return Ok(Box::new(at(f, Gaussian::in_plane(two(&mean), two(&std), correlation))?));
        }
        if correlation != 0.0 {
            return Err(f.fault("correlation", "0 on the line (give two means or stds for the plane)", correlation));
        }
        Ok(Box::new(at(f, Gaussian::new(along(&mean, 0), along(&std, 0)))?))
    },
};

#[cfg(test)]
mod tests {
    use nalgebra::{Matrix2, Vector2};

    use super::*;

    #[test]
    fn full_covariance_agrees_with_linear_algebra() {
        let covariance = Matrix2::<f64>::new(2.0, -0.7, -0.7, 0.5);
        let p = Gaussian::with_covariance([1.0, -3.0], [[2.0, -0.7], [-0.7, 0.5]]).unwrap();
        for (x, y) in [(1.0, -3.0), (0.0, 0.0), (4.0, -4.0)] {
            let off = Vector2::new(x - 1.0, y + 3.0);
            let quadratic = off.dot(&(covariance.try_inverse().unwrap() * off));
            let expected = -0.5 * quadratic - 0.5 * covariance.determinant().ln() - TAU.ln();
            assert!((p.log_density(&[x, y]) - expected).abs() < 1e-13);
        }
        assert_eq!(p.box_mass(&[(0.0, 1.0); 2]), None);
    }

    #[test]
    fn masses_of_the_standard_normal() {
        assert!((standard_normal_mass(-1.0, 1.0) - 0.682_689_492_137_085_9).abs() < 1e-15);
        assert!((standard_normal_mass(f64::NEG_INFINITY, 0.0) - 0.5).abs() < 1e-16);
        // Far out, where 1 - erf has no digits left: mpmath gives 7.619853024160525e-24 above 10.
        let tail = standard_normal_mass(10.0, f64::INFINITY);
        assert!((tail / 7.619_853_024_160_525e-24 - 1.0).abs() < 1e-13, "{tail:e}");
        assert_eq!(standard_normal_mass(-11.0, -10.0), standard_normal_mass(10.0, 11.0));
        assert_eq!(standard_normal_mass(2.0, 1.0), 0.0);
    }

    #[test]
    fn parameters_are_checked() {
        for std in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e-310] {
            assert!(
                matches!(Gaussian::new(0.0, std), Err(TheoryError::Density(DensityError::Parameter { parameter: "std", .. }))),
                "{std}"
            );
        }
        assert!(matches!(
            Gaussian::new(f64::NAN, 1.0),
            Err(TheoryError::Density(DensityError::Parameter { parameter: "mean", .. }))
        ));
        for covariance in [
            [[1.0, 2.0], [2.0, 1.0]],
            [[1.0, 1.0], [1.0, 1.0]],
            [[1.0, 0.5], [0.4, 1.0]],
            [[0.0, 0.0], [0.0, 1.0]],
            [[1.0, f64::NAN], [f64::NAN, 1.0]],
        ] {
            assert!(Gaussian::with_covariance([0.0; 2], covariance).is_err(), "{covariance:?}");
        }
    }

    #[test]
    fn the_logarithm_outlives_the_density() {
        let p = Gaussian::new(0.0, 1.0).unwrap();
        assert_eq!(p.density(&[40.0]), 0.0);
        assert!((p.log_density(&[40.0]) + 800.0 + 0.5 * TAU.ln()).abs() < 1e-12);
    }
}
