use crate::theory::sum::stable_sum;
use crate::theory::{Distribution, TheoryError};

/// The distribution nearest to `point`, `min_p |p - point|_2`: `p_i = max(0, point_i - tau)` with the `tau` that makes the sum 1
/// (Held, Wolfe & Crowder 1974).
///
/// # Errors
/// [`TheoryError::EmptySupport`] or [`TheoryError::NotFinite`].
///
/// ```
/// use gan_core::theory::convergence::project_on_simplex;
///
/// let p = project_on_simplex(&[1.2, 0.6, -3.0])?;
/// assert!((p.probability(0).unwrap() - 0.8).abs() < 1e-15);
/// assert_eq!(p.probability(2), Some(0.0));
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn project_on_simplex(point: &[f64]) -> Result<Distribution, TheoryError> {
    if point.is_empty() {
        return Err(TheoryError::EmptySupport);
    }
    if let Some((index, &value)) = point.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        return Err(TheoryError::NotFinite { index, value });
    }
    // Nothing changes where a constant is taken off. That of the largest leaves all that matters in [-1, 0].
    let largest = point.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sorted: Vec<f64> = point.iter().map(|x| x - largest).filter(|&x| x > -1.0).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut tau) = (0.0, -1.0);
    for (kept, &x) in (1..).zip(&sorted) {
        sum += x;
        let level = (sum - 1.0) / f64::from(kept);
        if x <= level {
            break;
        }
        tau = level;
    }
    // once more with what plain sums lose
    let kept: Vec<f64> = sorted.into_iter().take_while(|&x| x > tau).collect();
    tau = (stable_sum(kept.iter().copied()) - 1.0) / kept.len() as f64;
    Distribution::from_weights(&point.iter().map(|x| (x - largest - tau).max(0.0)).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, rng_seed: RngSeed::Fixed(1974), failure_persistence: None, ..ProptestConfig::default() })]

        /// The variational inequality: `<point - p, r - p> <= 0` for every distribution r; at the corners is enough.
        #[test]
        fn it_is_the_nearest(point in prop::collection::vec(-3.0..3.0_f64, 1..50)) {
            let p = project_on_simplex(&point).unwrap();
            let along: f64 = p.expectation(|i| point[i] - p.probabilities()[i]);
            for (i, x) in point.iter().enumerate() {
                prop_assert!((x - p.probabilities()[i]) - along <= 1e-13, "corner {i}");
            }
            let again = project_on_simplex(p.probabilities().as_slice()).unwrap();
            prop_assert!((again.probabilities() - p.probabilities()).amax() <= 1e-14);
        }
    }

    #[test]
    fn extremes() {
        assert_eq!(project_on_simplex(&[]), Err(TheoryError::EmptySupport));
        assert!(matches!(project_on_simplex(&[0.0, f64::NAN]), Err(TheoryError::NotFinite { index: 1, .. })));
        assert!(matches!(project_on_simplex(&[f64::INFINITY]), Err(TheoryError::NotFinite { index: 0, .. })));
        assert_eq!(project_on_simplex(&[f64::MAX, f64::MIN, f64::MAX]), Distribution::from_weights(&[1.0, 0.0, 1.0]));
        assert_eq!(project_on_simplex(&[-1e300; 4]), Distribution::uniform(4));
        assert_eq!(project_on_simplex(&[7.0]), Distribution::uniform(1));
    }
}
