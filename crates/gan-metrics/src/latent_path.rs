use crate::{MetricError, Samples};

/// What a generator makes of small steps in its latent space: features (or samples) at `z` and at `z + step u`, for random `z` and
/// random unit vectors `u`, row by row. Checked once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatentPath<'a> {
    start: Samples<'a>,
    end: Samples<'a>,
    step: f64,
}

impl<'a> LatentPath<'a> {
    /// Features at `z`, features at `z + step u`, both `[n, features]`, and the length of the steps in the latent space.
    ///
    /// # Errors
    /// [`MetricError::DimensionMismatch`], [`MetricError::LengthMismatch`], or [`MetricError::InvalidOption`] where `step` is not a
    /// finite number above 0.
    pub fn new(start: Samples<'a>, end: Samples<'a>, step: f64) -> Result<Self, MetricError> {
        start.check_dim("features at the ends of the steps", end.dim())?;
        if start.n() != end.n() {
            let (expected, found) = (start.n(), end.n());
            return Err(MetricError::LengthMismatch { what: "features at the ends of the steps", expected, found });
        }
        if !(step.is_finite() && step > 0.0) {
            let expected = "a finite length > 0 in the latent space";
            return Err(MetricError::InvalidOption { option: "step", expected, found: step });
        }
        Ok(Self { start, end, step })
    }

    /// Number of steps.
    pub fn n(&self) -> usize {
        self.start.n()
    }

    /// For each step the distance of the features over the length of the step.
    pub fn slopes(&self) -> impl Iterator<Item = f64> + use<'a> {
        let step = self.step;
        let distance = |(a, b): (&[f32], &[f32])| crate::search::squared_distance(a, b).sqrt();
        self.start.rows().zip(self.end.rows()).map(move |pair| distance(pair) / step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_wrong() {
        let pair = Samples::new(&[0.0, 1.0], 1).unwrap();
        let one = Samples::new(&[0.0], 1).unwrap();
        let plane = Samples::new(&[0.0, 1.0], 2).unwrap();
        assert!(matches!(LatentPath::new(pair, plane, 0.1), Err(MetricError::DimensionMismatch { expected: 1, found: 2, .. })));
        assert!(matches!(LatentPath::new(pair, one, 0.1), Err(MetricError::LengthMismatch { expected: 2, found: 1, .. })));
        for step in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(LatentPath::new(pair, pair, step), Err(MetricError::InvalidOption { option: "step", .. })));
        }
    }
}
