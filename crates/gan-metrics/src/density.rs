use crate::balls::Balls;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Samples, Score};

/// Neighbours to which the balls of density and coverage reach, as published.
pub(crate) const K: usize = 5;

/// Registry entry, with 5 neighbours.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "density",
    doc: "Mean number of balls around real samples, reaching to their 5th neighbour, that hold a generated one, over 5.",
    better: Direction::Higher,
    needs: &[Input::Features, Input::RealFeatures],
    floor: "exact: 1, whatever the data",
    run: |inputs| density(inputs.features(&ENTRY)?, inputs.real_features(&ENTRY)?, K),
};

/// `1 / (k n) sum_j sum_i [x_j in B_i]` over generated samples `x_j` and the balls `B_i` around real samples that reach to their `k`-th
/// nearest other one, all in features (Naeem et al. 2020, equation 3; `k = 5`).
///
/// A precision that real outliers do not raise: it asks how many balls hold a sample, not whether one does. Above 1 where the samples crowd
/// where the data are dense. `2 m^2 d + 2 n m d` operations for `[n, d]` and `[m, d]`; borders belong to the balls.
///
/// The floor is 1: among `m - 1` other real samples, a fresh one falls before the `k`-th nearest with probability `k / m`.
///
/// # Errors
/// [`MetricError::DimensionMismatch`], [`MetricError::TooFew`] for at most `k` real samples, or [`MetricError::InvalidOption`] for `k = 0`.
///
/// ```
/// use gan_metrics::{Samples, density};
///
/// let real = Samples::new(&[0.0, 1.0, 2.0, 10.0], 1)?;
/// // The balls around 0, 1 and 2 have the radius 1: 1 lies in all of them.
/// assert_eq!(density(&Samples::new(&[1.0, 20.0], 1)?, &real, 1)?.value, 1.5);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn density(features: &Samples<'_>, real: &Samples<'_>, k: usize) -> Result<Score, MetricError> {
    features.check_dim("features of real samples", real.dim())?;
    let holding = Balls::new(ENTRY.name, "real samples", real, k)?.holding(features);
    let n = features.n();
    let value = holding.iter().sum::<usize>() as f64 / (k as f64 * n as f64);
    Ok(Score { metric: ENTRY.name, n, value, floor: Some(Floor { value: 1.0, deviation: None }) })
}
