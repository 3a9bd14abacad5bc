use crate::balls::Balls;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Samples, Score};

/// Neighbours to which the balls of precision and recall reach, as published.
pub(crate) const K: usize = 3;

/// Registry entry, with 3 neighbours.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "precision",
    doc: "Share of the generated samples whose features lie in a ball around real ones that reaches to their 3rd neighbour.",
    better: Direction::Higher,
    needs: &[Input::Features, Input::RealFeatures],
    floor: "measured: the share of real samples that lie in a ball around the other ones",
    run: |inputs| precision(inputs.features(&ENTRY)?, inputs.real_features(&ENTRY)?, K),
};

/// Share of the generated samples whose features lie on the estimated manifold of the real ones: in the ball around at least one real sample
/// that reaches to its `k`-th nearest other one (Kynkaanniemi et al. 2019, equations 1 and 2; `k = 3`).
///
/// It is high where the samples are good, however little they vary; [`recall`](crate::recall) is its counterpart. Published figures have as
/// many real as generated samples: more real ones raise it. It is made for features of a net: in raw pixels, faint or half-empty pictures lie
/// in the balls around bold ones. About `4 m^2 d + 2 n m d` operations for `[n, d]` and `[m, d]`; borders belong to the balls.
///
/// The floor is the share of the real samples that, left out, lie on the manifold of the others, with the deviation of a measured share.
///
/// # Errors
/// [`MetricError::DimensionMismatch`], [`MetricError::TooFew`] for at most `k` real samples, or [`MetricError::InvalidOption`] for `k = 0`.
///
/// ```
/// use gan_metrics::{Samples, precision};
///
/// let real = Samples::new(&[0.0, 1.0, 2.0, 10.0], 1)?;
/// let generated = Samples::new(&[0.5, 2.5, 4.0, -9.0], 1)?;
/// // The balls around 0, 1 and 2 have the radius 1, that around 10 the radius 8.
/// assert_eq!(precision(&generated, &real, 1)?.value, 0.75);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn precision(features: &Samples<'_>, real: &Samples<'_>, k: usize) -> Result<Score, MetricError> {
    features.check_dim("features of real samples", real.dim())?;
    let manifold = Balls::new(ENTRY.name, "real samples", real, k)?;
    let n = features.n();
    let value = covered(&manifold.holding(features));
    Ok(Score { metric: ENTRY.name, n, value, floor: floor(&manifold, real.n(), k, n) })
}

/// Share of the points that at least one ball holds.
pub(crate) fn covered(holding: &[usize]) -> f64 {
    holding.iter().filter(|count| **count > 0).count() as f64 / holding.len() as f64
}

/// What `n` real samples more would score; each of those left has `k` neighbours if one is left out.
pub(crate) fn floor(manifold: &Balls<'_>, real: usize, k: usize, n: usize) -> Option<Floor> {
    (real > k + 1).then(|| Floor::of_measured_share(covered(&manifold.holding_others()), n, real))
}
