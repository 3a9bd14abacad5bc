use std::borrow::Cow;
use std::fmt;

use crate::{ClassShares, LatentPath, MetricEntry, MetricError, Modes, Predictions, Probabilities, Samples};

/// A kind of input that a metric may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Input {
    /// Generated samples.
    Samples,
    /// Centres and standard deviation of the modes of a known mixture.
    Modes,
    /// Labels and confidences that a classifier gives to the generated samples.
    Predictions,
    /// The share of each class in the data, or a classifier's predictions for real samples.
    ClassShares,
    /// Class probabilities that a classifier gives to the generated samples.
    Probabilities,
    /// Training samples.
    Reference,
    /// Real samples that were kept from training.
    HeldOut,
    /// Features of the generated samples.
    Features,
    /// Features of real samples.
    RealFeatures,
    /// Features at both ends of small steps in the latent space.
    Path,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Samples => "generated samples",
            Self::Modes => "the modes of a known mixture",
            Self::Predictions => "a classifier's predictions for the generated samples",
            Self::ClassShares => "the share of each class in the data, or a classifier's predictions for real samples",
            Self::Probabilities => "the class probabilities that a classifier gives to the generated samples",
            Self::Reference => "training samples",
            Self::HeldOut => "real samples that were kept from training",
            Self::Features => "features of the generated samples",
            Self::RealFeatures => "features of real samples",
            Self::Path => "features at both ends of small steps in the latent space",
        })
    }
}

/// All that is known of a batch of generated samples; each metric takes from it what it needs.
///
/// Features come from one net for both sides, or are the raw values of the samples; a
/// [`MetricCard`](crate::MetricCard) says which.
///
/// ```
/// use gan_metrics::{Inputs, Modes, Samples, ALL};
///
/// let modes = Modes::new(vec![-1.0, 1.0], 1, 0.1)?;
/// let inputs = Inputs {
///     samples: Some(Samples::new(&[-1.0, 1.05, 0.9], 1)?),
///     modes: Some(&modes),
///     ..Inputs::default()
/// };
/// let scores: Vec<_> =
///     ALL.iter().filter(|metric| inputs.suffice(metric)).map(|metric| (metric.run)(&inputs)).collect();
/// assert_eq!(scores.len(), 3);
/// assert_eq!(scores[0].as_ref().unwrap().value, 2.0);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Inputs<'a> {
    /// Generated samples.
    pub samples: Option<Samples<'a>>,
    /// The modes of a known mixture.
    pub modes: Option<&'a Modes>,
    /// A classifier's predictions for the generated samples.
    pub predictions: Option<Predictions<'a>>,
    /// The same classifier's predictions for real samples: class shares where `class_shares` is not given, and some floors.
    pub real_predictions: Option<Predictions<'a>>,
    /// The share of each class in the data.
    pub class_shares: Option<&'a ClassShares>,
    /// A classifier's class probabilities for the generated samples.
    pub probabilities: Option<Probabilities<'a>>,
    /// The same classifier's class probabilities for real samples; never needed, but some floors come from them.
    pub real_probabilities: Option<Probabilities<'a>>,
    /// Training samples.
    pub reference: Option<Samples<'a>>,
    /// Real samples that were kept from training.
    pub held_out: Option<Samples<'a>>,
    /// Features of the generated samples, `[n, features]`.
    pub features: Option<Samples<'a>>,
    /// Features of the real samples that are compared with, `[m, features]`.
    pub real_features: Option<Samples<'a>>,
    /// Features at both ends of small steps in the latent space.
    pub path: Option<LatentPath<'a>>,
}

impl<'a> Inputs<'a> {
    /// Whether a metric can be computed from these inputs.
    pub fn suffice(&self, metric: &MetricEntry) -> bool {
        metric.needs.iter().all(|input| self.have(*input))
    }

