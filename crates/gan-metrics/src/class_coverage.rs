use serde::Serialize;

use crate::special::at_least;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Predictions, Score};

/// Registry entry, with the default options.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "class_coverage",
    doc: "Number of classes to which a classifier assigns at least 1 % of the samples.",
    better: Direction::Higher,
    needs: &[Input::Predictions],
    floor: "exact: the expected coverage of as many draws of equally frequent classes",
    run: |inputs| Ok(class_coverage(inputs.predictions(&ENTRY)?, &ClassCoverageOptions::default())?.score),
};

/// Registry entry for a class counted from a single sample on.
pub(crate) const FOUND: MetricEntry = MetricEntry {
    name: "classes_found",
    doc: "Number of classes to which a classifier assigns a sample at all, as the modes of Stacked-MNIST are counted.",
    better: Direction::Higher,
    floor: "exact: the expected number of as many draws of the data's classes, of equally frequent ones where these are not known",
    needs: &[Input::Predictions],
    run: |inputs| {
        let predictions = inputs.predictions(&FOUND)?;
        let real_shares = inputs.class_shares(&FOUND).ok().map(|shares| shares.shares().to_vec());
        let options = ClassCoverageOptions { min_share: 1.0 / predictions.n() as f64, min_confidence: None, real_shares };
        let found = class_coverage(predictions, &options)?;
        Ok(Score { metric: FOUND.name, ..found.score })
    },
};

/// Options of [`class_coverage`].
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCoverageOptions {
    /// Share of all samples that a class must reach to be covered, in `(0, 1]`; `.01`.
    pub min_share: f64,
    /// Only samples with a confidence above this count for their class, in `[0, 1)`; `None` counts all.
    pub min_confidence: Option<f64>,
    /// Share of each class among real samples that the same classifier has judged under the same
    /// `min_confidence`, `[classes]`. They set the floor; `None` takes equally frequent classes, and no floor
    /// where `min_confidence` is set.
    pub real_shares: Option<Vec<f64>>,
}

impl Default for ClassCoverageOptions {
    fn default() -> Self {
        Self { min_share: 0.01, min_confidence: None, real_shares: None }
    }
}

/// Report of [`class_coverage`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassCoverage {
    /// Number of covered classes.
    #[serde(flatten)]
    pub score: Score,
    /// Number of classes that the classifier knows.
    pub classes: usize,
    /// Samples of each class that count, `[classes]`; they sum to `n` unless `min_confidence` left some out.
    pub counts: Vec<usize>,
    /// Share of the smallest class among all samples.
    pub smallest_share: f64,
}

/// Number of classes that hold at least `min_share` of the samples, by the verdict of a classifier.
///
/// It is mode coverage for data whose modes have no known centres, such as digits.
///
/// The floor is the expected coverage of `n` real samples, `sum_k P(Binomial(n, p_k) >= min_share n)`, with
/// `p_k` the share of class `k` among real samples.
///
/// # Errors
/// [`MetricError::InvalidOption`] or [`MetricError::LengthMismatch`] for the options.
///
/// ```
/// use gan_metrics::{class_coverage, ClassCoverageOptions, Predictions};
///
/// let seen = Predictions::new(&[0, 2, 2, 0], &[0.9, 0.8, 0.99, 0.7], 3)?;
/// let report = class_coverage(&seen, &ClassCoverageOptions::default())?;
/// assert_eq!((report.score.value, report.counts), (2.0, vec![2, 0, 2]));
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn class_coverage(predictions: &Predictions<'_>, options: &ClassCoverageOptions) -> Result<ClassCoverage, MetricError> {
    options.check(predictions.classes())?;
    let n = predictions.n();
    let mut counts = vec![0_usize; predictions.classes()];
    for (label, confidence) in predictions.iter() {
        if options.min_confidence.is_none_or(|least| f64::from(confidence) > least) {
            counts[label] += 1;
        }
    }
    let needed = needed_count(n, options.min_share);
    let covered = counts.iter().filter(|&&count| count >= needed).count();
    let smallest = counts.iter().copied().min().unwrap_or(0);
    Ok(ClassCoverage {
        score: Score { metric: ENTRY.name, n, value: covered as f64, floor: options.floor(n, predictions.classes(), needed) },
        classes: predictions.classes(),
        counts,
        smallest_share: smallest as f64 / n as f64,
    })
}

/// The smallest count whose share of `n` is at least `min_share`.
fn needed_count(n: usize, min_share: f64) -> usize {
    // .01 * 1000 may round to just above 10, but the quotient 10 / 1000 rounds to the same f64 as the
    // literal .01; so the guess may be one too high, never too low by more than one.
    let guess = (min_share * n as f64).ceil() as usize;
    let enough = |count: &usize| *count as f64 / n as f64 >= min_share;
    (guess.saturating_sub(1).max(1)..=guess + 1).find(enough).unwrap_or(guess + 1)
}

