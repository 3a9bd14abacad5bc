use super::continuous::Pair;
use super::densities::{Density, Gaussian, Uniform};
use super::{DensityError, Shifted, TheoryError};

/// What two equal densities at a distance give to a generator that is to move one onto the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plateau {
    /// The distance of the means.
    pub distance: f64,
    /// The Jensen-Shannon divergence: `log 2` as soon as the supports are disjoint.
    pub jensen_shannon: f64,
    /// Its derivative with respect to the distance.
    pub jensen_shannon_slope: f64,
    /// The Wasserstein distance: the distance itself.
    pub wasserstein_1: f64,
    /// Its derivative: 1, at any distance above 0.
    pub wasserstein_1_slope: f64,
}

/// Two uniform densities of the given width, their means `distance >= 0` apart.
///
/// `JSD = log 2 min(distance / width, 1)`: its slope is `log 2 / width` below the width and 0 above. At the two corners it is that of a
/// larger distance.
///
/// # Errors
/// [`DensityError::Parameter`] or [`DensityError::Support`], or a fault of the quadrature.
pub fn plateau_of_uniforms(width: f64, distance: f64) -> Result<Plateau, TheoryError> {
    let distance = checked(distance)?;
    let (p, q) = (Uniform::interval(0.0, width)?, Uniform::interval(distance, distance + width)?);
    let slope = if distance < width { std::f64::consts::LN_2 / width } else { 0.0 };
    plateau(&p, &q, distance, slope)
}

/// Two Gaussians of the given standard deviation, their means `distance >= 0` apart.
///
/// The slope of the divergence is half that of `C(G)`, which by the envelope theorem is the gradient that reaches the generator under
/// `log(1 - D*)`; it is followed down to `1e-300`.
///
/// # Errors
/// [`DensityError::Parameter`], or a fault of the quadrature.
///
/// ```
/// use gan_core::theory::plateau_of_gaussians;
///
/// let far = plateau_of_gaussians(0.1, 2.0)?;
/// assert!((far.jensen_shannon - 2.0_f64.ln()).abs() < 1e-9 && far.jensen_shannon_slope < 1e-19);
/// assert!((far.wasserstein_1 - 2.0).abs() < 1e-9);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn plateau_of_gaussians(std: f64, distance: f64) -> Result<Plateau, TheoryError> {
    let distance = checked(distance)?;
    let (p, q) = (Gaussian::new(0.0, std)?, Gaussian::new(distance, std)?);
    let slope = Shifted::new(distance / std, 1.0)?.gradients(1.0)?.minimax / (2.0 * std);
    plateau(&p, &q, distance, slope)
}

fn checked(distance: f64) -> Result<f64, TheoryError> {
    if distance >= 0.0 && distance.is_finite() {
        Ok(distance)
    } else {
        let expected = "a finite number >= 0";
        Err(DensityError::Parameter { density: "plateau", parameter: "distance", expected, found: distance }.into())
    }
}

fn plateau(p: &dyn Density, q: &dyn Density, distance: f64, slope: f64) -> Result<Plateau, TheoryError> {
    let pair = Pair::new(p, q)?;
    Ok(Plateau {
        distance,
        jensen_shannon: pair.jensen_shannon()?.value,
        jensen_shannon_slope: slope,
        wasserstein_1: pair.wasserstein_1()?.value,
        // At 0 the distance has a corner; from above it is 1.
        wasserstein_1_slope: 1.0,
    })
}

#[cfg(test)]
mod tests {
    use std::f64::consts::LN_2;

    use super::*;

    #[test]
    fn plateaus() {
        for (distance, share) in [(0.0, 0.0), (0.5, 0.25), (1.9, 0.95), (2.0, 1.0), (9.0, 1.0)] {
            let found = plateau_of_uniforms(2.0, distance).unwrap();
            assert!((found.jensen_shannon - share * LN_2).abs() < 1e-12, "{distance}");
            assert!((found.wasserstein_1 - distance).abs() < 1e-10, "{distance}");
            assert_eq!(found.jensen_shannon_slope, if distance < 2.0 { LN_2 / 2.0 } else { 0.0 });
        }
        let jsd = |distance: f64| plateau_of_gaussians(0.5, distance).unwrap().jensen_shannon;
        for distance in [0.1, 0.7, 2.0] {
            let slope = (jsd(distance + 1e-4) - jsd(distance - 1e-4)) / 2e-4;
            let found = plateau_of_gaussians(0.5, distance).unwrap();
            assert!((found.jensen_shannon_slope - slope).abs() < 1e-5, "{distance}: {slope} {found:?}");
            assert!((found.wasserstein_1 - distance).abs() < 1e-9);
        }
    }

    #[test]
    fn parameters_are_checked() {
        for distance in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(plateau_of_gaussians(1.0, distance).is_err() && plateau_of_uniforms(1.0, distance).is_err());
        }
        assert!(plateau_of_gaussians(0.0, 1.0).is_err() && plateau_of_uniforms(-1.0, 1.0).is_err());
    }
}
