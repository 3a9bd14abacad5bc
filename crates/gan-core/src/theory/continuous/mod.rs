//! The theory for densities on the line and in the plane: the integrals of Goodfellow et al. 2014 (section 4) by quadrature, each
//! with an estimate of its error.
//!
//! - Prop. 1 (Eq. 2), the optimal discriminator: [`Pair::optimal_discriminator`], [`Pair::optimal_logit`];
//! - Eq. 1 and 3, the value of the game: [`Pair::value_function`], [`Pair::value_function_of_probability`];
//! - Eq. 4, the criterion of the generator: [`Pair::criterion`];
//! - Eq. 5 and 6 and what else tells two densities apart: [`Pair::kullback_leibler`], [`Pair::jensen_shannon`],
//!   [`Pair::total_variation`], [`Pair::hellinger`], [`Pair::wasserstein_1`].
//!
//! All logarithms are natural, so all values but the distances of transport are in nats.
//!
//! ```
//! use gan_core::theory::LOG_4;
//! use gan_core::theory::continuous::Pair;
//! use gan_core::theory::densities::parse;
//!
//! let (p_data, p_g) = (parse("gaussian")?, parse("gaussian(mean=2)")?);
//! let pair = Pair::new(&p_data, &p_g)?;
//! assert!((pair.optimal_logit(&[3.0])? + 4.0).abs() < 1e-12);
//! assert!((pair.kullback_leibler()?.value - 2.0).abs() < 1e-10);
//! let best = pair.value_function(|x| 2.0 - 2.0 * x[0])?;
//! assert!((best.value - pair.criterion()?.value).abs() < 1e-10);
//! assert!((best.value - (-LOG_4 + 2.0 * pair.jensen_shannon()?.value)).abs() < 1e-10);
//! # Ok::<(), gan_core::theory::TheoryError>(())
//! ```

mod distances;
mod transport;
mod value;

use super::densities::{Density, Region, check_normalised, log_density_at};
use super::pointwise;
use super::quadrature::{Integral, Tolerance};
use super::{QuadratureError, TheoryError};

/// Largest deviation of an integral from 1 that a density of a pair may have.
const NORMALISED: f64 = 1e-8;

/// The data's density and the generator's, of one dimension.
///
/// Invariant: both integrate to 1 within `1e-8`. A place where both densities are 0 counts for nothing; mass outside of the
/// densities' supports, of which there is less than `1e-14`, does not count either.
#[derive(Debug, Clone)]
pub struct Pair<'a> {
    p_data: &'a dyn Density,
    p_g: &'a dyn Density,
    region: Region,
    tolerance: Tolerance,
}

impl<'a> Pair<'a> {
    /// A pair of densities, both of which are integrated to see that they are densities.
    ///
    /// # Errors
    /// [`DensityError::Dimensions`](crate::theory::DensityError::Dimensions),
    /// [`DensityError::NotNormalised`](crate::theory::DensityError::NotNormalised),
    /// [`DensityError::Negative`](crate::theory::DensityError::Negative),
    /// [`DensityError::NotFinite`](crate::theory::DensityError::NotFinite),
    /// [`DensityError::Support`](crate::theory::DensityError::Support), or a fault of the quadrature.
    pub fn new(p_data: &'a dyn Density, p_g: &'a dyn Density) -> Result<Self, TheoryError> {
        let region = Region::around(&[p_data, p_g])?;
        check_normalised(p_data, NORMALISED)?;
        check_normalised(p_g, NORMALISED)?;
        Ok(Self { p_data, p_g, region, tolerance: Tolerance::of(1e-10) })
    }

