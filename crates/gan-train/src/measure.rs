//! Scores of samples: which input of a metric comes from where.

use std::sync::Arc;

use gan_datasets::{Dataset, DatasetError, Split};
use gan_metrics::{
    CardContext, ClassShares, Direction, Input, Inputs, LatentPath, MetricCard, MetricEntry, MetricError, Modes, Net,
    Predictions, Probabilities, Samples, Score, cards,
};
use gan_tensor::{Pool, derive};

use crate::feature_net::{FeatureNet, FeatureNetError, Fit, Verdicts};
use crate::{RunConfig, TrainError, open_split};

/// At least so many real samples are compared with, where there are as many.
const REAL: usize = 10_000;

/// Length of the steps in latent space that path lengths are taken of: short beside the distance of latent vectors, long beside the rounding of
/// samples.
pub const STEP: f64 = 1e-2;

/// What a generator has drawn.
#[derive(Clone, Copy, Debug)]
pub struct Drawn<'a> {
    /// Samples, one after the other.
    pub samples: &'a [f32],
    /// What becomes of small steps in latent space, where that is known.
    pub path: Option<&'a Path>,
}

/// Samples at both ends of small steps in latent space.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// Samples of latent vectors, one after the other.
    pub start: Vec<f32>,
    /// Samples of the same latent vectors, each a step away in a direction of its own.
    pub end: Vec<f32>,
    /// Length of the steps.
    pub step: f64,
}

/// Which inputs of metrics there are besides samples, real and generated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Available {
    pub modes: bool,
    pub classifier: bool,
    pub held_out: bool,
    pub path: bool,
}

impl Available {
    /// Whether an input is there.
    pub fn has(self, input: Input) -> bool {
        match input {
            Input::Samples | Input::Reference | Input::Features | Input::RealFeatures => true,
            Input::Modes => self.modes,
            Input::HeldOut => self.held_out,
            Input::Path => self.path,
            _ => self.classifier,
        }
    }
}

/// Measures generated samples beside real ones.
///
/// Features are those of the classifier, where there is one, else the raw values of the samples.
pub struct Measure {
    /// What the generator was trained on: nothing of it should be repeated.
    training: Arc<dyn Dataset>,
    /// What its samples should be like: the same data, or a split that it has never seen.
    real: Arc<dyn Dataset>,
    held_out: Option<Arc<dyn Dataset>>,
    modes: Option<Modes>,
    shares: Option<ClassShares>,
    net: Option<(FeatureNet, Fit, usize)>,
    // read and judged once, when a metric asks for them
    seen: Option<Seen>,
    real_rows: Option<Vec<f32>>,
    reference: Option<Vec<f32>>,
    held_out_rows: Option<Vec<f32>>,
}

/// Verdicts with what metrics take from them.
struct Seen {
    verdicts: Verdicts,
    labels: Vec<usize>,
    confidences: Vec<f32>,
    /// `[n, classes]`, where a metric asks for them: of many classes they are large.
    probabilities: Vec<f32>,
}

impl Seen {
    fn new(verdicts: Verdicts, probabilities: bool) -> Seen {
        let (labels, confidences) = verdicts.predictions();
        let probabilities = if probabilities { verdicts.probabilities() } else { Vec::new() };
        Seen { verdicts, labels, confidences, probabilities }
    }

    fn predictions(&self) -> Result<Predictions<'_>, MetricError> {
        Predictions::new(&self.labels, &self.confidences, self.verdicts.classes())
    }

    fn probabilities(&self) -> Result<Option<Probabilities<'_>>, MetricError> {
        let some = !self.probabilities.is_empty();
        some.then(|| Probabilities::new(&self.probabilities, self.verdicts.classes())).transpose()
    }

    fn features(&self) -> Result<Samples<'_>, MetricError> {
        Samples::new(self.verdicts.features(), self.verdicts.feature_len())
    }
}

impl Measure {
    /// Compares with `real` samples, and with the `training` data where copies are looked for.
    ///
    /// # Errors
    /// Data whose modes or class shares make no sense.
    pub fn new(training: Arc<dyn Dataset>, real: Arc<dyn Dataset>) -> Result<Measure, TrainError> {
        let modes = training.modes().map(|m| Modes::new(m.centres.iter().map(|&x| x as f32).collect(), m.dim, m.sigma));
        Ok(Measure {
            modes: modes.transpose()?,
            shares: training.class_shares().map(ClassShares::new).transpose()?,
            training,
            real,
            held_out: None,
            net: None,
            seen: None,
            real_rows: None,
            reference: None,
            held_out_rows: None,
        })
    }

