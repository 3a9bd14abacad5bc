use serde::Serialize;

use crate::modes::histogram;
use crate::special::at_least;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Modes, Samples, Score};

/// Registry entry, with one high-quality sample a mode.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "mode_coverage",
    doc: "Number of modes of a known mixture that receive at least one high-quality sample.",
    better: Direction::Higher,
    needs: &[Input::Samples, Input::Modes],
    floor: "exact: the expected coverage of as many draws of the mixture",
    run: |inputs| Ok(mode_coverage(inputs.samples(&ENTRY)?, inputs.modes(&ENTRY)?, 1)?.score),
};

/// Report of [`mode_coverage`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModeCoverage {
    /// Number of covered modes.
    #[serde(flatten)]
    pub score: Score,
    /// Number of modes of the mixture.
    pub modes: usize,
    /// High-quality samples of each mode, `[modes]`.
    pub high_quality: Vec<usize>,
    /// All samples by their nearest mode, `[modes]`; they sum to `n`.
    pub nearest: Vec<usize>,
}

/// Number of modes that receive at least `min_samples` samples of high quality (1 is usual).
///
/// A sample is of high quality within 3 sigma of its nearest mode (Srivastava et al. 2017, "VEEGAN"; see
/// [`Modes::with_radius`]).
///
/// The floor is the expected coverage of `n` samples of the mixture itself, `K P(Binomial(n, h / K) >=
/// min_samples)` for `K` modes and the probability `h` of high quality; its deviation is known in closed form
/// for `min_samples = 1`.
///
/// # Errors
/// [`MetricError::DimensionMismatch`], or [`MetricError::InvalidOption`] where `min_samples` is 0.
pub fn mode_coverage(samples: &Samples<'_>, modes: &Modes, min_samples: usize) -> Result<ModeCoverage, MetricError> {
    if min_samples == 0 {
        let expected = "at least 1, as every mode has 0 samples";
        return Err(MetricError::InvalidOption { option: "min_samples", expected, found: 0.0 });
    }
    let assigned = modes.assign(samples)?;
    let good = assigned.iter().filter(|a| a.high_quality).map(|a| a.mode);
    let high_quality = histogram(modes.count(), good);
    let nearest = histogram(modes.count(), assigned.iter().map(|a| a.mode));
    let covered = high_quality.iter().filter(|&&count| count >= min_samples).count();
    Ok(ModeCoverage {
        score: Score {
            metric: ENTRY.name,
            n: samples.n(),
            value: covered as f64,
            floor: Some(floor(samples.n(), modes, min_samples)),
        },
        modes: modes.count(),
        high_quality,
        nearest,
    })
}

fn floor(n: usize, modes: &Modes, min_samples: usize) -> Floor {
    let k = modes.count() as f64;
    let p = modes.high_quality_probability() / k;
    let value = k * at_least(n, p, min_samples);
    let deviation = (min_samples == 1).then(|| {
        // Modes left empty: each with probability (1 - p)^n, two given ones with (1 - 2p)^n.
        let empty = (n as f64 * (-p).ln_1p()).exp();
        let both = (n as f64 * (-2.0 * p).max(-1.0).ln_1p()).exp();
        (k * (k - 1.0) * both + k * empty - (k * empty).powi(2)).max(0.0).sqrt()
    });
    Floor { value, deviation }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_hand() {
        let modes = Modes::new(vec![0.0, 10.0, 20.0], 1, 1.0).unwrap();
        let samples = Samples::new(&[0.0, 1.0, 2.9, 4.0, 10.0, 24.0], 1).unwrap();
        let report = mode_coverage(&samples, &modes, 1).unwrap();
        assert_eq!(report.high_quality, [3, 1, 0]);
        assert_eq!(report.nearest, [4, 1, 1]);
        assert_eq!((report.score.value, report.score.n, report.modes), (2.0, 6, 3));
        assert_eq!(mode_coverage(&samples, &modes, 2).unwrap().score.value, 1.0);
        assert!(matches!(mode_coverage(&samples, &modes, 0), Err(MetricError::InvalidOption { .. })));
    }

    /// All `2^n` ways in which n coins can fall to two modes, half of the mass of each being of high quality.
    #[test]
    fn floor_by_enumeration() {
        // In one dimension the median of |x| is 0.674 sigma.
        let modes = Modes::new(vec![0.0, 100.0], 1, 1.0).unwrap().with_radius(0.674_489_750_196_081_7).unwrap();
        let n = 4;
        for min_samples in [1, 2] {
            let (mut mean, mut square) = (0.0, 0.0);
            for outcome in 0..4_u32.pow(n) {
                let mut counts = [0; 4];
                (0..n).for_each(|i| counts[(outcome / 4_u32.pow(i) % 4) as usize] += 1);
                let covered = counts[..2].iter().filter(|&&c| c >= min_samples).count() as f64;
                mean += covered / 256.0;
                square += covered * covered / 256.0;
            }
            let floor = floor(4, &modes, min_samples);
            assert!((floor.value - mean).abs() < 1e-12);
            match floor.deviation {
                Some(deviation) => assert!((deviation - (square - mean * mean).sqrt()).abs() < 1e-12),
                None => assert_eq!(min_samples, 2),
            }
        }
    }

    #[test]
    fn enough_samples_of_a_perfect_sampler_cover_everything() {
        let modes = Modes::new((0..25).map(|i| i as f32).collect(), 1, 0.01).unwrap();
        let ample = floor(2500, &modes, 1);
        assert!((ample.value - 25.0).abs() < 1e-9 && ample.deviation.unwrap() < 1e-9);
        assert!(floor(60, &modes, 1).value < 24.0);
        let single = Modes::new(vec![0.0], 1, 1.0).unwrap();
        assert!(floor(1, &single, 1).deviation.unwrap().is_finite());
    }
}
