use super::{Pair, infinite_or};
use crate::theory::pointwise;
use crate::theory::quadrature::Integral;
use crate::theory::{DensityError, TheoryError};

impl Pair<'_> {
    /// The criterion `C(G) = max_D V(D, G)` (Goodfellow et al. 2014, Eq. 4):
    ///
    /// the integral of `p_data log(p_data / (p_data + p_g)) + p_g log(p_g / (p_data + p_g))`, in `[-log 4, 0]`.
    ///
    /// Computed from its definition, with the logarithms of `D*` and `1 - D*` taken of the logit: they are finite where `D*` itself
    /// rounds to 0 or 1.
    ///
    /// # Errors
    /// A fault of a density or of the quadrature.
    pub fn criterion(&self) -> Result<Integral, TheoryError> {
        self.integrate(pointwise::criterion)
    }

    /// The value of the game (Eq. 1) for the discriminator with this logit:
    ///
    /// `V(D, G) = integral of p_data(x) log sigmoid(l(x)) + p_g(x) log(1 - sigmoid(l(x)))`.
    ///
    /// Logits may be infinite; the value is `-inf` where such a `D` is wrong. Name the places where `l` bends (each unit of a small
    /// ReLU net has one) with [`Pair::with_breaks`].
    ///
    /// # Errors
    /// [`DensityError::DiscriminatorValue`] where the logit is NaN, or a fault of a density or of the quadrature.
    pub fn value_function(&self, logit: impl Fn(&[f64]) -> f64) -> Result<Integral, TheoryError> {
        self.value_of(|x| {
            let value = logit(x);
            if value.is_nan() { Err((value, "a number, the logit of a probability")) } else { Ok(value) }
        })
    }

    /// [`Pair::value_function`] for a discriminator that gives probabilities.
    ///
    /// # Errors
    /// [`DensityError::DiscriminatorValue`] where `d` is outside `[0, 1]` or NaN, or a fault of a density or of the quadrature.
    pub fn value_function_of_probability(&self, d: impl Fn(&[f64]) -> f64) -> Result<Integral, TheoryError> {
        self.value_of(|x| {
            let d = d(x);
            let expected = "a probability in [0, 1] (for logits there is value_function)";
            if (0.0..=1.0).contains(&d) { Ok(d.ln() - (-d).ln_1p()) } else { Err((d, expected)) }
        })
    }

    fn value_of(&self, logit: impl Fn(&[f64]) -> Result<f64, (f64, &'static str)>) -> Result<Integral, TheoryError> {
        infinite_or(self.region.integrate(&self.tolerance, |x| {
            let fault =
                |(value, expected)| TheoryError::Density(DensityError::DiscriminatorValue { at: x.to_vec(), value, expected });
            let logit = logit(x).map_err(fault)?;
            let (data, g) = self.logarithms(x)?;
            Ok(pointwise::value(data.exp(), g.exp(), logit))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::LOG_4;
    use crate::theory::densities::{Density, Gaussian, Uniform, grid, parse, ring};

    const PAIRS: &[(&str, &str)] = &[
        ("gaussian", "gaussian(mean=1, std=2)"),
        ("gaussian", "gaussian(mean=30)"),
        ("gaussian(std=1e-3)", "gaussian(std=1000)"),
        ("uniform", "uniform(low=0.4, high=3)"),
        ("laplace", "gaussian"),
        ("mixture(gaussian(mean=-3), 0.3*gaussian(mean=3, std=0.2))", "gaussian(std=3)"),
        ("gaussian(mean=[0, 0], std=[1, 2], correlation=0.7)", "gaussian(mean=[1, 0])"),
        ("uniform(low=[0, 0], high=[1, 2])", "gaussian(mean=[1, 1])"),
    ];

    fn pair(texts: (&str, &str)) -> (Box<dyn Density>, Box<dyn Density>) {
        (parse(texts.0).unwrap(), parse(texts.1).unwrap())
    }

    #[test]
    fn theorem_1_by_two_quadratures() {
        for texts in PAIRS {
            let (p, q) = pair(*texts);
            let pair = Pair::new(&p, &q).unwrap();
            let c = pair.criterion().unwrap();
            let jsd = pair.jensen_shannon().unwrap();
            assert!((c.value - (2.0 * jsd.value - LOG_4)).abs() < 1e-9, "{texts:?}: {c:?} {jsd:?}");
            assert!(jsd.value > 0.0 && jsd.value < 2.0_f64.ln() + 1e-10);
            // Prop. 1, and that other discriminators are worse by the integral of a divergence.
            let best = pair.value_function(|x| pair.optimal_logit(x).unwrap()).unwrap();
            assert!((best.value - c.value).abs() < 1e-9, "{texts:?}: {best:?} {c:?}");
            let other = pair.value_function(|x| 0.5 * pair.optimal_logit(x).unwrap() + 0.1).unwrap();
            assert!(other.value < c.value, "{texts:?}");
            let half = pair.value_function(|_| 0.0).unwrap();
            assert!((half.value + LOG_4).abs() < 1e-9);
            let same = Pair::new(&p, &p).unwrap();
            assert!((same.criterion().unwrap().value + LOG_4).abs() < 1e-9);
            assert_eq!(same.jensen_shannon().unwrap().value, 0.0);
        }
    }

    #[test]
    fn modes_in_the_plane() {
        // Far-apart supports, and one mode in eight that the generator makes.
        let (p, q) = (ring(8, 1.0, 0.01).unwrap(), Gaussian::in_plane([1.0, 0.0], [0.01; 2], 0.0).unwrap());
        let c = Pair::new(&p, &q).unwrap().criterion().unwrap();
        // All mass of the other seven is told for certain; on the eighth D* = 1/9.
        let exact = (1.0_f64 / 9.0).ln() / 8.0 + (8.0_f64 / 9.0).ln();
        assert!((c.value - exact).abs() < 1e-9, "{c:?} {exact}");
        let (p, q) = (grid(5, 8.0, 0.05).unwrap(), grid(4, 6.0, 0.05).unwrap());
        let c = Pair::new(&p, &q).unwrap().criterion().unwrap();
        assert!(c.value.abs() < 1e-9, "{c:?}");
    }

    /// Uniform on `[0, 1]` against `[m, m + 1]`: outside of the overlap `D*` is certain, inside it is 1/2.
    #[test]
    fn uniforms_by_hand() {
        let p = Uniform::interval(0.0, 1.0).unwrap();
        for m in [0.0, 0.25, 0.9, 1.0, 5.0_f64] {
            let q = Uniform::interval(m, m + 1.0).unwrap();
            let pair = Pair::new(&p, &q).unwrap();
            let overlap = (1.0 - m).max(0.0);
            assert!((pair.criterion().unwrap().value + overlap * LOG_4).abs() < 1e-12, "{m}");
            // A constant D: log d + log(1 - d).
            let value = pair.value_function_of_probability(|_| 0.3).unwrap().value;
            assert!((value - 0.3_f64.ln() - 0.7_f64.ln()).abs() < 1e-12);
        }
    }

    /// `E log sigmoid(l)` for overconfident logits, whose probabilities round to 0 and 1: `-log D = softplus(-l)`, about `|l|`.
    #[test]
    fn logits_that_overflow_as_probabilities() {
        let p = Gaussian::new(0.0, 1.0).unwrap();
        let pair = Pair::new(&p, &p).unwrap();
        let (mean, scale) = (pair.value_function(|x| 1e6 * x[0]).unwrap().value, 1e6 * (2.0 / std::f64::consts::PI).sqrt());
        // E|X| on both sides.
        assert!((mean / -scale - 1.0).abs() < 1e-9, "{mean}");
        assert_eq!(pair.value_function(|_| f64::INFINITY).unwrap().value, f64::NEG_INFINITY);
        assert_eq!(pair.value_function_of_probability(|_| 1.0).unwrap().value, f64::NEG_INFINITY);
        let (p, q) = (Uniform::interval(0.0, 1.0).unwrap(), Uniform::interval(20.0, 21.0).unwrap());
        let apart = Pair::new(&p, &q).unwrap().with_breaks(0, &[15.0]);
        let certain = |x: &[f64]| if x[0] < 15.0 { f64::INFINITY } else { f64::NEG_INFINITY };
        assert_eq!(apart.value_function(certain).unwrap().value, 0.0);
    }

    #[test]
    fn bad_discriminators_are_named() {
        let p = Gaussian::new(0.0, 1.0).unwrap();
        let pair = Pair::new(&p, &p).unwrap();
        let nan = pair.value_function(|x| if x[0] > 1.0 { f64::NAN } else { 0.0 });
        assert!(matches!(&nan, Err(TheoryError::Density(DensityError::DiscriminatorValue { at, .. })) if at[0] > 1.0), "{nan:?}");
        for d in [-0.1, 1.1, f64::NAN] {
            let fault = pair.value_function_of_probability(|_| d);
            assert!(matches!(fault, Err(TheoryError::Density(DensityError::DiscriminatorValue { .. }))), "{d}");
        }
    }
}
