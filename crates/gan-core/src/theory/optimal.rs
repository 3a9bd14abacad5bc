use nalgebra::DVector;

use super::{Distribution, TheoryError};

/// The discriminator that is optimal against a fixed generator (Goodfellow et al. 2014, Prop. 1, Eq. 2):
///
/// `D*_G(x) = p_data(x) / (p_data(x) + p_g(x))`, `[outcomes]`.
///
/// The paper leaves `D` undefined where both probabilities are 0, since no value there changes `V(D, G)`.
/// Here it is 1/2 there, as everywhere at the global optimum `p_g = p_data`.
///
/// # Errors
/// [`TheoryError::SupportMismatch`] where the distributions have different numbers of outcomes.
///
/// ```
/// use gan_core::theory::{optimal_discriminator, Distribution};
///
/// let p_data = Distribution::from_weights(&[3.0, 1.0, 0.0])?;
/// let p_g = Distribution::from_weights(&[1.0, 3.0, 0.0])?;
/// assert_eq!(optimal_discriminator(&p_data, &p_g)?.as_slice(), [0.75, 0.25, 0.5]);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn optimal_discriminator(p_data: &Distribution, p_g: &Distribution) -> Result<DVector<f64>, TheoryError> {
    let values = p_data.zip(p_g)?.map(|(data, g)| if data == 0.0 && g == 0.0 { 0.5 } else { data / (data + g) });
    Ok(DVector::from_iterator(p_data.outcomes(), values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certain_where_only_one_side_has_mass() {
        let p = Distribution::from_weights(&[1.0, 0.0, 1.0]).unwrap();
        let q = Distribution::from_weights(&[0.0, 1.0, 1.0]).unwrap();
        assert_eq!(optimal_discriminator(&p, &q).unwrap().as_slice(), [1.0, 0.0, 0.5]);
    }

    #[test]
    fn supports_must_match() {
        let p = Distribution::uniform(2).unwrap();
        let q = Distribution::uniform(3).unwrap();
        assert_eq!(optimal_discriminator(&p, &q), Err(TheoryError::SupportMismatch { left: 2, right: 3 }));
    }
}
