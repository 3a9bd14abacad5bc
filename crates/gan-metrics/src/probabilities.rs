use crate::MetricError;
use crate::samples::check_rows;

/// Class probabilities that a classifier gives to a batch of samples: the softmax of its logits, row-major `[n, classes]`,
/// checked once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probabilities<'a> {
    values: &'a [f32],
    classes: usize,
}

impl<'a> Probabilities<'a> {
    /// Rows of `classes` probabilities, each row with the sum 1 (within 1e-3, the rounding of f32).
    ///
    /// # Errors
    /// Those of [`Samples::new`](crate::Samples::new), [`MetricError::ConfidenceOutOfRange`] or
    /// [`MetricError::NotDistribution`].
    pub fn new(values: &'a [f32], classes: usize) -> Result<Self, MetricError> {
        check_rows("probabilities", values, classes)?;
        if let Some((i, &value)) = values.iter().enumerate().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
            return Err(MetricError::ConfidenceOutOfRange { index: i / classes, value });
        }
        for (row, of_row) in values.chunks_exact(classes).enumerate() {
            let sum: f64 = of_row.iter().map(|&p| f64::from(p)).sum();
            if (sum - 1.0).abs() > 1e-3 {
                return Err(MetricError::NotDistribution { row, sum });
            }
        }
        Ok(Self { values, classes })
    }

    /// Number of samples.
    pub fn n(&self) -> usize {
        self.values.len() / self.classes
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The probabilities of each sample.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [f32]> + use<'a> {
        self.values.chunks_exact(self.classes)
    }

    /// The first `n` samples, or all where there are fewer; at least one.
    pub fn first(&self, n: usize) -> Self {
        Self { values: &self.values[..n.clamp(1, self.n()) * self.classes], classes: self.classes }
    }

    /// The first `rows` samples and the others; at least one each, `None` for a single sample.
    pub fn split(&self, rows: usize) -> Option<(Self, Self)> {
        let last = self.n() - 1;
        (last > 0).then(|| {
            let (a, b) = self.values.split_at(rows.clamp(1, last) * self.classes);
            (Self { values: a, ..*self }, Self { values: b, ..*self })
        })
    }

    /// The most probable class of each sample, the first of equals, and its probability, as
    /// [`Predictions::new`](crate::Predictions::new) takes them.
    pub fn most_probable(&self) -> (Vec<usize>, Vec<f32>) {
        let best = |row: &[f32]| {
            let first = (0, row[0]);
            row.iter().copied().enumerate().skip(1).fold(first, |best, next| if next.1 > best.1 { next } else { best })
        };
        self.rows().map(best).unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Predictions;

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(Probabilities::new(&[], 2), Err(MetricError::Empty { what: "probabilities" }));
        assert_eq!(Probabilities::new(&[1.0], 0), Err(MetricError::ZeroDimension { what: "probabilities" }));
        assert!(matches!(Probabilities::new(&[1.0; 3], 2), Err(MetricError::RaggedRows { .. })));
        assert!(matches!(Probabilities::new(&[0.0, 1.0, f32::NAN, 1.0], 2), Err(MetricError::NotFinite { row: 1, .. })));
        let logit = Probabilities::new(&[0.5, 0.5, 3.0, -1.0], 2);
        assert_eq!(logit, Err(MetricError::ConfidenceOutOfRange { index: 1, value: 3.0 }));
        let half = Probabilities::new(&[0.5, 0.5, 0.25, 0.25], 2);
        assert_eq!(half, Err(MetricError::NotDistribution { row: 1, sum: 0.5 }));
    }

    #[test]
    fn predictions_from_probabilities() {
        let seen = Probabilities::new(&[0.25, 0.75, 0.5, 0.5, 1.0, 0.0], 2).unwrap();
        let (labels, confidences) = seen.most_probable();
        assert_eq!((&labels[..], &confidences[..]), (&[1, 0, 0][..], &[0.75, 0.5, 1.0][..]));
        assert!(Predictions::new(&labels, &confidences, seen.classes()).is_ok());
        assert_eq!((seen.first(2).n(), seen.first(0).n(), seen.first(9).n()), (2, 1, 3));
        let (a, b) = seen.split(1).unwrap();
        assert_eq!((a.n(), b.n(), a.split(1)), (1, 2, None));
    }
}
