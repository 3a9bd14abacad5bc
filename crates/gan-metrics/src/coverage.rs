use crate::balls::Balls;
use crate::density::K;
use crate::search::nearest_rows;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Samples, Score};

/// Registry entry, with 5 neighbours.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "coverage",
    doc: "Share of the real samples with a generated one among their 5 nearest neighbours, in features.",
    better: Direction::Higher,
    needs: &[Input::Features, Input::RealFeatures],
    floor: "exact expectation, whatever the data",
    run: |inputs| coverage(inputs.features(&ENTRY)?, inputs.real_features(&ENTRY)?, K),
};

/// Share of the real samples whose ball, reaching to the `k`-th nearest other real sample, holds at least one generated sample, all in
/// features (Naeem et al. 2020, equation 4; `k = 5`).
///
/// A recall whose balls are around real samples, so that generated outliers do not raise it. `2 m^2 d + 2 n m d` operations for `[n, d]` and
/// `[m, d]`; borders belong to the balls.
///
/// The floor is exact for continuous data: of `n` fresh and `m - 1` other real samples in any order of distance, the `k` first are all real
/// with probability `prod_(t = 1..k) (m - t) / (n + m - t)` (their lemma 2), and the ball is then empty.
///
/// # Errors
/// [`MetricError::DimensionMismatch`], [`MetricError::TooFew`] for at most `k` real samples, or [`MetricError::InvalidOption`] for `k = 0`.
///
/// ```
/// use gan_metrics::{Samples, coverage};
///
/// let real = Samples::new(&[0.0, 1.0, 2.0, 10.0], 1)?;
/// // The ball around 0 reaches to 1, that around 1 to 0 and 2, that around 2 to 1, that around 10 to 2.
/// assert_eq!(coverage(&Samples::new(&[0.5, -0.5], 1)?, &real, 1)?.value, 0.5);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn coverage(features: &Samples<'_>, real: &Samples<'_>, k: usize) -> Result<Score, MetricError> {
    features.check_dim("features of real samples", real.dim())?;
    let balls = Balls::new(ENTRY.name, "real samples", real, k)?;
    let nearest = nearest_rows(real, features, None);
    let (n, m) = (features.n(), real.n());
    let held = nearest.iter().zip(balls.squared_radii()).filter(|(found, radius)| found.squared_distance <= **radius).count();
    let empty: f64 = (1..=k).map(|t| (m - t) as f64 / (n + m - t) as f64).product();
    let floor = Some(Floor { value: 1.0 - empty, deviation: None });
    Ok(Score { metric: ENTRY.name, n, value: held as f64 / m as f64, floor })
}
