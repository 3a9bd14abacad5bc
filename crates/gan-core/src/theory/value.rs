use std::f64::consts::LN_2;

use super::sum::stable_sum;
use super::{Distribution, TheoryError};

/// `log 4`, natural: `-log 4` is the value of the game at its global optimum (Thm. 1).
pub const LOG_4: f64 = 2.0 * LN_2;

/// `a log y + b log(1 - y)` with `0 log 0 = 0`: what one outcome adds to the value of the game.
///
/// For `a, b >= 0`, not both 0, it peaks on `[0, 1]` at `y = a / (a + b)`, which proves Prop. 1 outcome by
/// outcome (`a = p_data(x)`, `b = p_g(x)`). It is `-inf` where `y` rules out what has mass.
///
/// ```
/// use gan_core::theory::pointwise_value;
///
/// assert!(pointwise_value(0.3, 0.1, 0.75) > pointwise_value(0.3, 0.1, 0.74));
/// assert!(pointwise_value(0.3, 0.1, 0.75) > pointwise_value(0.3, 0.1, 0.76));
/// assert_eq!(pointwise_value(1.0, 0.0, 1.0), 0.0);
/// ```
pub fn pointwise_value(a: f64, b: f64, y: f64) -> f64 {
    let data = if a == 0.0 { 0.0 } else { a * y.ln() };
    let generated = if b == 0.0 { 0.0 } else { b * (-y).ln_1p() };
    data + generated
}

/// The value of the game (Goodfellow et al. 2014, Eq. 1, as the sum of Eq. 3):
///
/// `V(D, G) = sum_x p_data(x) log D(x) + p_g(x) log(1 - D(x))`, with `0 log 0 = 0`.
///
/// `d` holds `D(x)`, a probability for each outcome, `[outcomes]`. The value is in nats and at most 0; it is
/// `-inf` where `D` is certain and wrong about an outcome that occurs.
///
/// # Errors
/// [`TheoryError::SupportMismatch`], [`TheoryError::DiscriminatorLength`], or
/// [`TheoryError::DiscriminatorOutOfRange`] where a value is outside `[0, 1]` or NaN.
///
/// ```
/// use gan_core::theory::{value_function, Distribution, LOG_4};
///
/// let p = Distribution::uniform(4)?;
/// assert!((value_function(&p, &p, &[0.5; 4])? + LOG_4).abs() < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn value_function(p_data: &Distribution, p_g: &Distribution, d: &[f64]) -> Result<f64, TheoryError> {
    let pairs = p_data.zip(p_g)?;
    if d.len() != p_data.outcomes() {
        return Err(TheoryError::DiscriminatorLength { expected: p_data.outcomes(), found: d.len() });
    }
    if let Some((index, &value)) = d.iter().enumerate().find(|(_, y)| !(0.0..=1.0).contains(*y)) {
        return Err(TheoryError::DiscriminatorOutOfRange { index, value });
    }
    Ok(stable_sum(pairs.zip(d).map(|((a, b), &y)| pointwise_value(a, b, y))))
}

/// The virtual training criterion (Goodfellow et al. 2014, Eq. 4):
///
/// `C(G) = max_D V(D, G) = sum_x p_data log(p_data / (p_data + p_g)) + p_g log(p_g / (p_data + p_g))`.
///
/// By Thm. 1 (Eq. 6) it equals `-log 4 + 2 JSD(p_data || p_g)`: in `[-log 4, 0]`, with the minimum exactly at
/// `p_g = p_data`. It is computed from its definition, not from that identity.
///
/// # Errors
/// [`TheoryError::SupportMismatch`].
///
/// ```
/// use gan_core::theory::{criterion, Distribution, LOG_4};
///
/// let p_data = Distribution::uniform(10)?;
/// let collapsed = Distribution::point_mass(10, 3)?;
/// assert!((criterion(&p_data, &p_data)? + LOG_4).abs() < 1e-12);
/// assert!(criterion(&p_data, &collapsed)? > -LOG_4);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn criterion(p_data: &Distribution, p_g: &Distribution) -> Result<f64, TheoryError> {
    Ok(stable_sum(p_data.zip(p_g)?.map(|(a, b)| share_log_share(a, b) + share_log_share(b, a))))
}

