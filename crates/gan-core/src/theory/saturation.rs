use std::f64::consts::TAU;

use super::densities::Gaussian;
use super::pointwise::softplus;
use super::quadrature::{Tolerance, try_line};
use super::{DensityError, TheoryError};

/// Reach of a Gaussian in its standard deviations.
const REACH: f64 = 9.0;

/// Data `N(0, 1)` and a generator `G(z) = mean + std z` with `z ~ N(0, 1)`, which a discriminator tells apart.
///
/// The discriminator is `D_t(x) = sigmoid(t log(p_data(x) / p_g(x)))`: with the confidence `t = 0` it knows nothing, with 1 it is
/// optimal, above 1 it is overconfident. The question of Goodfellow et al. 2014 (section 3) is what gradient then reaches the
/// generator, under `log(1 - D)` and under `-log D`: the first is about smallest at the optimum, and all that is left of it comes
/// from the few samples that the discriminator takes for data; the second grows with the confidence.
///
/// ```
/// use gan_core::theory::Shifted;
///
/// // Ten deviations away, before the discriminator of an optimum:
/// let g = Shifted::new(10.0, 1.0)?.gradients(1.0)?;
/// assert!(g.minimax < 1e-4 && (g.non_saturating - 10.0).abs() < 1e-4);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shifted {
    mean: f64,
    std: f64,
}

/// Derivatives of the generator's two losses with respect to one of its parameters; descent moves the parameter against them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossGradients {
    /// The confidence of the discriminator.
    pub confidence: f64,
    /// Of `E log(1 - D(G(z)))`: `-E[D(x) l'(x) dx]` with the logit `l`; `dx` is 1 for the mean, `z` for the standard deviation.
    pub minimax: f64,
    /// Of `-E log D(G(z))`: `-E[(1 - D(x)) l'(x) dx]`.
    pub non_saturating: f64,
}

impl LossGradients {
    /// `non_saturating / minimax`: how many times more of a gradient `-log D` gives.
    pub fn ratio(&self) -> f64 {
        self.non_saturating / self.minimax
    }
}

impl Shifted {
    /// A generator with this mean and standard deviation, in units of the data's standard deviation.
    ///
    /// # Errors
    /// [`DensityError::Parameter`].
    pub fn new(mean: f64, std: f64) -> Result<Self, TheoryError> {
        Gaussian::new(mean, std)?;
        Ok(Self { mean, std })
    }

    /// `log(p_data / p_g)` and its derivative at `x`.
    fn log_ratio(&self, x: f64) -> (f64, f64) {
        let z = (x - self.mean) / self.std;
        (0.5 * z * z - 0.5 * x * x + self.std.ln(), z / self.std - x)
    }

    /// The gradients with respect to the mean, before a discriminator of confidence `t >= 0`, to `1e-10` of the integral of their
    /// moduli: also where they are as small as `1e-300`. Below that they underflow to 0.
    ///
    /// # Errors
    /// [`DensityError::Parameter`] where the confidence is negative or not finite, or a fault of the quadrature.
    pub fn gradients(&self, confidence: f64) -> Result<LossGradients, TheoryError> {
        self.along(confidence, |_| 1.0)
    }

    /// As [`gradients`](Shifted::gradients), with respect to the standard deviation.
    ///
    /// # Errors
    /// As [`gradients`](Shifted::gradients).
    pub fn std_gradients(&self, confidence: f64) -> Result<LossGradients, TheoryError> {
        self.along(confidence, |z| z)
    }

