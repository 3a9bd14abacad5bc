use serde::Serialize;

use crate::duplicate_share::median;
use crate::search::nearest_rows;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Neighbour, Samples, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "memorisation",
    doc: "Probability that a generated sample is closer to the training set than a held-out real one; above 1/2, samples are copied.",
    better: Direction::Lower,
    needs: &[Input::Samples, Input::Reference, Input::HeldOut],
    floor: "exact: 1/2, with the deviation of the rank test",
    run: |inputs| Ok(memorisation(inputs.samples(&ENTRY)?, inputs.reference(&ENTRY)?, inputs.held_out(&ENTRY)?)?.score),
};

/// Report of [`memorisation`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Memorisation {
    /// The probability, in `[0, 1]`.
    #[serde(flatten)]
    pub score: Score,
    /// Deviations of the score above 1/2: beyond 3, copying; below -3, samples farther from the data than real ones.
    pub z: f64,
    /// Median distance of the generated samples to their nearest training samples, over that of the held-out ones; `None` where at least
    /// half of the held-out samples are in the training set.
    pub median_ratio: Option<f64>,
    /// Number of held-out samples.
    pub held_out: usize,
}

/// `P(d(x, T) < d(p, T)) + P(d(x, T) = d(p, T)) / 2` for generated `x`, held-out `p` and the L2 distance `d` to the nearest sample of the
/// training set `T`: the three-sample test for data copying (Meehan, Chaudhuri and Dasgupta 2020, section 3, without cells; its `Z_U` is `-z`
/// here), which is the test of Mann and Whitney.
///
/// 1/2 for a perfect sampler, however large the three sets, with the deviation `sqrt((n + m + 1) / (12 n m))` for `n` generated and `m`
/// held-out samples. 1 where every sample is a copy. Below 1/2 is no merit: the samples lie farther from the data than real ones.
///
/// The three are `[n, dim]`, raw or in features; `2 (n + m) t dim` operations for `t` training samples.
///
/// # Errors
/// [`MetricError::DimensionMismatch`].
///
/// ```
/// use gan_metrics::{Samples, memorisation};
///
/// let training = Samples::new(&[0.0, 10.0, 20.0], 1)?;
/// let held_out = Samples::new(&[2.0, 13.0], 1)?;
/// let copies = Samples::new(&[0.0, 20.1], 1)?;
/// assert_eq!(memorisation(&copies, &training, &held_out)?.score.value, 1.0);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn memorisation(samples: &Samples<'_>, training: &Samples<'_>, held_out: &Samples<'_>) -> Result<Memorisation, MetricError> {
    samples.check_dim("reference", training.dim())?;
    samples.check_dim("held-out samples", held_out.dim())?;
    let distances = |of: &Samples<'_>| -> Vec<f64> {
        let found: Vec<Neighbour> = nearest_rows(of, training, None);
        found.iter().map(|f| f.squared_distance.sqrt()).collect()
    };
    let (generated, mut fresh) = (distances(samples), distances(held_out));
    let (n, m) = (samples.n(), held_out.n());
    fresh.sort_unstable_by(f64::total_cmp);
    // twice the number of pairs in which the generated one is closer
    let closer = |d: &f64| 2 * m - fresh.partition_point(|f| f < d) - fresh.partition_point(|f| f <= d);
    let twice: usize = generated.iter().map(closer).sum();
    let (pairs, both) = (n as f64 * m as f64, (n + m + 1) as f64);
    let (value, deviation) = (twice as f64 / (2.0 * pairs), (both / (12.0 * pairs)).sqrt());
    let typical = median(&fresh);
    Ok(Memorisation {
        score: Score { metric: ENTRY.name, n, value, floor: Some(Floor { value: 0.5, deviation: Some(deviation) }) },
        z: (value - 0.5) / deviation,
        median_ratio: (typical > 0.0).then(|| median(&generated) / typical),
        held_out: m,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f32]) -> Samples<'_> {
        Samples::new(values, 1).unwrap()
    }

    #[test]
    fn by_hand() {
        let training = line(&[0.0, 100.0]);
        // distances 1, 3 against 1, 2, 3: pairs closer 2, equal 2, farther 2
        let found = memorisation(&line(&[1.0, 97.0]), &training, &line(&[-1.0, 2.0, 103.0])).unwrap();
        assert_eq!((found.score.value, found.z, found.median_ratio), (0.5, 0.0, Some(0.5)));
        assert!((found.score.floor.unwrap().deviation.unwrap() - (6.0 / 72.0_f64).sqrt()).abs() < 1e-15);
        let far = memorisation(&line(&[40.0, 60.0]), &training, &line(&[0.0, 1.0, 0.0])).unwrap();
        assert_eq!((far.score.value, far.median_ratio), (0.0, None));
        assert!(far.z < 0.0);
    }

    #[test]
    fn names_what_is_wrong() {
        let (one, plane) = (line(&[0.0, 1.0]), Samples::new(&[0.0, 1.0], 2).unwrap());
        let run = |t, h| memorisation(&one, &t, &h).unwrap_err();
        assert!(matches!(run(plane, one), MetricError::DimensionMismatch { what: "reference", .. }));
        assert!(matches!(run(one, plane), MetricError::DimensionMismatch { what: "held-out samples", .. }));
    }
}
