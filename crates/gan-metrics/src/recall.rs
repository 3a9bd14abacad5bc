use crate::balls::Balls;
use crate::precision::{K, covered, floor};
use crate::{Direction, Input, MetricEntry, MetricError, Samples, Score};

/// Registry entry, with 3 neighbours.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "recall",
    doc: "Share of the real samples whose features lie in a ball around generated ones that reaches to their 3rd neighbour.",
    better: Direction::Higher,
    needs: &[Input::Features, Input::RealFeatures],
    floor: "measured: the share of real samples, as many as generated, that lie in a ball around the other ones; none for fewer",
    run: |inputs| recall(inputs.features(&ENTRY)?, inputs.real_features(&ENTRY)?, K),
};

/// Share of the real samples whose features lie on the estimated manifold of the generated ones (Kynkaanniemi et al. 2019, equations 1 and 2;
/// `k = 3`): [`precision`](crate::precision) with the sides exchanged.
///
/// It is high where the samples vary as the data do. A few bad samples far out have large balls and raise it:
/// [`coverage`](crate::coverage) is not deceived so.
///
/// The floor is the share of as many real samples that, left out, lie on the manifold of the others; there is none for fewer real than
/// generated samples.
///
/// # Errors
/// [`MetricError::DimensionMismatch`], [`MetricError::TooFew`] for at most `k` generated samples, or [`MetricError::InvalidOption`] for
/// `k = 0`.
pub fn recall(features: &Samples<'_>, real: &Samples<'_>, k: usize) -> Result<Score, MetricError> {
    features.check_dim("features of real samples", real.dim())?;
    let n = features.n();
    let value = covered(&Balls::new(ENTRY.name, "generated samples", features, k)?.holding(real));
    let floor =
        if real.n() < n { None } else { floor(&Balls::new(ENTRY.name, "real samples", &real.first(n), k)?, n, k, real.n()) };
    Ok(Score { metric: ENTRY.name, n, value, floor })
}