    /// The gradients with respect to a parameter that moves `G(z)` by `dx(z)`.
    fn along(&self, confidence: f64, dx: impl Fn(f64) -> f64) -> Result<LossGradients, TheoryError> {
        if !(confidence >= 0.0 && confidence.is_finite()) {
            let expected = "a finite number >= 0";
            return Err(DensityError::Parameter {
                density: "discriminator",
                parameter: "confidence",
                expected,
                found: confidence,
            }
            .into());
        }
        let (low, high) = ((self.mean - REACH * self.std).min(-REACH), (self.mean + REACH * self.std).max(REACH));
        let breaks = self.places(confidence);
        let log_normaliser = self.std.ln() + 0.5 * TAU.ln();
        let gradient = |side: f64| {
            let integrand = |x: f64| {
                let (ratio, slope) = self.log_ratio(x);
                let z = (x - self.mean) / self.std;
                // p_g times D or 1 - D as one exponential: either may underflow alone where their product counts most.
                let weight = (-0.5 * z * z - log_normaliser - softplus(-side * confidence * ratio)).exp();
                Ok(-confidence * slope * weight * dx(z))
            };
            let tolerance = Tolerance { absolute: 0.0, relative: 1e-10, ..Tolerance::default() };
            try_line(integrand, (low, high), &breaks, &tolerance)
        };
        Ok(LossGradients { confidence, minimax: gradient(1.0)?.value, non_saturating: gradient(-1.0)?.value })
    }