    /// Inputs in which real samples stand for the generated ones, so that metrics say what real data score.
    ///
    /// Features, held-out samples, and what a classifier says of real samples are split in two: as many as were generated against the others,
    /// or half against half where there are too few for that. Training samples, modes and class shares remain; what cannot be split is left out.
    pub fn real_against_real(&self) -> Self {
        let part = |generated: Option<usize>, real: usize| match generated {
            Some(n) if real / 2 >= n => n,
            _ => real / 2,
        };
        let features = self.real_features.and_then(|real| real.split(part(self.features.map(|f| f.n()), real.n()))).unzip();
        let samples = self.held_out.and_then(|real| real.split(part(self.samples.map(|s| s.n()), real.n()))).unzip();
        let predictions =
            self.real_predictions.and_then(|real| real.split(part(self.predictions.map(|p| p.n()), real.n()))).unzip();
        let probabilities =
            self.real_probabilities.and_then(|real| real.split(part(self.probabilities.map(|p| p.n()), real.n()))).unzip();
        Self {
            samples: samples.0,
            held_out: samples.1,
            features: features.0,
            real_features: features.1,
            predictions: predictions.0,
            real_predictions: predictions.1,
            probabilities: probabilities.0,
            real_probabilities: probabilities.1,
            path: None,
            ..*self
        }
    }

    fn have(&self, input: Input) -> bool {
        match input {
            Input::Samples => self.samples.is_some(),
            Input::Modes => self.modes.is_some(),
            Input::Predictions => self.predictions.is_some(),
            Input::ClassShares => self.class_shares.is_some() || self.real_predictions.is_some(),
            Input::Probabilities => self.probabilities.is_some(),
            Input::Reference => self.reference.is_some(),
            Input::HeldOut => self.held_out.is_some(),
            Input::Features => self.features.is_some(),
            Input::RealFeatures => self.real_features.is_some(),
            Input::Path => self.path.is_some(),
        }
    }

    pub(crate) fn samples(&self, metric: &MetricEntry) -> Result<&Samples<'a>, MetricError> {
        self.samples.as_ref().ok_or(missing(metric, Input::Samples))
    }

    pub(crate) fn modes(&self, metric: &MetricEntry) -> Result<&'a Modes, MetricError> {
        self.modes.ok_or(missing(metric, Input::Modes))
    }

    pub(crate) fn predictions(&self, metric: &MetricEntry) -> Result<&Predictions<'a>, MetricError> {
        self.predictions.as_ref().ok_or(missing(metric, Input::Predictions))
    }

    /// The shares that are given, else those that the classifier finds in real samples.
    pub(crate) fn class_shares(&self, metric: &MetricEntry) -> Result<Cow<'a, ClassShares>, MetricError> {
        match (self.class_shares, &self.real_predictions) {
            (Some(shares), _) => Ok(Cow::Borrowed(shares)),
            (None, Some(real)) => Ok(Cow::Owned(ClassShares::measured(real))),
            (None, None) => Err(missing(metric, Input::ClassShares)),
        }
    }

    pub(crate) fn probabilities(&self, metric: &MetricEntry) -> Result<&Probabilities<'a>, MetricError> {
        self.probabilities.as_ref().ok_or(missing(metric, Input::Probabilities))
    }

    pub(crate) fn reference(&self, metric: &MetricEntry) -> Result<&Samples<'a>, MetricError> {
        self.reference.as_ref().ok_or(missing(metric, Input::Reference))
    }

    pub(crate) fn held_out(&self, metric: &MetricEntry) -> Result<&Samples<'a>, MetricError> {
        self.held_out.as_ref().ok_or(missing(metric, Input::HeldOut))
    }

    pub(crate) fn features(&self, metric: &MetricEntry) -> Result<&Samples<'a>, MetricError> {
        self.features.as_ref().ok_or(missing(metric, Input::Features))
    }

    pub(crate) fn real_features(&self, metric: &MetricEntry) -> Result<&Samples<'a>, MetricError> {
        self.real_features.as_ref().ok_or(missing(metric, Input::RealFeatures))
    }

    pub(crate) fn path(&self, metric: &MetricEntry) -> Result<&LatentPath<'a>, MetricError> {
        self.path.as_ref().ok_or(missing(metric, Input::Path))
    }
}

fn missing(metric: &MetricEntry, input: Input) -> MetricError {
    MetricError::MissingInput { metric: metric.name, input }
}