impl ClassCoverageOptions {
    fn check(&self, classes: usize) -> Result<(), MetricError> {
        if !(self.min_share > 0.0 && self.min_share <= 1.0) {
            let (option, expected) = ("min_share", "a share in (0, 1]");
            return Err(MetricError::InvalidOption { option, expected, found: self.min_share });
        }
        if let Some(found) = self.min_confidence.filter(|c| !(0.0..1.0).contains(c)) {
            let (option, expected) = ("min_confidence", "a probability in [0, 1)");
            return Err(MetricError::InvalidOption { option, expected, found });
        }
        let Some(shares) = &self.real_shares else { return Ok(()) };
        if shares.len() != classes {
            let (expected, found) = (classes, shares.len());
            return Err(MetricError::LengthMismatch { what: "real_shares", expected, found });
        }
        match shares.iter().find(|p| !(0.0..=1.0).contains(*p)) {
            None => Ok(()),
            Some(&found) => {
                let (option, expected) = ("real_shares", "shares in [0, 1]");
                Err(MetricError::InvalidOption { option, expected, found })
            }
        }
    }

    fn floor(&self, n: usize, classes: usize, needed: usize) -> Option<Floor> {
        let value = match (&self.real_shares, self.min_confidence) {
            (Some(shares), _) => shares.iter().map(|&p| at_least(n, p, needed)).sum(),
            (None, None) => classes as f64 * at_least(n, 1.0 / classes as f64, needed),
            (None, Some(_)) => return None,
        };
        Some(Floor { value, deviation: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_at_exactly_the_share_is_covered() {
        for (n, share, expected) in [(1000, 0.01, 10), (100, 0.07, 7), (300, 0.29, 87), (7, 0.01, 1), (10, 1.0, 10), (3, 0.34, 2)]
        {
            assert_eq!(needed_count(n, share), expected, "{n} {share}");
        }
        let mut labels = vec![0; 1000];
        labels[..10].fill(1);
        labels[10..19].fill(2);
        let confidences = vec![1.0; 1000];
        let seen = Predictions::new(&labels, &confidences, 4).unwrap();
        let report = class_coverage(&seen, &ClassCoverageOptions::default()).unwrap();
        assert_eq!((report.score.value, report.smallest_share), (2.0, 0.0));
        assert_eq!(report.counts, [981, 10, 9, 0]);
    }

    #[test]
    fn a_single_sample_is_enough_to_be_found() {
        let labels: Vec<usize> = (0..500).map(|i| if i == 7 { 3 } else { i % 2 }).collect();
        let confidences = vec![1.0; 500];
        let inputs = crate::Inputs {
            predictions: Some(Predictions::new(&labels, &confidences, 4).unwrap()),
            class_shares: Some(&crate::ClassShares::new(vec![0.5, 0.499, 0.0, 0.001]).unwrap()),
            ..crate::Inputs::default()
        };
        let (found, covered) = ((FOUND.run)(&inputs).unwrap(), (ENTRY.run)(&inputs).unwrap());
        assert_eq!((found.value, covered.value), (3.0, 2.0));
        let expected = 2.0 + (1.0 - 0.999f64.powi(500));
        assert!((found.floor.unwrap().value - expected).abs() < 1e-9, "{:?}", found.floor);
    }

    #[test]
    fn uncertain_samples_count_for_no_class() {
        let seen = Predictions::new(&[0, 1, 1], &[0.9, 0.5, 0.4], 2).unwrap();
        let options = ClassCoverageOptions { min_confidence: Some(0.5), ..Default::default() };
        let report = class_coverage(&seen, &options).unwrap();
        assert_eq!((report.score.value, report.score.n, report.score.floor), (1.0, 3, None));
    }

    #[test]
    fn floor_by_hand() {
        // Three fair draws of two classes; a class needs 2 of 3 to reach half: exactly one class always does.
        let seen = Predictions::new(&[0, 0, 0], &[1.0; 3], 2).unwrap();
        let mut options = ClassCoverageOptions { min_share: 0.5, ..Default::default() };
        let floor = class_coverage(&seen, &options).unwrap().score.floor.unwrap();
        assert!((floor.value - 1.0).abs() < 1e-14);
        options.real_shares = Some(vec![1.0, 0.0]);
        let floor = class_coverage(&seen, &options).unwrap().score.floor.unwrap();
        assert!((floor.value - 1.0).abs() < 1e-14);
    }

    #[test]
    fn bad_options_are_named() {
        let seen = Predictions::new(&[0], &[1.0], 2).unwrap();
        let run = |options: ClassCoverageOptions| class_coverage(&seen, &options).unwrap_err();
        let base = ClassCoverageOptions::default;
        for min_share in [0.0, 1.5, f64::NAN] {
            assert!(matches!(run(ClassCoverageOptions { min_share, ..base() }), MetricError::InvalidOption { .. }));
        }
        let sure = ClassCoverageOptions { min_confidence: Some(1.0), ..base() };
        assert!(matches!(run(sure), MetricError::InvalidOption { option: "min_confidence", .. }));
        let short = ClassCoverageOptions { real_shares: Some(vec![1.0]), ..base() };
        assert!(matches!(run(short), MetricError::LengthMismatch { expected: 2, found: 1, .. }));
        let wild = ClassCoverageOptions { real_shares: Some(vec![1.0, -0.1]), ..base() };
        assert!(matches!(run(wild), MetricError::InvalidOption { option: "real_shares", .. }));
    }
}
