use serde::Serialize;

use crate::{Direction, Floor, Input, MetricEntry, MetricError, Modes, Samples, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "high_quality_share",
    doc: "Share of the samples within 3 sigma of the nearest mode of a known mixture.",
    better: Direction::Higher,
    needs: &[Input::Samples, Input::Modes],
    floor: "exact: the probability that a draw of the mixture is within the radius",
    run: |inputs| Ok(high_quality_share(inputs.samples(&ENTRY)?, inputs.modes(&ENTRY)?)?.score),
};

/// Report of [`high_quality_share`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HighQualityShare {
    /// The share, in `[0, 1]`.
    #[serde(flatten)]
    pub score: Score,
    /// Number of high-quality samples.
    pub high_quality: usize,
    /// Mean Euclidean distance of all samples to their nearest mode.
    pub mean_distance: f64,
}

/// Share of the samples within 3 sigma of their nearest mode (Srivastava et al. 2017, "VEEGAN"; see
/// [`Modes::with_radius`]).
///
/// The floor is [`Modes::high_quality_probability`], 98.89 % in two dimensions. A share above it by more than
/// the deviation is no merit: such a sampler is narrower than the mixture.
///
/// # Errors
/// [`MetricError::DimensionMismatch`].
pub fn high_quality_share(samples: &Samples<'_>, modes: &Modes) -> Result<HighQualityShare, MetricError> {
    let assigned = modes.assign(samples)?;
    let n = samples.n();
    let high_quality = assigned.iter().filter(|a| a.high_quality).count();
    Ok(HighQualityShare {
        score: Score {
            metric: ENTRY.name,
            n,
            value: high_quality as f64 / n as f64,
            floor: Some(Floor::of_share(modes.high_quality_probability(), n)),
        },
        high_quality,
        mean_distance: assigned.iter().map(|a| a.distance).sum::<f64>() / n as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_by_hand() {
        let modes = Modes::new(vec![0.0, 0.0], 2, 1.0).unwrap();
        let samples = Samples::new(&[0.0, 0.0, 3.0, 4.0, 0.0, -3.0, 2.0, 2.0], 2).unwrap();
        let report = high_quality_share(&samples, &modes).unwrap();
        assert_eq!((report.score.value, report.high_quality), (0.75, 3));
        assert!((report.mean_distance - (5.0 + 3.0 + 8_f64.sqrt()) / 4.0).abs() < 1e-15);
        let narrow = modes.with_radius(0.5).unwrap();
        assert_eq!(high_quality_share(&samples, &narrow).unwrap().score.value, 0.25);
    }

    /// A perfect sampler: quantiles of the radius on a fine grid of angles score the floor.
    #[test]
    fn perfect_samples_score_the_floor() {
        let rings = 20_000;
        let values: Vec<f32> = (0..rings)
            .flat_map(|i| {
                let u = (f64::from(i) + 0.5) / f64::from(rings);
                let radius = (-2.0 * (-u).ln_1p()).sqrt();
                let (sin, cos) = (f64::from(i) * 2.399_963).sin_cos();
                [(radius * cos) as f32, (radius * sin) as f32]
            })
            .collect();
        let modes = Modes::new(vec![0.0, 0.0], 2, 1.0).unwrap();
        let score = high_quality_share(&Samples::new(&values, 2).unwrap(), &modes).unwrap().score;
        let floor = score.floor.unwrap();
        assert!((floor.value - (1.0 - (-4.5_f64).exp())).abs() < 1e-14);
        assert!((score.value - floor.value).abs() <= 1.0 / f64::from(rings));
        let deviation = (floor.value * (1.0 - floor.value) / 20_000.0).sqrt();
        assert!((floor.deviation.unwrap() - deviation).abs() < 1e-15);
    }
}
