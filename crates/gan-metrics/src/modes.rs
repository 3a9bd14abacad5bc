use rayon::prelude::*;

use crate::samples::check_rows;
use crate::special::within_radius;
use crate::{MetricError, Samples};

/// Rows handled by one parallel task.
const ROWS_A_TASK: usize = 1024;

/// The modes of a known mixture: equally likely isotropic normal distributions of one standard deviation, as
/// in the ring and the grid on which mode collapse is usually measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Modes {
    centres: Vec<f32>,
    dim: usize,
    sigma: f64,
    radius: f64,
}

/// The mode that a sample falls to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearestMode {
    /// Index of the nearest centre; the lowest of several at one distance.
    pub mode: usize,
    /// Euclidean distance to that centre.
    pub distance: f64,
    /// Whether the distance is at most the radius of high quality (3 sigma unless told otherwise).
    pub high_quality: bool,
}

impl Modes {
    /// Modes with these centres, row-major `[modes, dim]`, and standard deviation `sigma` in each direction.
    ///
    /// # Errors
    /// Those of [`Samples::new`] for the centres, or [`MetricError::InvalidSigma`].
    pub fn new(centres: Vec<f32>, dim: usize, sigma: f64) -> Result<Self, MetricError> {
        check_rows("mode centres", &centres, dim)?;
        if !(sigma.is_finite() && sigma > 0.0) {
            return Err(MetricError::InvalidSigma { sigma });
        }
        Ok(Self { centres, dim, sigma, radius: 3.0 })
    }

    /// Calls samples of high quality up to `radius` sigmas from their mode, instead of 3.
    ///
    /// # Errors
    /// [`MetricError::InvalidOption`] where `radius` is not a finite number above 0.
    pub fn with_radius(mut self, radius: f64) -> Result<Self, MetricError> {
        if !(radius.is_finite() && radius > 0.0) {
            let expected = "a finite number of sigmas > 0";
            return Err(MetricError::InvalidOption { option: "radius", expected, found: radius });
        }
        self.radius = radius;
        Ok(self)
    }

    /// Number of modes.
    pub fn count(&self) -> usize {
        self.centres.len() / self.dim
    }

    /// Dimension of the space.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// Probability that a sample of the mixture is of high quality: the distribution function of the chi
    /// distribution with `dim` degrees of freedom at the radius, `1 - exp(-4.5)` in two dimensions at 3 sigma.
    ///
    /// It takes each sample to be judged by its own mode. Where the balls of the modes overlap, the true
    /// probability is a little larger.
    pub fn high_quality_probability(&self) -> f64 {
        within_radius(self.dim, self.radius)
    }

    /// The nearest mode of every sample, in their order.
    ///
    /// # Errors
    /// [`MetricError::DimensionMismatch`].
    pub fn assign(&self, samples: &Samples<'_>) -> Result<Vec<NearestMode>, MetricError> {
        samples.check_dim("mode centres", self.dim)?;
        Ok(samples
            .values()
            .par_chunks(ROWS_A_TASK * self.dim)
            .flat_map_iter(|rows| rows.chunks_exact(self.dim).map(|row| self.nearest(row)))
            .collect())
    }

    fn nearest(&self, sample: &[f32]) -> NearestMode {
        let mut best = (0, f64::INFINITY);
        for (mode, centre) in self.centres.chunks_exact(self.dim).enumerate() {
            let squared: f64 = sample.iter().zip(centre).map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2)).sum();
            if squared < best.1 {
                best = (mode, squared);
            }
        }
        let distance = best.1.sqrt();
        NearestMode { mode: best.0, distance, high_quality: distance <= self.radius * self.sigma }
    }
}

/// How many samples fall to each of `modes` modes.
pub(crate) fn histogram(modes: usize, samples: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut counts = vec![0; modes];
    for mode in samples {
        counts[mode] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(Modes::new(vec![], 2, 1.0), Err(MetricError::Empty { what: "mode centres" }));
        assert_eq!(Modes::new(vec![0.0], 1, 0.0), Err(MetricError::InvalidSigma { sigma: 0.0 }));
        assert!(matches!(Modes::new(vec![0.0], 1, f64::NAN), Err(MetricError::InvalidSigma { .. })));
        let modes = Modes::new(vec![0.0, 1.0], 2, 1.0).unwrap();
        assert!(matches!(modes.clone().with_radius(-1.0), Err(MetricError::InvalidOption { .. })));
        let samples = Samples::new(&[0.0], 1).unwrap();
        let mismatch = MetricError::DimensionMismatch { what: "mode centres", expected: 1, found: 2 };
        assert_eq!(modes.assign(&samples), Err(mismatch));
    }

    #[test]
    fn ties_go_to_the_first_mode_and_the_border_counts_as_inside() {
        let modes = Modes::new(vec![0.0, 6.0], 1, 1.0).unwrap();
        let samples = Samples::new(&[3.0, 3.5, 9.5], 1).unwrap();
        let nearest = modes.assign(&samples).unwrap();
        assert_eq!(nearest[0], NearestMode { mode: 0, distance: 3.0, high_quality: true });
        assert_eq!(nearest[1], NearestMode { mode: 1, distance: 2.5, high_quality: true });
        assert_eq!(nearest[2], NearestMode { mode: 1, distance: 3.5, high_quality: false });
    }

    #[test]
    fn order_is_kept_over_many_tasks() {
        let centres: Vec<f32> = (0..7).map(|i| i as f32).collect();
        let modes = Modes::new(centres, 1, 0.1).unwrap();
        let values: Vec<f32> = (0..5000).map(|i| (i % 7) as f32).collect();
        let nearest = modes.assign(&Samples::new(&values, 1).unwrap()).unwrap();
        assert!(nearest.iter().enumerate().all(|(i, n)| n.mode == i % 7 && n.high_quality));
    }
}