    /// Where the integrands peak or change their nature: the modes, the places where `D = 1/2`, and the modes of
    /// `p_g (p_data / p_g)^(+-t)`.
    fn places(&self, confidence: f64) -> Vec<f64> {
        let (m, v) = (self.mean, self.std * self.std);
        let mut places = vec![-REACH, 0.0, REACH, m - REACH * self.std, m, m + REACH * self.std];
        // x^2 (1 / v - 1) / 2 - x m / v + m^2 / (2 v) + log std = 0
        let (a, b, c) = (0.5 / v - 0.5, -m / v, 0.5 * m * m / v + self.std.ln());
        let root = (b * b - 4.0 * a * c).sqrt();
        let q = -0.5 * (b + root.copysign(b));
        places.extend([q / a, c / q].into_iter().filter(|x| x.is_finite()));
        for t in [confidence, -confidence] {
            let precision = (1.0 - t) / v + t;
            if precision > 0.0 {
                let (centre, width) = ((1.0 - t) * m / v / precision, precision.sqrt().recip());
                places.extend([centre - REACH * width, centre, centre + REACH * width]);
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    fn gradients(mean: f64, std: f64, t: f64) -> LossGradients {
        Shifted::new(mean, std).unwrap().gradients(t).unwrap()
    }

    /// Losses by quadrature, differenced, with the discriminator held fixed.
    #[test]
    fn gradients_are_the_derivatives_of_the_losses() {
        for (mean, std, t) in [(1.0, 1.0, 1.0), (2.0, 0.5, 0.7), (-1.0, 2.0, 1.0), (3.0, 1.0, 2.0), (0.3, 1.5, 0.1)] {
            let base = Shifted::new(mean, std).unwrap();
            let loss = |(m, s): (f64, f64), side: f64| {
                let term = |z: f64| {
                    let logit = t * base.log_ratio(m + s * z).0;
                    let density = (-z * z / 2.0).exp() / TAU.sqrt();
                    // log(1 - D) = -softplus(l), -log D = softplus(-l)
                    Ok(density * side * softplus(-side * logit))
                };
                try_line(term, (-9.0, 9.0), &[], &Tolerance::default()).unwrap().value
            };
            let h = 1e-4;
            let of_mean = |side: f64| (loss((mean + h, std), side) - loss((mean - h, std), side)) / (2.0 * h);
            let of_std = |side: f64| (loss((mean, std + h), side) - loss((mean, std - h), side)) / (2.0 * h);
            for (found, slope) in [
                (gradients(mean, std, t), [of_mean(-1.0), of_mean(1.0)]),
                (base.std_gradients(t).unwrap(), [of_std(-1.0), of_std(1.0)]),
            ] {
                assert!((found.minimax - slope[0]).abs() < 1e-6, "{mean} {std} {t}: {found:?} {slope:?}");
                assert!((found.non_saturating - slope[1]).abs() < 1e-6, "{mean} {std} {t}: {found:?} {slope:?}");
            }
        }
    }

    #[test]
    fn a_discriminator_that_knows_nothing_teaches_nothing() {
        let none = gradients(3.0, 1.0, 0.0);
        assert_eq!((none.minimax, none.non_saturating), (0.0, 0.0));
        // And one that knows little teaches both alike: D = 1/2, so t m / 2.
        let little = gradients(3.0, 1.0, 1e-6);
        assert!((little.minimax / 1.5e-6 - 1.0).abs() < 1e-4 && (little.ratio() - 1.0).abs() < 1e-4);
    }

    /// Equal widths, far apart: `E_g D* -> pi phi(m / 2) / m`, from the residue of `1 / cosh`, so the minimax gradient is
    /// `pi phi(m / 2) (1 - pi^2 / (2 m^2) + ...)`; the other is `m`.
    #[test]
    fn far_apart() {
        for m in [10.0, 20.0, 40.0, 70.0_f64] {
            let found = gradients(m, 1.0, 1.0);
            let leading = PI * (-m * m / 8.0).exp() / TAU.sqrt();
            let correction = 1.0 - PI * PI / (2.0 * m * m);
            assert!((found.minimax / leading - correction).abs() < 65.0 / m.powi(4), "{m}: {}", found.minimax / leading);
            assert!((found.non_saturating / m - 1.0).abs() < 1e-5, "{m}: {found:?}");
        }
        // Below the smallest number there is nothing, and no fault either.
        let gone = gradients(1e4, 1.0, 1.0);
        assert_eq!(gone.minimax, 0.0);
        assert!((gone.non_saturating - 1e4).abs() < 1e-5);
    }

    /// Under `log(1 - D)` the gradient is smallest about the optimum; what remains of it before an overconfident discriminator comes
    /// from the few samples that lie on the data's side, `P(Z > m / 2)` of them.
    #[test]
    fn as_the_discriminator_improves() {
        let curve: Vec<LossGradients> = [0.25, 0.5, 1.0, 2.0, 4.0, 200.0].iter().map(|t| gradients(6.0, 1.0, *t)).collect();
        assert!(curve.windows(2).all(|w| w[1].non_saturating > w[0].non_saturating), "{curve:?}");
        assert!(curve[..3].windows(2).all(|w| w[1].minimax < w[0].minimax), "{curve:?}");
        assert!(curve.windows(2).all(|w| w[1].minimax / w[1].confidence < w[0].minimax / w[0].confidence), "{curve:?}");
        assert!(curve.windows(2).all(|w| w[1].ratio() > w[0].ratio()), "{curve:?}");
        let wrong_side = 0.5 * libm::erfc(3.0 / 2.0_f64.sqrt());
        assert!((curve[5].minimax / (200.0 * 6.0) / wrong_side - 1.0).abs() < 1e-4, "{curve:?}");
    }

    #[test]
    fn at_the_optimum_and_with_other_widths() {
        let same = gradients(0.0, 1.0, 1.0);
        assert_eq!((same.minimax, same.non_saturating), (0.0, 0.0));
        for std in [0.01, 0.5, 3.0, 100.0] {
            // By symmetry none without a shift, and opposite for opposite ones.
            let found = gradients(0.0, std, 1.0);
            assert!(found.minimax.abs() < 1e-9 / std && found.non_saturating.abs() < 1e-9 / std, "{std}: {found:?}");
            let (left, right) = (gradients(-2.0, std, 1.0), gradients(2.0, std, 1.0));
            assert!((left.minimax + right.minimax).abs() < 1e-9 * right.minimax.abs(), "{std}");
        }
    }

    #[test]
    fn parameters_are_checked() {
        assert!(Shifted::new(f64::NAN, 1.0).is_err() && Shifted::new(0.0, 0.0).is_err());
        let pair = Shifted::new(1.0, 1.0).unwrap();
        for t in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(
                matches!(pair.gradients(t), Err(TheoryError::Density(DensityError::Parameter { parameter: "confidence", .. }))),
                "{t}"
            );
        }
    }
}
