use std::fmt;

use serde::Serialize;

use crate::{Direction, Floor, Input, Inputs, MetricEntry, MetricError, Score};

/// A net by which samples are judged: a figure means nothing without it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Net {
    /// What it is called, `mnist-classifier`.
    pub name: String,
    /// SHA-256 of its weights, in hexadecimal digits.
    pub sha256: String,
}

/// Whose features or classes a figure rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Judge {
    /// A net.
    Net(Net),
    /// None: the text says what stands in for it.
    None(&'static str),
}

impl fmt::Display for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Net(net) => write!(f, "{}, sha256 {}", net.name, net.sha256),
            Self::None(text) => f.write_str(text),
        }
    }
}

/// What a figure says only with: where the real samples come from, how the generated ones were drawn, who judges.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CardContext {
    /// The part of the data that the samples are compared with, such as `test`.
    pub split: String,
    /// Seed of the generated samples.
    pub seed: u64,
    /// The net that gave the features; `None` where they are the raw samples.
    pub feature_net: Option<Net>,
    /// The classifier that gave predictions and probabilities.
    pub classifier: Option<Net>,
}

impl CardContext {
    fn judge(&self, metric: &MetricEntry) -> Judge {
        let needs = |inputs: &[Input]| metric.needs.iter().any(|need| inputs.contains(need));
        let (net, without) = if needs(&[Input::Predictions, Input::Probabilities]) {
            (&self.classifier, "a classifier that was not named")
        } else if needs(&[Input::Features, Input::RealFeatures, Input::Path]) {
            (&self.feature_net, RAW)
        } else {
            (&None, RAW)
        };
        net.clone().map_or(Judge::None(without), Judge::Net)
    }
}

const RAW: &str = "none: raw samples";

/// A figure with all that is needed to read it: as text by `Display`, as JSON by serde.
///
/// ```text
/// frechet_distance 3.217 (lower is better)
///   Squared Frechet distance of the Gaussian fits to features of generated and of real samples.
///   samples: 10000, against split test, seed 7
///   features: mnist-classifier, sha256 9f86d081884c7d65...
///   real against real: 0.3127 (5000 samples)
///   floor: 0.1489 (to first order, for Gaussian features ...)
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricCard {
    /// Name of the metric.
    pub metric: &'static str,
    /// What it measures.
    pub doc: &'static str,
    /// Which way is better.
    pub better: Direction,
    /// The value, in the metric's unit.
    pub value: f64,
    /// Number of generated samples.
    pub n: usize,
    /// The part of the data that they are compared with.
    pub split: String,
    /// Seed of the generated samples.
    pub seed: u64,
    /// The net whose features or classes were used.
    pub feature_net: Judge,
    /// The same metric of real samples in place of the generated ones; `None` where there are none to take.
    pub real_against_real: Option<RealAgainstReal>,
    /// What a perfect sampler would score; `None` where it is not known.
    pub floor: Option<Floor>,
    /// How the floor is found, or why there is none.
    pub floor_from: &'static str,
}

/// A metric of real samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RealAgainstReal {
    /// The value.
    pub value: f64,
    /// Number of real samples that stand for generated ones.
    pub n: usize,
}

impl MetricCard {
    /// A card of a score and of the same score of real samples.
    pub fn new(metric: &MetricEntry, score: &Score, real: Option<&Score>, context: &CardContext) -> Self {
        Self {
            metric: metric.name,
            doc: metric.doc,
            better: metric.better,
            value: score.value,
            n: score.n,
            split: context.split.clone(),
            seed: context.seed,
            feature_net: context.judge(metric),
            real_against_real: real.map(|real| RealAgainstReal { value: real.value, n: real.n }),
            floor: score.floor,
            floor_from: metric.floor,
        }
    }
}

/// Computes metrics and makes their cards.
///
/// In `real`, real samples stand for the generated ones: [`Inputs::real_against_real`] makes it of the real samples that are at hand, or it is
/// made of training against test data. A metric for which it does not suffice, or holds too few samples, has a card without the figure.
///
/// # Errors
/// Those of the metrics.
///
/// ```
/// use gan_metrics::{ALL, CardContext, Inputs, Samples, cards};
///
/// let inputs = Inputs {
///     features: Some(Samples::new(&[0.0, 1.0, 2.0, 3.0], 1)?),
///     real_features: Some(Samples::new(&[0.5, 2.5, 1.5, 3.5], 1)?),
///     ..Inputs::default()
/// };
/// let metric = ALL.iter().find(|metric| metric.name == "frechet_distance").unwrap();
/// let context = CardContext { split: "test".to_owned(), seed: 7, ..CardContext::default() };
/// let cards = cards(&[metric], &inputs, &inputs.real_against_real(), &context)?;
/// assert!(cards[0].to_string().contains("features: none: raw samples"));
/// assert_eq!(cards[0].real_against_real.unwrap().n, 2);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn cards(
    metrics: &[&MetricEntry],
    generated: &Inputs<'_>,
    real: &Inputs<'_>,
    context: &CardContext,
) -> Result<Vec<MetricCard>, MetricError> {
    metrics
        .iter()
        .map(|metric| {
            let score = (metric.run)(generated)?;
            let of_real = match real.suffice(metric).then(|| (metric.run)(real)) {
                Some(Err(MetricError::TooFew { .. })) | None => None,
                Some(of_real) => Some(of_real?),
            };
            Ok(MetricCard::new(metric, &score, of_real.as_ref(), context))
        })
        .collect()
}

impl fmt::Display for MetricCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let better = match self.better {
            Direction::Higher => "higher",
            Direction::Lower => "lower",
        };
        writeln!(f, "{} {} ({better} is better)", self.metric, Short(self.value))?;
        writeln!(f, "  {}", self.doc)?;
        writeln!(f, "  samples: {}, against split {}, seed {}", self.n, self.split, self.seed)?;
        writeln!(f, "  features: {}", self.feature_net)?;
        match self.real_against_real {
            Some(real) => writeln!(f, "  real against real: {} ({} samples)", Short(real.value), real.n)?,
            None => writeln!(f, "  real against real: not measured")?,
        }
        match self.floor {
            Some(Floor { value, deviation: Some(deviation) }) => {
                write!(f, "  floor: {} +- {} ({})", Short(value), Short(deviation), self.floor_from)
            }
            Some(Floor { value, deviation: None }) => write!(f, "  floor: {} ({})", Short(value), self.floor_from),
            None => write!(f, "  floor: not given ({})", self.floor_from),
        }
    }
}

/// A number with four significant digits.
struct Short(f64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0.abs();
        if size == 0.0 || !size.is_finite() {
            write!(f, "{}", self.0)
        } else if (1e-3..1e6).contains(&size) {
            let digits = (3 - size.log10().floor() as i32).max(0) as usize;
            write!(f, "{:.digits$}", self.0)
        } else {
            write!(f, "{:.3e}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits() {
        let texts = [0.0, 1.0, -0.012_345, 98.887, 12_345.6, 1.234_56e-5, 2e7, f64::INFINITY].map(|v| Short(v).to_string());
        assert_eq!(texts, ["0", "1.000", "-0.01235", "98.89", "12346", "1.235e-5", "2.000e7", "inf"]);
    }
}
