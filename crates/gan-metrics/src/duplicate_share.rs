use serde::Serialize;

use crate::nearest_neighbours::nearest_other_rows;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Neighbour, Samples, Score, nearest_neighbours};

/// Registry entry, with the default options.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "duplicate_share",
    doc: "Share of the samples that lie far closer to a training sample than training samples to one another.",
    better: Direction::Lower,
    needs: &[Input::Samples, Input::Reference],
    floor: "measured: the share of training samples that lie as close to another one",
    run: |inputs| {
        let (samples, reference) = (inputs.samples(&ENTRY)?, inputs.reference(&ENTRY)?);
        Ok(duplicate_share(samples, reference, &DuplicateShareOptions::default())?.score)
    },
};

/// Options of [`duplicate_share`].
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicateShareOptions {
    /// A sample is a duplicate below this multiple of the typical distance, in `(0, 1]`; `.25`.
    pub threshold: f64,
    /// Rows of the reference, evenly spaced, from which the typical distance is measured, at least 1; `1000`.
    pub probes: usize,
}

impl Default for DuplicateShareOptions {
    fn default() -> Self {
        Self { threshold: 0.25, probes: 1000 }
    }
}

/// Report of [`duplicate_share`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DuplicateShare {
    /// The share, in `[0, 1]`.
    #[serde(flatten)]
    pub score: Score,
    /// Median L2 distance of a training sample to the nearest other one.
    pub typical_distance: f64,
    /// Median L2 distance of the samples to their nearest training samples, over the typical distance: about 1
    /// for a perfect sampler, near 0 for one that repeats its training set, above 1 for one that misses it.
    pub median_ratio: f64,
    /// Training samples from which typical distance and floor were measured.
    pub probes: usize,
    /// For each sample its nearest training sample.
    pub neighbours: Vec<Neighbour>,
}

/// Share of the samples that are near-copies of training samples.
///
/// A sample counts where its L2 distance to the nearest training sample is below `threshold` times the typical
/// distance: the median, over evenly spaced training samples, of the distance to the nearest other one.
///
/// The floor is the share of those training samples that lie as close to another one. Left out of the training
/// set, they are what a perfect sampler would draw; so the floor also holds where the data repeat themselves.
///
/// # Errors
/// [`MetricError::DimensionMismatch`], [`MetricError::TooFew`] for a reference of one row,
/// [`MetricError::InvalidOption`], or [`MetricError::DegenerateReference`] where at least half of the probed
/// training samples have exact copies.
///
/// ```
/// use gan_metrics::{duplicate_share, DuplicateShareOptions, Samples};
///
/// let training = Samples::new(&[0.0, 1.0, 2.0, 3.0], 1)?;
/// let generated = Samples::new(&[0.01, 1.5, 2.99, 3.0], 1)?;
/// let report = duplicate_share(&generated, &training, &DuplicateShareOptions::default())?;
/// assert_eq!((report.score.value, report.typical_distance), (0.75, 1.0));
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn duplicate_share(
    samples: &Samples<'_>,
    reference: &Samples<'_>,
    options: &DuplicateShareOptions,
) -> Result<DuplicateShare, MetricError> {
    options.check()?;
    samples.check_dim("reference", reference.dim())?;
    let probes = options.probes.min(reference.n());
    let spaced: Vec<usize> = (0..probes).map(|i| evenly_spaced(i, probes, reference.n())).collect();
    let between = distances(&nearest_other_rows(reference, &spaced)?);
    let typical_distance = median(&between);
    if typical_distance == 0.0 {
        return Err(MetricError::DegenerateReference { probes });
    }
    let limit = options.threshold * typical_distance;
    let share = |of: &[f64]| of.iter().filter(|d| **d < limit).count() as f64 / of.len() as f64;

    let neighbours = nearest_neighbours(samples, reference)?.neighbours;
    let to_training = distances(&neighbours);
    let n = samples.n();
    Ok(DuplicateShare {
        score: Score {
            metric: ENTRY.name,
            n,
            value: share(&to_training),
            floor: Some(Floor::of_measured_share(share(&between), n, probes)),
        },
        typical_distance,
        median_ratio: median(&to_training) / typical_distance,
        probes,
        neighbours,
    })
}

impl DuplicateShareOptions {
    fn check(&self) -> Result<(), MetricError> {
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            let (option, expected) = ("threshold", "a multiple of the typical distance in (0, 1]");
            return Err(MetricError::InvalidOption { option, expected, found: self.threshold });
        }
        if self.probes == 0 {
            let (option, expected) = ("probes", "at least 1 row of the reference");
            return Err(MetricError::InvalidOption { option, expected, found: 0.0 });
        }
        Ok(())
    }
}

/// Row `i` of `probes` rows spread over `rows`, without the overflow of `i * rows / probes`.
fn evenly_spaced(i: usize, probes: usize, rows: usize) -> usize {
    i * (rows / probes) + i * (rows % probes) / probes
}

fn distances(neighbours: &[Neighbour]) -> Vec<f64> {
    neighbours.iter().map(|found| found.squared_distance.sqrt()).collect()
}

/// Lower median of a list that is not empty.
pub(crate) fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    let middle = (values.len() - 1) / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_that_repeat_themselves_raise_the_floor() {
        let training = Samples::new(&[0.0, 0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0], 1).unwrap();
        let options = DuplicateShareOptions::default();
        let report = duplicate_share(&training, &training, &options).unwrap();
        assert_eq!((report.score.value, report.score.floor.unwrap().value), (1.0, 0.25));
        assert_eq!((report.median_ratio, report.probes), (0.0, 8));
    }

    #[test]
    fn fresh_points_between_the_data_are_no_duplicates() {
        let training = Samples::new(&[0.0, 1.0, 2.0, 3.0, 4.0], 1).unwrap();
        let fresh = Samples::new(&[0.5, 2.5, 3.5], 1).unwrap();
        let report = duplicate_share(&fresh, &training, &DuplicateShareOptions::default()).unwrap();
        assert_eq!((report.score.value, report.median_ratio), (0.0, 0.5));
    }

    #[test]
    fn probes_are_spread_over_the_reference() {
        let rows: Vec<usize> = (0..4).map(|i| evenly_spaced(i, 4, 10)).collect();
        assert_eq!(rows, [0, 2, 5, 7]);
        assert!((0..1000).all(|i| evenly_spaced(i, 1000, 60_000) == 60 * i));
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.0);
    }

    #[test]
    fn names_what_is_wrong() {
        let one = Samples::new(&[1.0], 1).unwrap();
        let copies = Samples::new(&[1.0, 1.0, 1.0, 5.0], 1).unwrap();
        let plane = Samples::new(&[1.0, 1.0], 2).unwrap();
        let run = |s, r, threshold, probes| duplicate_share(&s, &r, &DuplicateShareOptions { threshold, probes }).unwrap_err();
        assert!(matches!(run(copies, one, 0.25, 10), MetricError::TooFew { .. }));
        assert_eq!(run(one, copies, 0.25, 10), MetricError::DegenerateReference { probes: 4 });
        assert!(matches!(run(one, plane, 0.25, 10), MetricError::DimensionMismatch { .. }));
        assert!(matches!(run(one, copies, 0.0, 10), MetricError::InvalidOption { option: "threshold", .. }));
        assert!(matches!(run(one, copies, 0.25, 0), MetricError::InvalidOption { option: "probes", .. }));
    }
}
