use super::{Density, DensityEntry, at, build};
use crate::theory::sum::stable_sum;
use crate::theory::{DensityError, TheoryError};

/// `p(x) = sum_k w_k p_k(x)`: any densities of one dimension, with weights that sum to 1.
///
/// ```
/// use gan_core::theory::densities::{Density, Gaussian, Mixture, Uniform};
///
/// let p = Mixture::new(vec![
///     (3.0, Box::new(Uniform::interval(0.0, 1.0)?)),
///     (1.0, Box::new(Gaussian::new(50.0, 1.0)?)),
/// ])?;
/// assert!((p.density(&[0.5]) - 0.75).abs() < 1e-15);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug)]
pub struct Mixture {
    components: Vec<Component>,
    dim: usize,
}

#[derive(Debug)]
struct Component {
    weight: f64,
    log_weight: f64,
    density: Box<dyn Density>,
}

impl Mixture {
    /// A mixture of densities with weights above 0, of which only the ratios count.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`] without components, [`DensityError::Parameter`] for a weight that is not above 0, or
    /// [`DensityError::Dimensions`].
    pub fn new(components: Vec<(f64, Box<dyn Density>)>) -> Result<Self, TheoryError> {
        let dim = components.first().map(|(_, d)| d.dim()).ok_or(TheoryError::EmptySupport)?;
        let mut largest = 0.0_f64;
        for (weight, density) in &components {
            largest = largest.max(super::positive("mixture", "weight", *weight)?);
            if density.dim() != dim {
                return Err(DensityError::Dimensions { left: dim, right: density.dim() }.into());
            }
        }
        // By the largest first: huge weights must not overflow in their sum.
        let sum = stable_sum(components.iter().map(|(w, _)| w / largest));
        let component = |(weight, density): (f64, Box<dyn Density>)| {
            let weight = weight / largest / sum;
            Component { weight, log_weight: weight.ln(), density }
        };
        Ok(Self { components: components.into_iter().map(component).collect(), dim })
    }

    /// Equal weights.
    ///
    /// # Errors
    /// Those of [`Mixture::new`].
    pub fn equal(components: Vec<Box<dyn Density>>) -> Result<Self, TheoryError> {
        Self::new(components.into_iter().map(|density| (1.0, density)).collect())
    }

    /// Weights, which sum to 1, and densities.
    pub fn components(&self) -> impl Iterator<Item = (f64, &dyn Density)> {
        self.components.iter().map(|c| (c.weight, &*c.density))
    }
}

impl Density for Mixture {
    fn dim(&self) -> usize {
        self.dim
    }
    fn density(&self, x: &[f64]) -> f64 {
        self.components.iter().map(|c| c.weight * c.density.density(x)).sum()
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        log_sum_exp(self.components.iter().map(|c| c.log_weight + c.density.log_density(x)))
    }
    fn support(&self) -> Vec<(f64, f64)> {
        let mut around = vec![(f64::INFINITY, f64::NEG_INFINITY); self.dim];
        for component in &self.components {
            for (all, side) in around.iter_mut().zip(component.density.support()) {
                *all = (all.0.min(side.0), all.1.max(side.1));
            }
        }
        around
    }
    fn parts(&self) -> Vec<Vec<(f64, f64)>> {
        self.components.iter().flat_map(|c| c.density.parts()).collect()
    }
    fn breaks(&self, axis: usize) -> Vec<f64> {
        self.components.iter().flat_map(|c| c.density.breaks(axis)).collect()
    }
    fn box_mass(&self, sides: &[(f64, f64)]) -> Option<f64> {
        self.components.iter().map(|c| Some(c.weight * c.density.box_mass(sides)?)).sum()
    }
}

/// `log sum_k exp(l_k)` in one pass.
pub(super) fn log_sum_exp(terms: impl Iterator<Item = f64>) -> f64 {
    let (mut largest, mut sum) = (f64::NEG_INFINITY, 0.0_f64);
    for term in terms {
        if term <= largest {
            // Below the last digit of the sum even if there are a million of them.
            if term - largest > -60.0 {
                sum += (term - largest).exp();
            }
        } else if term > largest {
            sum = sum * (largest - term).exp() + 1.0;
            largest = term;
        } else {
            return f64::NAN;
        }
    }
    if largest.is_infinite() { largest } else { largest + sum.ln() }
}

pub(super) const ENTRY: DensityEntry = DensityEntry {
    name: "mixture",
    doc: "a weighted sum of densities. components: their list; weights: as many numbers above 0 (equal)",
    build: |f| {
        let parts = f.specs("components")?.ok_or_else(|| f.missing("components", "a list of densities"))?;
        let weights = f.numbers("weights")?.unwrap_or_else(|| vec![1.0; parts.len()]);
        if weights.len() != parts.len() || weights.iter().any(|w| *w <= 0.0) {
            let expected = format!("{} numbers greater than 0, one for each component", parts.len());
            return Err(f.fault("weights", &expected, format!("{weights:?}")));
        }
        let components = weights.into_iter().zip(parts).map(|(weight, (spec, path))| Ok((weight, build(&spec, &path)?)));
        let components = components.collect::<Result<Vec<_>, gan_layers::LayerError>>()?;
        Ok(Box::new(at(f, Mixture::new(components))?))
    },
};

#[cfg(test)]
mod tests {
    use super::super::{Gaussian, Uniform};
    use super::*;

    fn gaussian(mean: f64) -> Box<dyn Density> {
        Box::new(Gaussian::new(mean, 1.0).unwrap())
    }

    #[test]
    fn far_from_all_modes_the_logarithm_is_that_of_the_nearest() {
        let p = Mixture::equal(vec![gaussian(-100.0), gaussian(100.0), Box::new(Uniform::interval(0.0, 1.0).unwrap())]).unwrap();
        let expected = Gaussian::new(100.0, 1.0).unwrap().log_density(&[50.0]) - 3.0_f64.ln();
        assert_eq!(p.density(&[50.0]), 0.0);
        assert!((p.log_density(&[50.0]) - expected).abs() < 1e-12);
        let nowhere = Mixture::equal(vec![Box::new(Uniform::interval(0.0, 1.0).unwrap())]).unwrap();
        assert_eq!(nowhere.log_density(&[3.0]), f64::NEG_INFINITY);
    }

    #[test]
    fn weights_are_relative_and_checked() {
        for scale in [1e-300, 1.0, 1e300, f64::MAX / 4.0] {
            let p = Mixture::new(vec![(scale, gaussian(0.0)), (3.0 * scale, gaussian(0.0))]).unwrap();
            let weights: Vec<f64> = p.components().map(|c| c.0).collect();
            assert!((weights[0] - 0.25).abs() < 1e-15 && (weights[1] - 0.75).abs() < 1e-15);
        }
        for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Mixture::new(vec![(weight, gaussian(0.0))]).is_err(), "{weight}");
        }
        assert!(matches!(Mixture::new(vec![]), Err(TheoryError::EmptySupport)));
    }

    #[test]
    fn logarithms_of_sums() {
        let sum = |terms: &[f64]| log_sum_exp(terms.iter().copied());
        assert!((sum(&[-1000.0, -1000.0]) - (-1000.0 + 2.0_f64.ln())).abs() < 1e-12);
        assert!((sum(&[-2000.0, 0.0, 1.0]) - (1.0 + 1.0_f64.exp()).ln()).abs() < 1e-15);
        assert_eq!(sum(&[]), f64::NEG_INFINITY);
        assert!(sum(&[0.0, f64::NAN]).is_nan() && sum(&[f64::NAN, 0.0]).is_nan());
    }
}
