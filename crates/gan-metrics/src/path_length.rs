use serde::Serialize;

use crate::{Direction, Input, LatentPath, MetricEntry, MetricError, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "path_length",
    doc: "Mean distance by which features move for a small step in the latent space, over the length of the step.",
    better: Direction::Lower,
    needs: &[Input::Path],
    floor: "none: real data have no latent space",
    run: |inputs| Ok(path_length(inputs.path(&ENTRY)?)?.score),
};

/// Report of [`path_length`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathLength {
    /// Mean slope, in units of the features over units of `z`.
    #[serde(flatten)]
    pub score: Score,
    /// Standard deviation of the slopes (`n - 1` in the denominator): how unevenly the latent space is stretched.
    pub deviation: f64,
    /// Standard error of the mean.
    pub standard_error: f64,
}

/// `E |f(G(z + epsilon u)) - f(G(z))| / epsilon` over random `z` and unit vectors `u` of the latent space (the path length of Karras
/// et al. 2019, section 4.1, and 2020, section 3.2, as a length, not a squared one), for features `f`.
///
/// Small and even where a step in the latent space changes little, large where it leaps from one picture to another. It shrinks with
/// the scale of `z` and with collapse too, so only generators that share prior and features compare.
///
/// # Errors
/// [`MetricError::TooFew`] for a single step.
///
/// ```
/// use gan_metrics::{LatentPath, Samples, path_length};
///
/// // G(z) = 3 z on the line, and steps of .5.
/// let (start, end) = (Samples::new(&[0.0, 3.0], 1)?, Samples::new(&[1.5, 1.5], 1)?);
/// let report = path_length(&LatentPath::new(start, end, 0.5)?)?;
/// assert_eq!((report.score.value, report.deviation), (3.0, 0.0));
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn path_length(path: &LatentPath<'_>) -> Result<PathLength, MetricError> {
    let n = path.n();
    if n < 2 {
        return Err(MetricError::TooFew { metric: ENTRY.name, what: "steps in the latent space", needed: 2, found: n });
    }
    let mean = path.slopes().sum::<f64>() / n as f64;
    let squares: f64 = path.slopes().map(|slope| (slope - mean).powi(2)).sum();
    let deviation = (squares / (n - 1) as f64).sqrt();
    Ok(PathLength {
        score: Score { metric: ENTRY.name, n, value: mean, floor: None },
        deviation,
        standard_error: deviation / (n as f64).sqrt(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Samples;

    #[test]
    fn uneven_steps_by_hand() {
        let start = Samples::new(&[0.0, 0.0, 1.0, 1.0], 2).unwrap();
        let end = Samples::new(&[3.0, 4.0, 1.0, 2.0], 2).unwrap();
        let report = path_length(&LatentPath::new(start, end, 2.0).unwrap()).unwrap();
        assert_eq!(report.score.value, 1.5);
        assert!((report.deviation - 2_f64.sqrt()).abs() < 1e-15 && (report.standard_error - 1.0).abs() < 1e-15);
        let one = Samples::new(&[0.0], 1).unwrap();
        let few = path_length(&LatentPath::new(one, one, 1.0).unwrap());
        assert!(matches!(few, Err(MetricError::TooFew { needed: 2, found: 1, .. })));
    }
}
