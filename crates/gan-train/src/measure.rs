//! Scores of samples: which input of a metric comes from where.

use std::sync::Arc;

use gan_datasets::Dataset;
use gan_metrics::{Direction, Input, Inputs, MetricEntry, MetricError, Modes, Predictions, Samples, Score};
use gan_tensor::Pool;

use crate::TrainError;
use crate::feature_net::{FeatureNet, FeatureNetError, Fit, Verdicts};

/// At least so many real samples are judged by the classifier, where there are as many.
const REAL: usize = 10_000;

/// Measures generated samples beside real ones.
pub struct Measure {
    /// What the generator was trained on: nothing of it should be repeated.
    training: Arc<dyn Dataset>,
    /// What its samples should be like: the same data, or a split that it has never seen.
    real: Arc<dyn Dataset>,
    modes: Option<Modes>,
    net: Option<Net>,
    reference: Option<Vec<f32>>,
}

/// A classifier, how it judges the samples, and what it said of the real ones.
struct Net {
    net: FeatureNet,
    fit: Fit,
    pad: usize,
    real: Option<Seen>,
}

/// Verdicts with the predictions that they come to.
struct Seen {
    verdicts: Verdicts,
    labels: Vec<usize>,
    confidences: Vec<f32>,
}

impl Seen {
    fn new(verdicts: Verdicts) -> Seen {
        let (labels, confidences) = verdicts.predictions();
        Seen { verdicts, labels, confidences }
    }

    fn predictions(&self) -> Result<Predictions<'_>, MetricError> {
        Predictions::new(&self.labels, &self.confidences, self.verdicts.classes())
    }
}

impl Measure {
    /// Compares with `real` samples, and with the `training` data where copies are looked for.
    ///
    /// # Errors
    /// Data whose modes make no sense.
    pub fn new(training: Arc<dyn Dataset>, real: Arc<dyn Dataset>) -> Result<Measure, TrainError> {
        let modes = training.modes().map(|m| Modes::new(m.centres.iter().map(|&x| x as f32).collect(), m.dim, m.sigma));
        Ok(Measure { modes: modes.transpose()?, training, real, net: None, reference: None })
    }

    /// With a classifier that judges samples with a margin of `pad` pixels.
    ///
    /// # Errors
    /// It does not fit.
    pub fn with_classifier(mut self, net: FeatureNet, pad: usize) -> Result<Measure, FeatureNetError> {
        let fit = net.fit(self.real.sample_shape(), self.real.range(), pad)?;
        self.net = Some(Net { net, fit, pad, real: None });
        Ok(self)
    }

    /// The classifier.
    pub fn classifier(&self) -> Option<&FeatureNet> {
        self.net.as_ref().map(|n| &n.net)
    }

    /// The first input that a metric needs and that is not there.
    pub fn missing(&self, metric: &MetricEntry) -> Option<Input> {
        metric.needs.iter().copied().find(|&input| !has(input, self.modes.is_some(), self.net.is_some()))
    }

    /// Measures samples, one after the other.
    ///
    /// # Errors
    /// What a metric says of them; real samples that cannot be read; a fault of the network.
    pub fn scores(
        &mut self,
        metrics: &[&'static MetricEntry],
        samples: &[f32],
        pool: &mut Pool,
    ) -> Result<Vec<(Score, Direction)>, TrainError> {
        let found = self.each(metrics, samples, pool)?;
        metrics.iter().zip(found).map(|(m, score)| Ok((score?, m.better))).collect()
    }

    /// As [`scores`](Measure::scores), each metric by itself: one may need more samples than another.
    ///
    /// # Errors
    /// Samples that are none; real samples that cannot be read; a fault of the network.
    pub fn each(
        &mut self,
        metrics: &[&'static MetricEntry],
        samples: &[f32],
        pool: &mut Pool,
    ) -> Result<Vec<Result<Score, MetricError>>, TrainError> {
        let dim = self.real.sample_len();
        let needed = |input| metrics.iter().any(|m| m.needs.contains(&input));
        if self.reference.is_none() && needed(Input::Reference) {
            self.reference = Some(read_all(&*self.training)?);
        }
        // whatever is neither samples nor modes is what a classifier says
        let judged = metrics.iter().flat_map(|m| m.needs).any(|&input| !has(input, true, false));
        let mut seen = None;
        if let Some(net) = self.net.as_mut().filter(|_| judged) {
            seen = Some(Seen::new(net.net.judge(samples, &net.fit, pool)?));
            let n = samples.len() / dim.max(1);
            if net.real.is_none() {
                let rows = evenly_spaced(n.max(REAL), self.real.len());
                net.real = Some(Seen::new(net.net.judge_rows(&*self.real, &rows, net.pad, pool)?));
            }
        }
        let real = self.net.as_ref().and_then(|n| n.real.as_ref()).filter(|_| judged);
        let inputs = Inputs {
            samples: Some(Samples::new(samples, dim)?),
            modes: self.modes.as_ref(),
            reference: self.reference.as_ref().map(|r| Samples::new(r, dim)).transpose()?,
            predictions: seen.as_ref().map(Seen::predictions).transpose()?,
            real_predictions: real.map(Seen::predictions).transpose()?,
        };
        Ok(metrics.iter().map(|m| (m.run)(&inputs)).collect())
    }
}

/// Whether an input is there: samples always are, modes if the data have some, and everything else is what a classifier says.
pub(crate) fn has(input: Input, modes: bool, classifier: bool) -> bool {
    match input {
        Input::Samples | Input::Reference => true,
        Input::Modes => modes,
        _ => classifier,
    }
}

/// `n` numbers below `len`, or all of them.
fn evenly_spaced(n: usize, len: usize) -> Vec<usize> {
    let n = n.min(len);
    (0..n).map(|i| i * (len / n) + i * (len % n) / n).collect()
}

/// All samples of a data set, one after the other.
fn read_all(data: &dyn Dataset) -> Result<Vec<f32>, TrainError> {
    let dim = data.sample_len().max(1);
    let mut all = vec![0.0; data.len() * dim];
    for (i, x) in all.chunks_mut(dim).enumerate() {
        data.read(i, x)?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::evenly_spaced;

    #[test]
    fn rows_are_spread_over_the_set() {
        assert_eq!(evenly_spaced(4, 10), [0, 2, 5, 7]);
        assert_eq!(evenly_spaced(9, 3), [0, 1, 2]);
        assert_eq!(evenly_spaced(9, 0), [0usize; 0]);
    }
}
