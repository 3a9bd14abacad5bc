use serde::Serialize;

/// The result that every metric returns, alone or as part of a fuller report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Name of the metric, as in the registry.
    pub metric: &'static str,
    /// Number of samples it was computed from.
    pub n: usize,
    /// The value, in the metric's unit.
    pub value: f64,
    /// What a perfect sampler would score with as many samples; `None` where that is not known.
    pub floor: Option<Floor>,
}

/// The distribution of a score over batches of a perfect sampler: one that draws from the data's distribution.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Floor {
    /// Expected score.
    pub value: f64,
    /// Standard deviation of the score from batch to batch, and of the floor where that is itself measured;
    /// `None` where it is not known.
    pub deviation: Option<f64>,
}

impl Floor {
    /// The floor of a share: the mean of `n` independent yes-no answers, each yes with probability `p`.
    pub(crate) fn of_share(p: f64, n: usize) -> Self {
        Self { value: p, deviation: Some((p * (1.0 - p) / n as f64).sqrt()) }
    }

    /// The same where `p` is itself a share, measured on `real` samples: the deviation is that of the difference.
    pub(crate) fn of_measured_share(p: f64, n: usize, real: usize) -> Self {
        let variance = p * (1.0 - p) * (1.0 / n as f64 + 1.0 / real as f64);
        Self { value: p, deviation: Some(variance.sqrt()) }
    }
}