    /// The same with another tolerance than `1e-10`.
    #[must_use]
    pub fn with_tolerance(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The same, cut at further places along an axis: where the discriminator given to [`Pair::value_function`] jumps or bends.
    #[must_use]
    pub fn with_breaks(mut self, axis: usize, places: &[f64]) -> Self {
        self.region.cut(axis, places);
        self
    }

    /// Number of coordinates, 1 or 2.
    pub fn dim(&self) -> usize {
        self.region.dim()
    }

    /// Data and generator exchanged.
    #[must_use]
    pub fn swapped(&self) -> Self {
        Self { p_data: self.p_g, p_g: self.p_data, ..self.clone() }
    }

    /// `log p_data(x) - log p_g(x)`, the logit of `D*`: infinite where one density is 0, and 0 where both are.
    ///
    /// # Errors
    /// [`DensityError::Negative`](crate::theory::DensityError::Negative) or
    /// [`DensityError::NotFinite`](crate::theory::DensityError::NotFinite).
    pub fn optimal_logit(&self, x: &[f64]) -> Result<f64, TheoryError> {
        let (data, g) = self.logarithms(x)?;
        Ok(pointwise::log_ratio(data, g))
    }

    /// `D*(x) = p_data(x) / (p_data(x) + p_g(x))` (Prop. 1), 1/2 where both are 0.
    ///
    /// # Errors
    /// Those of [`Pair::optimal_logit`].
    pub fn optimal_discriminator(&self, x: &[f64]) -> Result<f64, TheoryError> {
        Ok(pointwise::sigmoid(self.optimal_logit(x)?))
    }

    fn logarithms(&self, x: &[f64]) -> Result<(f64, f64), TheoryError> {
        Ok((log_density_at(self.p_data, x)?, log_density_at(self.p_g, x)?))
    }

    /// The integral of a function of `log p_data(x)` and `log p_g(x)`; infinite where the function is.
    fn integrate(&self, term: impl Fn(f64, f64) -> f64) -> Result<Integral, TheoryError> {
        infinite_or(self.region.integrate(&self.tolerance, |x| {
            let (data, g) = self.logarithms(x)?;
            Ok(term(data, g))
        }))
    }
}

/// An integrand that is infinite where it should be a number is a fault of quadrature; here it is the answer.
fn infinite_or(integral: Result<Integral, TheoryError>) -> Result<Integral, TheoryError> {
    match integral {
        Err(TheoryError::Quadrature(QuadratureError::NotFinite { value, .. })) if value.is_infinite() => {
            Ok(Integral::exact(value))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::densities::{Custom, Gaussian, Uniform, parse};
    use super::*;
    use crate::theory::DensityError;

    #[test]
    fn the_optimal_discriminator_where_densities_vanish() {
        let (p, q) = (Uniform::interval(0.0, 2.0).unwrap(), Uniform::interval(1.0, 3.0).unwrap());
        let pair = Pair::new(&p, &q).unwrap();
        let at = |x: f64| pair.optimal_discriminator(&[x]).unwrap();
        assert_eq!([at(0.5), at(1.5), at(2.5), at(9.0)], [1.0, 0.5, 0.0, 0.5]);
        // Where both densities underflow their ratio does not.
        let (p, q) = (Gaussian::new(0.0, 1.0).unwrap(), Gaussian::new(1.0, 1.0).unwrap());
        let pair = Pair::new(&p, &q).unwrap();
        assert!((pair.optimal_logit(&[100.0]).unwrap() + 99.5).abs() < 1e-9);
        assert!((pair.swapped().optimal_logit(&[100.0]).unwrap() - 99.5).abs() < 1e-9);
    }

    #[test]
    fn pairs_are_checked() {
        let (line, plane) = (parse("gaussian").unwrap(), parse("ring").unwrap());
        assert!(matches!(Pair::new(&line, &plane), Err(TheoryError::Density(DensityError::Dimensions { left: 1, right: 2 }))));
        let half = Custom::new(vec![(0.0, 1.0)], |_| 0.5);
        assert!(matches!(Pair::new(&line, &half), Err(TheoryError::Density(DensityError::NotNormalised { .. }))));
        let pair = Pair::new(&line, &line).unwrap();
        assert!(matches!(pair.optimal_logit(&[0.0, 1.0]), Err(TheoryError::Density(DensityError::NotFinite { .. }))));
    }
}