    /// With a classifier that judges samples with a margin of `pad` pixels.
    ///
    /// # Errors
    /// It does not fit.
    pub fn with_classifier(mut self, net: FeatureNet, pad: usize) -> Result<Measure, FeatureNetError> {
        let fit = net.fit(self.real.sample_shape(), self.real.range(), pad)?;
        self.net = Some((net, fit, pad));
        Ok(self)
    }

    /// With real samples that were kept from training.
    #[must_use]
    pub fn with_held_out(self, held_out: Option<Arc<dyn Dataset>>) -> Measure {
        Measure { held_out, ..self }
    }

    /// The classifier.
    pub fn classifier(&self) -> Option<&FeatureNet> {
        self.net.as_ref().map(|(net, ..)| net)
    }

    /// The first input that a metric needs and that is not there, of a generator that is at hand (`path`) or not.
    pub fn missing(&self, metric: &MetricEntry, path: bool) -> Option<Input> {
        let (modes, classifier) = (self.modes.is_some(), self.net.is_some());
        let available = Available { modes, classifier, held_out: self.held_out.is_some(), path };
        metric.needs.iter().copied().find(|&input| !available.has(input))
    }

    /// Measures samples.
    ///
    /// # Errors
    /// What a metric says of them; real samples that cannot be read; a fault of the network.
    pub fn scores(
        &mut self,
        metrics: &[&'static MetricEntry],
        drawn: Drawn<'_>,
        pool: &mut Pool,
    ) -> Result<Vec<(Score, Direction)>, TrainError> {
        self.with_inputs(metrics, drawn, pool, |inputs| {
            metrics.iter().map(|m| Ok(((m.run)(inputs)?, m.better))).collect::<Result<_, MetricError>>()
        })?
        .map_err(Into::into)
    }

    /// The scores with all that is needed to read them, each by itself: one metric may need more samples than another. `seed` is that of
    /// the samples.
    ///
    /// # Errors
    /// Samples that are none; real samples that cannot be read; a fault of the network.
    pub fn cards(
        &mut self,
        metrics: &[&'static MetricEntry],
        drawn: Drawn<'_>,
        seed: u64,
        pool: &mut Pool,
    ) -> Result<Vec<Result<MetricCard, MetricError>>, TrainError> {
        let net = self.classifier().map(|n| Net { name: n.spec().name.clone(), sha256: n.hash().to_owned() });
        let split = self.real.provenance().split.to_string();
        let context = CardContext { split, seed, feature_net: net.clone(), classifier: net };
        self.with_inputs(metrics, drawn, pool, |inputs| {
            let real = inputs.real_against_real();
            metrics.iter().map(|m| cards(&[m], inputs, &real, &context).map(|mut c| c.remove(0))).collect()
        })
    }

    /// Gathers what the metrics need.
    fn with_inputs<T>(
        &mut self,
        metrics: &[&'static MetricEntry],
        drawn: Drawn<'_>,
        pool: &mut Pool,
        measure: impl FnOnce(&Inputs<'_>) -> T,
    ) -> Result<T, TrainError> {
        let needs = |wanted: &[Input]| metrics.iter().flat_map(|m| m.needs).any(|input| wanted.contains(input));
        let dim = self.real.sample_len();
        let samples = Samples::new(drawn.samples, dim)?;
        if self.reference.is_none() && needs(&[Input::Reference]) {
            self.reference = Some(rows(&*self.training, self.training.len())?);
        }
        if let Some(set) = self.held_out.as_ref().filter(|_| self.held_out_rows.is_none() && needs(&[Input::HeldOut])) {
            self.held_out_rows = Some(rows(&**set, REAL)?);
        }
        let of_features = needs(&[Input::Features, Input::RealFeatures, Input::Path]);
        let judged = of_features || needs(&[Input::Predictions, Input::Probabilities, Input::ClassShares]);
        let probabilities = needs(&[Input::Probabilities]);
        let (mut seen, mut path) = (None, None);
        let compared = samples.n().max(REAL);
        if let Some((net, fit, pad)) = self.net.as_mut().filter(|_| judged) {
            seen = Some(Seen::new(net.judge(drawn.samples, fit, pool)?, probabilities));
            if self.seen.as_ref().is_none_or(|s| probabilities && s.probabilities.is_empty()) {
                let verdicts = net.judge_rows(&*self.real, &spread(compared, self.real.len()), *pad, pool)?;
                self.seen = Some(Seen::new(verdicts, probabilities));
            }
            if let Some(Path { start, end, step }) = drawn.path.filter(|_| needs(&[Input::Path])) {
                path = Some((net.judge(start, fit, pool)?, net.judge(end, fit, pool)?, *step));
            }
        } else if of_features && self.real_rows.is_none() {
            self.real_rows = Some(rows(&*self.real, compared)?);
        }
        let real = self.seen.as_ref().filter(|_| judged && self.net.is_some());
        let features = match &seen {
            Some(seen) => seen.features()?,
            None => samples,
        };
        let real_features = match real {
            Some(real) => Some(real.features()?),
            None => raw(&self.real_rows, dim)?,
        };
        let path = match (&path, drawn.path) {
            (Some((start, end, step)), _) => {
                let of = |v| -> Result<Samples<'_>, MetricError> { Samples::new(Verdicts::features(v), v.feature_len()) };
                Some(LatentPath::new(of(start)?, of(end)?, *step)?)
            }
            (None, Some(p)) => Some(LatentPath::new(Samples::new(&p.start, dim)?, Samples::new(&p.end, dim)?, p.step)?),
            (None, None) => None,
        };
        let inputs = Inputs {
            samples: Some(samples),
            modes: self.modes.as_ref(),
            reference: raw(&self.reference, dim)?,
            held_out: raw(&self.held_out_rows, dim)?,
            predictions: seen.as_ref().map(Seen::predictions).transpose()?,
            real_predictions: real.map(Seen::predictions).transpose()?,
            class_shares: self.shares.as_ref(),
            probabilities: seen.as_ref().map(Seen::probabilities).transpose()?.flatten(),
            real_probabilities: real.map(Seen::probabilities).transpose()?.flatten(),
            features: Some(features),
            real_features,
            path,
        };
        Ok(measure(&inputs))
    }
}

fn raw(rows: &Option<Vec<f32>>, dim: usize) -> Result<Option<Samples<'_>>, MetricError> {
    rows.as_ref().map(|r| Samples::new(r, dim)).transpose()
}

/// The split that a configuration keeps from training: the test data, else the validation data, if there are any.
///
/// # Errors
/// What is missing or broken.
pub fn held_out(config: &impl RunConfig) -> Result<Option<Arc<dyn Dataset>>, TrainError> {
    let others = match config.shared().data.split()? {
        Split::Train => &[Split::Test, Split::Validation][..],
        Split::Validation => &[Split::Test],
        _ => &[],
    };
    for &split in others {
        match open_split(config, split, None) {
            Err(TrainError::Data(DatasetError::NoSplit { .. })) => {}
            other => return other.map(Some),
        }
    }
    Ok(None)
}

/// `n` numbers below `len`, or all of them, in an order that has nothing to do with that of the data, which may be sorted.
fn spread(n: usize, len: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..len).collect();
    all.sort_by_cached_key(|&i| derive(i as u64, "measure"));
    all.truncate(n);
    all
}

/// `n` samples of a data set, or all of them, one after the other.
fn rows(data: &dyn Dataset, n: usize) -> Result<Vec<f32>, TrainError> {
    let dim = data.sample_len().max(1);
    let chosen = if n >= data.len() { (0..data.len()).collect() } else { spread(n, data.len()) };
    let mut all = vec![0.0; chosen.len() * dim];
    for (i, x) in chosen.into_iter().zip(all.chunks_mut(dim)) {
        data.read(i, x)?;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn rows_are_spread_over_the_set() {
        let some = spread(400, 1000);
        assert_eq!(some.len(), 400);
        let mut sorted = some.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), 400);
        let (low, first) = (sorted.iter().filter(|i| **i < 500).count(), some[..200].iter().filter(|i| **i < 500).count());
        assert!((150..250).contains(&low) && (70..130).contains(&first), "{low} {first}");
        assert_eq!(spread(9, 3).len(), 3);
        assert!(spread(9, 0).is_empty());
    }
}
