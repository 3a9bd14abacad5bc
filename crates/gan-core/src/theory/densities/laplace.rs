use super::{Density, DensityEntry, at, finite, positive};
use crate::theory::TheoryError;

/// Half width of the support in scales: `exp(-40) = 4e-18`.
const REACH: f64 = 40.0;

/// The Laplace density `p(x) = exp(-|x - mean| / scale) / (2 scale)`: heavier tails than a Gaussian's, and a peak that bends.
///
/// ```
/// use gan_core::theory::densities::{Density, Laplace};
///
/// let p = Laplace::new(1.0, 0.25)?;
/// assert_eq!(p.density(&[1.0]), 2.0);
/// assert!((p.box_mass(&[(1.0, f64::INFINITY)]).unwrap_or(0.0) - 0.5).abs() < 1e-15);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Laplace {
    mean: f64,
    scale: f64,
}

impl Laplace {
    /// The density with this mean and scale; its standard deviation is `sqrt(2) scale`.
    ///
    /// # Errors
    /// [`DensityError::Parameter`](crate::theory::DensityError::Parameter).
    pub fn new(mean: f64, scale: f64) -> Result<Self, TheoryError> {
        Ok(Self { mean: finite("laplace", "mean", mean)?, scale: positive("laplace", "scale", scale)? })
    }
}

impl Density for Laplace {
    fn dim(&self) -> usize {
        1
    }
    fn density(&self, x: &[f64]) -> f64 {
        match *x {
            [x] => (-(x - self.mean).abs() / self.scale).exp() / (2.0 * self.scale),
            _ => f64::NAN,
        }
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        match *x {
            [x] => -(x - self.mean).abs() / self.scale - (2.0 * self.scale).ln(),
            _ => f64::NAN,
        }
    }
    fn support(&self) -> Vec<(f64, f64)> {
        vec![(self.mean - REACH * self.scale, self.mean + REACH * self.scale)]
    }
    fn breaks(&self, _: usize) -> Vec<f64> {
        [-6.0, 0.0, 6.0].iter().map(|k| self.mean + k * self.scale).collect()
    }
    fn box_mass(&self, sides: &[(f64, f64)]) -> Option<f64> {
        let [(low, high)] = *sides else { return None };
        let (low, high) = ((low - self.mean) / self.scale, (high - self.mean) / self.scale);
        // Each side of the mean for itself, between two distances from it, so that tails keep their digits.
        let beside = |near: f64, far: f64| if near < far { -0.5 * (-near).exp() * (near - far).exp_m1() } else { 0.0 };
        let above = beside(low.max(0.0), high.max(0.0));
        let below = beside((-high).max(0.0), (-low).max(0.0));
        Some(if low < high { above + below } else { 0.0 })
    }
}

pub(super) const ENTRY: DensityEntry = DensityEntry {
    name: "laplace",
    doc: "exp(-|x - mean| / scale) / (2 scale), on the line. mean (0), scale (1)",
    build: |f| Ok(Box::new(at(f, Laplace::new(f.f64_or("mean", 0.0)?, f.positive("scale", 1.0)?))?)),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masses_by_hand() {
        let p = Laplace::new(0.0, 2.0).unwrap();
        let mass = |low, high| p.box_mass(&[(low, high)]).unwrap();
        assert!((mass(-2.0, 4.0) - (1.0 - 0.5 * (-1.0_f64).exp() - 0.5 * (-2.0_f64).exp())).abs() < 1e-15);
        assert!((mass(2.0, 4.0) - 0.5 * ((-1.0_f64).exp() - (-2.0_f64).exp())).abs() < 1e-15);
        // far out: (e^-50 - e^-50.1) / 2 for a scale of 2
        let tail = mass(100.0, 100.2);
        assert!((tail / (0.5 * (-50.0_f64).exp() * (1.0 - (-0.1_f64).exp())) - 1.0).abs() < 1e-12, "{tail:e}");
        assert_eq!((mass(f64::NEG_INFINITY, 0.0), mass(f64::INFINITY, f64::INFINITY)), (0.5, 0.0));
        assert_eq!(mass(4.0, 2.0), 0.0);
        assert!(Laplace::new(0.0, -1.0).is_err() && Laplace::new(f64::NAN, 1.0).is_err());
    }
}
