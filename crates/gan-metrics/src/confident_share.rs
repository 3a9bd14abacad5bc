use serde::Serialize;

use crate::{Direction, Floor, Input, MetricEntry, MetricError, Predictions, Score};

/// Registry entry, with the threshold .9 and real predictions where there are any.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "confident_share",
    doc: "Share of the samples to which a classifier gives a class with a probability above .9.",
    better: Direction::Higher,
    needs: &[Input::Predictions],
    floor: "measured: the share of real samples, where predictions for them are given",
    run: |inputs| {
        let real = inputs.real_predictions.as_ref();
        Ok(confident_share(inputs.predictions(&ENTRY)?, 0.9, real)?.score)
    },
};

/// Report of [`confident_share`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfidentShare {
    /// The share, in `[0, 1]`.
    #[serde(flatten)]
    pub score: Score,
    /// Mean confidence of all samples.
    pub mean_confidence: f64,
}

/// Share of the samples whose most probable class has a probability above `threshold` (.9 is usual).
///
/// It is the share of high quality for data whose modes have no known centres. The floor has no closed form:
/// it is the share that the same classifier reaches on `real` samples that it was not trained on, with the
/// deviation `sqrt(p (1 - p) (1 / n + 1 / n_real))` of the difference of two such shares.
///
/// # Errors
/// [`MetricError::InvalidOption`] where `threshold` is outside `[0, 1)`.
///
/// ```
/// use gan_metrics::{confident_share, Predictions};
///
/// let generated = Predictions::new(&[3, 5], &[0.99, 0.6], 10)?;
/// let real = Predictions::new(&[1, 7, 7, 0], &[0.99, 0.95, 0.91, 0.5], 10)?;
/// let score = confident_share(&generated, 0.9, Some(&real))?.score;
/// assert_eq!((score.value, score.floor.map(|f| f.value)), (0.5, Some(0.75)));
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn confident_share(
    predictions: &Predictions<'_>,
    threshold: f64,
    real: Option<&Predictions<'_>>,
) -> Result<ConfidentShare, MetricError> {
    if !(0.0..1.0).contains(&threshold) {
        let expected = "a probability in [0, 1)";
        return Err(MetricError::InvalidOption { option: "threshold", expected, found: threshold });
    }
    let n = predictions.n();
    let floor = real.map(|real| Floor::of_measured_share(real.share_above(threshold), n, real.n()));
    let total: f64 = predictions.iter().map(|(_, confidence)| f64::from(confidence)).sum();
    Ok(ConfidentShare {
        score: Score { metric: ENTRY.name, n, value: predictions.share_above(threshold), floor },
        mean_confidence: total / n as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_itself_does_not_count() {
        let seen = Predictions::new(&[0, 0, 0, 0], &[0.5, 0.75, 0.25, 1.0], 1).unwrap();
        let report = confident_share(&seen, 0.5, None).unwrap();
        assert_eq!((report.score.value, report.score.floor), (0.5, None));
        assert_eq!(report.mean_confidence, 0.625);
        assert!(matches!(confident_share(&seen, 1.0, None), Err(MetricError::InvalidOption { .. })));
    }
}
