use crate::MetricError;
use crate::modes::histogram;

/// What an independent classifier says of a batch of samples: for each the most probable class and its
/// probability. Checked once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predictions<'a> {
    labels: &'a [usize],
    confidences: &'a [f32],
    classes: usize,
}

impl<'a> Predictions<'a> {
    /// `labels[i]`, a class below `classes`, has the probability `confidences[i]` for sample `i`.
    ///
    /// # Errors
    /// [`MetricError::Empty`], [`MetricError::LengthMismatch`], [`MetricError::LabelOutOfRange`] or
    /// [`MetricError::ConfidenceOutOfRange`].
    pub fn new(labels: &'a [usize], confidences: &'a [f32], classes: usize) -> Result<Self, MetricError> {
        if labels.is_empty() {
            return Err(MetricError::Empty { what: "labels" });
        }
        if confidences.len() != labels.len() {
            let (expected, found) = (labels.len(), confidences.len());
            return Err(MetricError::LengthMismatch { what: "confidences", expected, found });
        }
        if let Some((index, &label)) = labels.iter().enumerate().find(|(_, l)| **l >= classes) {
            return Err(MetricError::LabelOutOfRange { index, label, classes });
        }
        if let Some((index, &value)) = confidences.iter().enumerate().find(|(_, c)| !(0.0..=1.0).contains(*c)) {
            return Err(MetricError::ConfidenceOutOfRange { index, value });
        }
        Ok(Self { labels, confidences, classes })
    }

    /// Number of samples.
    pub fn n(&self) -> usize {
        self.labels.len()
    }

    /// Number of classes that the classifier knows.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Label and confidence of each sample.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f32)> + use<'a> {
        self.labels.iter().copied().zip(self.confidences.iter().copied())
    }

    /// The first `rows` samples and the others; at least one each, `None` for a single sample.
    pub fn split(&self, rows: usize) -> Option<(Self, Self)> {
        let last = self.n() - 1;
        (last > 0).then(|| {
            let at = rows.clamp(1, last);
            let (labels, confidences) = (self.labels.split_at(at), self.confidences.split_at(at));
            (
                Self { labels: labels.0, confidences: confidences.0, ..*self },
                Self { labels: labels.1, confidences: confidences.1, ..*self },
            )
        })
    }

    /// Share of each class among the samples, `[classes]`.
    pub fn shares(&self) -> Vec<f64> {
        let counts = histogram(self.classes, self.labels.iter().copied());
        counts.into_iter().map(|count| count as f64 / self.n() as f64).collect()
    }

    /// Share of the samples with a confidence above `threshold`.
    pub(crate) fn share_above(&self, threshold: f64) -> f64 {
        let sure = self.confidences.iter().filter(|c| f64::from(**c) > threshold).count();
        sure as f64 / self.n() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let seen = Predictions::new(&[0, 1, 1], &[0.5, 0.75, 1.0], 2).unwrap();
        let (a, b) = seen.split(2).unwrap();
        assert!(a.iter().eq([(0, 0.5), (1, 0.75)]) && b.iter().eq([(1, 1.0)]));
        assert_eq!((a.shares(), b.split(1)), (vec![0.5, 0.5], None));
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(Predictions::new(&[], &[], 10), Err(MetricError::Empty { what: "labels" }));
        let short = MetricError::LengthMismatch { what: "confidences", expected: 2, found: 1 };
        assert_eq!(Predictions::new(&[0, 1], &[0.5], 10), Err(short));
        let label = MetricError::LabelOutOfRange { index: 1, label: 10, classes: 10 };
        assert_eq!(Predictions::new(&[0, 10], &[0.5, 0.5], 10), Err(label));
        let logit = MetricError::ConfidenceOutOfRange { index: 0, value: 3.0 };
        assert_eq!(Predictions::new(&[0], &[3.0], 10), Err(logit));
        assert!(Predictions::new(&[0], &[f32::NAN], 10).is_err());
    }
}
