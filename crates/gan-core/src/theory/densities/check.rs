use super::Density;
use super::region::{Region, log_density_at};
use crate::theory::quadrature::{Integral, Tolerance};
use crate::theory::{DensityError, TheoryError};

/// Integrates a density over its support and refuses it where the integral is not 1 within `tolerance`.
///
/// # Errors
/// [`DensityError::NotNormalised`] with the integral, [`DensityError::Negative`] or
/// [`DensityError::NotFinite`] with the place, [`DensityError::Support`], or a fault of the quadrature.
///
/// ```
/// use gan_core::theory::{DensityError, TheoryError};
/// use gan_core::theory::densities::{Custom, check_normalised};
///
/// let triangle = |height: f64| Custom::new(vec![(0.0, 1.0)], move |x| height * x[0]);
/// assert!(check_normalised(&triangle(2.0), 1e-9).is_ok());
/// let Err(TheoryError::Density(fault)) = check_normalised(&triangle(1.0), 1e-9) else { panic!("half the mass") };
/// assert!(matches!(fault, DensityError::NotNormalised { integral, .. } if (integral - 0.5).abs() < 1e-12));
/// ```
pub fn check_normalised(density: &dyn Density, tolerance: f64) -> Result<Integral, TheoryError> {
    let region = Region::around(&[density])?;
    // A tenth: the integral's own error must not decide.
    let quadrature = Tolerance::of(0.1 * tolerance.abs());
    let found = region.integrate(&quadrature, |x| Ok(log_density_at(density, x)?.exp()))?;
    if (found.value - 1.0).abs() <= tolerance {
        Ok(found)
    } else {
        Err(DensityError::NotNormalised { integral: found.value, error: found.error, tolerance }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Custom, Gaussian, grid, ring};
    use super::*;

    #[test]
    fn narrow_modes_in_the_plane() {
        for (density, most) in
            [(grid(5, 8.0, 0.05), 1_000_000), (ring(8, 1.0, 0.01), 300_000), (ring(40, 100.0, 0.01), 2_000_000)]
        {
            let found = check_normalised(&density.unwrap(), 1e-9).unwrap();
            assert!((found.value - 1.0).abs() < 1e-11 && found.evaluations <= most, "{found:?}");
        }
        for (correlation, most) in [(0.3, 50_000), (-0.9, 300_000), (0.9999, 2_000_000)] {
            let thin = Gaussian::in_plane([3.0, -2.0], [1.0, 20.0], correlation).unwrap();
            let found = check_normalised(&thin, 1e-9).unwrap();
            assert!((found.value - 1.0).abs() < 1e-11 && found.evaluations <= most, "{found:?}");
        }
    }

    #[test]
    fn what_is_no_density_is_named() {
        let unit = || vec![(0.0, 1.0)];
        let negative = check_normalised(&Custom::new(unit(), |x| 2.0 - 3.0 * x[0]), 1e-9);
        assert!(
            matches!(&negative, Err(TheoryError::Density(DensityError::Negative { at, value })) if at[0] > 0.66 && *value < 0.0),
            "{negative:?}"
        );
        let nan = check_normalised(&Custom::new(unit(), |x| if x[0] > 0.5 { f64::NAN } else { 2.0 }), 1e-9);
        assert!(matches!(&nan, Err(TheoryError::Density(DensityError::NotFinite { at, .. })) if at[0] > 0.5), "{nan:?}");
        let infinite = check_normalised(&Custom::new(vec![(-1.0, 1.0)], |x| 1.0 / x[0].abs()), 1e-9);
        assert!(matches!(infinite, Err(TheoryError::Density(DensityError::NotFinite { .. }))), "{infinite:?}");
        for support in [vec![], vec![(0.0, 1.0); 3], vec![(1.0, 0.0)], vec![(0.0, f64::INFINITY)], vec![(f64::NAN, 1.0)]] {
            let fault = check_normalised(&Custom::new(support.clone(), |_| 1.0), 1e-9);
            assert!(matches!(fault, Err(TheoryError::Density(DensityError::Support { .. }))), "{support:?}: {fault:?}");
        }
    }
}
