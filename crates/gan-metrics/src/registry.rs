use std::fmt;

use crate::{
    MetricError, Modes, Predictions, Samples, Score, class_coverage, confident_share, duplicate_share, high_quality_share,
    mode_coverage, mode_reverse_kl, nearest_neighbours,
};

/// Every metric of this crate. A new one is one file and one line here.
pub const ALL: &[MetricEntry] = &[
    mode_coverage::ENTRY,
    mode_reverse_kl::ENTRY,
    high_quality_share::ENTRY,
    class_coverage::ENTRY,
    confident_share::ENTRY,
    nearest_neighbours::ENTRY,
    duplicate_share::ENTRY,
];

/// A metric as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct MetricEntry {
    /// Name in configurations, reports and [`Score::metric`].
    pub name: &'static str,
    /// What it measures, in one line.
    pub doc: &'static str,
    /// Which way is better.
    pub better: Direction,
    /// The inputs without which it cannot be computed.
    pub needs: &'static [Input],
    /// Computes it with its default options.
    pub run: fn(&Inputs<'_>) -> Result<Score, MetricError>,
}

/// Which way a metric gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

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
    /// Training samples.
    Reference,
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Samples => "generated samples",
            Self::Modes => "the modes of a known mixture",
            Self::Predictions => "a classifier's predictions for the generated samples",
            Self::Reference => "training samples",
        })
    }
}

/// All that is known of a batch of generated samples; each metric takes from it what it needs.
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
    /// The same classifier's predictions for real samples; never needed, but some floors come from them.
    pub real_predictions: Option<Predictions<'a>>,
    /// Training samples.
    pub reference: Option<Samples<'a>>,
}

impl<'a> Inputs<'a> {
    /// Whether a metric can be computed from these inputs.
    pub fn suffice(&self, metric: &MetricEntry) -> bool {
        metric.needs.iter().all(|input| match input {
            Input::Samples => self.samples.is_some(),
            Input::Modes => self.modes.is_some(),
            Input::Predictions => self.predictions.is_some(),
            Input::Reference => self.reference.is_some(),
        })
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

    pub(crate) fn reference(&self, metric: &MetricEntry) -> Result<&Samples<'a>, MetricError> {
        self.reference.as_ref().ok_or(missing(metric, Input::Reference))
    }
}

fn missing(metric: &MetricEntry, input: Input) -> MetricError {
    MetricError::MissingInput { metric: metric.name, input }
}
