use crate::theory::sum::stable_sum;
use crate::theory::{Distribution, TheoryError, TransportError};

/// The Wasserstein-1 distance on the line, by distribution functions: `W_1(p, q) = integral |F_p(x) - F_q(x)| dx`.
///
/// `positions` says where each outcome lies, in any order; the distance has their unit.
///
/// # Errors
/// [`TheoryError::SupportMismatch`], [`TransportError::PositionsLength`] or [`TransportError::PositionNotFinite`].
///
/// ```
/// use gan_core::theory::{Distribution, wasserstein_on_line};
///
/// let p = Distribution::point_mass(3, 0)?;
/// let q = Distribution::point_mass(3, 2)?;
/// assert_eq!(wasserstein_on_line(&[-1.0, 0.5, 2.0], &p, &q)?, 3.0);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn wasserstein_on_line(positions: &[f64], p: &Distribution, q: &Distribution) -> Result<f64, TheoryError> {
    let pairs = p.zip(q)?;
    check_positions(positions)?;
    if positions.len() != p.outcomes() {
        return Err(TransportError::PositionsLength { expected: p.outcomes(), found: positions.len() }.into());
    }
    let mut points: Vec<(f64, f64)> = positions.iter().zip(pairs).map(|(&x, (a, b))| (x, a - b)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    // F_p - F_q, summed with what rounding loses
    let (mut ahead, mut lost) = (0.0_f64, 0.0_f64);
    let areas = points.windows(2).map(|pair| {
        let [(x, mass), (next, _)] = pair else { return 0.0 };
        let sum = ahead + mass;
        lost += if ahead.abs() >= mass.abs() { (ahead - sum) + mass } else { (mass - sum) + ahead };
        ahead = sum;
        let difference = (ahead + lost).abs();
        // 0 times a width that is infinite in f64 is still nothing
        if difference == 0.0 { 0.0 } else { difference * (next - x) }
    });
    Ok(stable_sum(areas.collect::<Vec<_>>()))
}

pub(super) fn check_positions(positions: &[f64]) -> Result<(), TheoryError> {
    match positions.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        Some((index, &value)) => Err(TransportError::PositionNotFinite { index, value }.into()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_costs_its_length() {
        let positions: Vec<f64> = (0..20).map(|i| f64::from(i) * 0.1).collect();
        let hump = |at: usize| {
            Distribution::from_weights(&(0..20_usize).map(|i| if i.abs_diff(at) < 4 { 1.0 } else { 0.0 }).collect::<Vec<_>>())
        };
        let distance = wasserstein_on_line(&positions, &hump(5).unwrap(), &hump(14).unwrap()).unwrap();
        assert!((distance - 0.9).abs() < 1e-15);
    }

    #[test]
    fn order_and_repetition_of_positions_do_not_matter() {
        let p = Distribution::from_weights(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        let q = Distribution::from_weights(&[4.0, 0.0, 1.0, 1.0]).unwrap();
        let sorted = wasserstein_on_line(&[0.0, 1.0, 1.0, 3.0], &p, &q).unwrap();
        let swap = |d: &Distribution| Distribution::from_weights(&[3, 0, 2, 1].map(|i| d.probability(i).unwrap())).unwrap();
        assert!((wasserstein_on_line(&[3.0, 0.0, 1.0, 1.0], &swap(&p), &swap(&q)).unwrap() - sorted).abs() < 1e-15);
        // p at 0, 1, 3: 0.1, 0.5, 0.4; q: 2/3, 1/6, 1/6
        assert!((sorted - ((2.0 / 3.0 - 0.1) + 2.0 * (5.0 / 6.0 - 0.6))).abs() < 1e-15);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let p = Distribution::uniform(2).unwrap();
        assert_eq!(
            wasserstein_on_line(&[0.0], &p, &p),
            Err(TheoryError::Transport(TransportError::PositionsLength { expected: 2, found: 1 }))
        );
        assert!(matches!(
            wasserstein_on_line(&[0.0, f64::NAN], &p, &p),
            Err(TheoryError::Transport(TransportError::PositionNotFinite { index: 1, .. }))
        ));
        assert!(matches!(
            wasserstein_on_line(&[0.0, 1.0], &p, &Distribution::uniform(3).unwrap()),
            Err(TheoryError::SupportMismatch { .. })
        ));
        assert_eq!(wasserstein_on_line(&[f64::MAX, f64::MIN], &p, &p), Ok(0.0));
    }
}