/// `a log(a / (a + b))` with `0 log 0 = 0`.
///
/// Both sides divide by the sum: `1 - D*` would round to 0, and its logarithm to `-inf`, where `p_g` is small
/// against `p_data` but not 0.
pub(super) fn share_log_share(a: f64, b: f64) -> f64 {
    if a == 0.0 {
        0.0
    } else if b < a {
        -a * (b / a).ln_1p()
    } else {
        a * (a / (a + b)).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::optimal_discriminator;

    #[test]
    fn hand_computed_value() {
        let p = Distribution::from_weights(&[0.25, 0.75]).unwrap();
        let q = Distribution::from_weights(&[0.5, 0.5]).unwrap();
        let expected = 0.25 * 0.2_f64.ln() + 0.5 * 0.8_f64.ln() + 0.75 * 0.6_f64.ln() + 0.5 * 0.4_f64.ln();
        assert!((value_function(&p, &q, &[0.2, 0.6]).unwrap() - expected).abs() < 1e-15);
    }

    #[test]
    fn peak_of_the_pointwise_value_on_a_fine_grid() {
        for (a, b) in [(0.3, 0.7), (0.5, 0.5), (1e-3, 0.9), (0.2, 0.0), (0.0, 0.4), (1.0, 1e-6)] {
            let peak = a / (a + b);
            let top = pointwise_value(a, b, peak);
            for i in 0..=100_000 {
                let y = f64::from(i) / 100_000.0;
                let below = top - pointwise_value(a, b, y);
                assert!(below >= -1e-15, "a {a} b {b} y {y}");
                // By Pinsker's inequality for two Bernoulli variables the peak is unique, with this margin.
                assert!(below >= 2.0 * (a + b) * (y - peak).powi(2) - 1e-15, "a {a} b {b} y {y}");
            }
        }
    }

    #[test]
    fn certain_and_wrong_is_minus_infinity() {
        let p = Distribution::uniform(2).unwrap();
        assert_eq!(value_function(&p, &p, &[0.0, 0.5]), Ok(f64::NEG_INFINITY));
        assert_eq!(value_function(&p, &p, &[1.0, 0.0]), Ok(f64::NEG_INFINITY));
    }

    #[test]
    fn certain_and_right_is_zero() {
        let p = Distribution::point_mass(2, 0).unwrap();
        let q = Distribution::point_mass(2, 1).unwrap();
        assert_eq!(value_function(&p, &q, &[1.0, 0.0]), Ok(0.0));
        assert_eq!(criterion(&p, &q), Ok(0.0));
    }

    #[test]
    fn the_criterion_stays_finite_where_the_optimal_discriminator_rounds_to_one() {
        let p = Distribution::uniform(2).unwrap();
        let q = Distribution::from_weights(&[1e-30, 1.0]).unwrap();
        assert_eq!(optimal_discriminator(&p, &q).unwrap()[0], 1.0);
        assert!(criterion(&p, &q).unwrap().is_finite());
    }

    #[test]
    fn bad_discriminators_are_named() {
        let p = Distribution::uniform(2).unwrap();
        let short = TheoryError::DiscriminatorLength { expected: 2, found: 1 };
        assert_eq!(value_function(&p, &p, &[0.5]), Err(short));
        let outside = TheoryError::DiscriminatorOutOfRange { index: 1, value: 1.5 };
        assert_eq!(value_function(&p, &p, &[0.5, 1.5]), Err(outside));
        assert!(matches!(value_function(&p, &p, &[f64::NAN, 0.5]), Err(TheoryError::DiscriminatorOutOfRange { index: 0, .. })));
        let three = Distribution::uniform(3).unwrap();
        assert!(matches!(value_function(&p, &three, &[0.5; 2]), Err(TheoryError::SupportMismatch { .. })));
        assert!(matches!(criterion(&p, &three), Err(TheoryError::SupportMismatch { .. })));
    }
}
