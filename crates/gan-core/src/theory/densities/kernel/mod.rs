//! Kernel estimates of samples.

mod bandwidth;

pub use bandwidth::Bandwidth;

use std::f64::consts::TAU;

use super::mixture::log_sum_exp;
use super::{Density, DensityEntry, at, standard_normal_mass};
use crate::theory::{DensityError, TheoryError};

/// Half width of a kernel in its standard deviations.
const REACH: f64 = 9.0;

/// The kernel estimate of samples: a Gaussian with standard deviation `h_j` along axis `j` about each of them,
///
/// `p(x) = 1/n sum_i prod_j N(x_j; x_ij, h_j^2)` (Parzen 1962).
///
/// It is blurred: its variance is `h^2` above that of the samples. On the line a density costs as many exponentials as there are
/// samples within 9 bandwidths, in the plane as many as there are samples.
///
/// ```
/// use gan_core::theory::densities::{Bandwidth, Density, KernelDensity};
///
/// let p = KernelDensity::new(&[0.0, 1.0, 1.5], 1, Bandwidth::Fixed(0.1))?;
/// assert!((p.density(&[0.0]) - 10.0 / 3.0 / std::f64::consts::TAU.sqrt()).abs() < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone)]
pub struct KernelDensity {
    samples: Points,
    bandwidth: [f64; 2],
}

/// Points in ascending order along the first axis; on the line the second coordinate is 0.
#[derive(Debug, Clone)]
struct Points {
    dim: usize,
    places: Vec<[f64; 2]>,
}

impl Points {
    fn new(samples: &[f64], dim: usize) -> Result<Self, TheoryError> {
        let fault = |expected, found| Err(DensityError::Samples { expected, found }.into());
        if !(1..=2).contains(&dim) {
            return fault("samples of 1 or 2 coordinates", format!("{dim}"));
        }
        if samples.is_empty() || !samples.len().is_multiple_of(dim) {
            return fault("at least one sample, each with all of its coordinates", format!("{} numbers", samples.len()));
        }
        if let Some(wrong) = samples.iter().find(|x| !x.is_finite()) {
            return fault("finite numbers", format!("{wrong}"));
        }
        let place = |x: &[f64]| [x.first().copied().unwrap_or(0.0), x.get(1).copied().unwrap_or(0.0)];
        let mut places: Vec<_> = samples.chunks_exact(dim).map(place).collect();
        places.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        Ok(Self { dim, places })
    }

    fn std(&self, axis: usize) -> f64 {
        let n = self.places.len() as f64;
        let mean = self.places.iter().map(|p| p[axis] / n).sum::<f64>();
        (self.places.iter().map(|p| (p[axis] - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
    }

    /// Along the first axis, with quartiles between two samples interpolated.
    fn interquartile_range(&self) -> f64 {
        let quantile = |share: f64| {
            let place = share * (self.places.len() - 1) as f64;
            let (below, above) = (self.places[place.floor() as usize][0], self.places[place.ceil() as usize][0]);
            below + (above - below) * place.fract()
        };
        quantile(0.75) - quantile(0.25)
    }
}

impl KernelDensity {
    /// The estimate of `samples`, `[n, dim]` row by row.
    ///
    /// # Errors
    /// [`DensityError::Samples`] where there are none, they are not finite, or a rule cannot choose their bandwidth;
    /// [`DensityError::Parameter`] for a fixed bandwidth that is not above 0.
    pub fn new(samples: &[f64], dim: usize, bandwidth: Bandwidth) -> Result<Self, TheoryError> {
        let samples = Points::new(samples, dim)?;
        let bandwidth = bandwidth.widths(&samples)?;
        Ok(Self { samples, bandwidth })
    }

    /// The standard deviation of the kernel along each axis.
    pub fn bandwidth(&self) -> &[f64] {
        &self.bandwidth[..self.samples.dim]
    }

    /// `log p` on the line: only samples near enough to count beside the nearest.
    fn log_density_on_line(&self, x: f64) -> f64 {
        let (places, h) = (&self.samples.places, self.bandwidth[0]);
        let after = places.partition_point(|p| p[0] < x);
        let neighbours = &places[after.saturating_sub(1)..(after + 1).min(places.len())];
        let nearest = neighbours.iter().map(|p| (p[0] - x).abs()).fold(f64::INFINITY, f64::min);
        // Kernels below exp(-81 / 2) of the nearest are dropped.
        let radius = nearest.hypot(REACH * h);
        let (first, last) = (places.partition_point(|p| p[0] < x - radius), places.partition_point(|p| p[0] <= x + radius));
        log_sum_exp(places[first..last].iter().map(|p| -0.5 * ((x - p[0]) / h).powi(2)))
    }
}

impl Density for KernelDensity {
    fn dim(&self) -> usize {
        self.samples.dim
    }
    fn density(&self, x: &[f64]) -> f64 {
        self.log_density(x).exp()
    }
    fn log_density(&self, x: &[f64]) -> f64 {
        let n = self.samples.places.len() as f64;
        let [h, k] = self.bandwidth;
        match *x {
            [x] if self.dim() == 1 && !x.is_nan() => self.log_density_on_line(x) - (n * h).ln() - 0.5 * TAU.ln(),
            [x, y] if self.dim() == 2 => {
                let kernel = |p: &[f64; 2]| -0.5 * (((x - p[0]) / h).powi(2) + ((y - p[1]) / k).powi(2));
                log_sum_exp(self.samples.places.iter().map(kernel)) - n.ln() - h.ln() - k.ln() - TAU.ln()
            }
            _ => f64::NAN,
        }
    }
    fn support(&self) -> Vec<(f64, f64)> {
        let side = |axis: usize| {
            let along = || self.samples.places.iter().map(move |p| p[axis]);
            let reach = REACH * self.bandwidth[axis];
            (along().fold(f64::INFINITY, f64::min) - reach, along().fold(f64::NEG_INFINITY, f64::max) + reach)
        };
        (0..self.dim()).map(side).collect()
    }
    fn parts(&self) -> Vec<Vec<(f64, f64)>> {
        // Samples in one cell of a coarse grid make one part: as many parts as samples would be too many to look at.
        let pitch: Vec<f64> = self.bandwidth().iter().map(|h| 2.0 * REACH * h).collect();
        let cell = |p: &[f64; 2]| pitch.iter().zip(p).map(|(w, x)| (x / w).floor()).collect::<Vec<_>>();
        let mut cells: Vec<Vec<f64>> = self.samples.places.iter().map(cell).collect();
        cells.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        cells.dedup();
        let side = |(k, w): (&f64, &f64)| ((k - 0.5) * w, (k + 1.5) * w);
        cells.iter().map(|k| k.iter().zip(&pitch).map(side).collect()).collect()
    }
    fn box_mass(&self, sides: &[(f64, f64)]) -> Option<f64> {
        if sides.len() != self.dim() {
            return None;
        }
        let mass = |p: &[f64; 2]| {
            let side = |((low, high), (x, h)): (&(f64, f64), (&f64, &f64))| standard_normal_mass((low - x) / h, (high - x) / h);
            sides.iter().zip(p.iter().zip(&self.bandwidth)).map(side).product::<f64>()
        };
        Some(self.samples.places.iter().map(mass).sum::<f64>() / self.samples.places.len() as f64)
    }
}

pub(super) const ENTRY: DensityEntry = DensityEntry {
    name: "kernel",
    doc: "a kernel estimate of samples: numbers, or pairs for the plane. samples; bandwidth: a number, silverman, scott or cross_validation (silverman)",
    build: |f| {
        let rows = f.points("samples")?.ok_or_else(|| f.missing("samples", "a list of numbers, or of pairs of them"))?;
        let dim = rows.first().map_or(1, Vec::len);
        let bandwidth = Bandwidth::read(f)?;
        Ok(Box::new(at(f, KernelDensity::new(&rows.concat(), dim, bandwidth))?))
    },
};

#[cfg(test)]
mod tests {
    use super::super::{Gaussian, Mixture, check_normalised};
    use super::*;

    /// Spread without chance, in clusters.
    fn samples(n: usize) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 0.618_033_988_749_894_9).fract() * 2.0 + if i % 3 == 0 { 50.0 } else { 0.0 }).collect()
    }

    #[test]
    fn the_same_as_a_mixture() {
        let (samples, h) = (samples(40), 0.07);
        let p = KernelDensity::new(&samples, 1, Bandwidth::Fixed(h)).unwrap();
        let parts = samples.iter().map(|x| Box::new(Gaussian::new(*x, h).unwrap()) as Box<dyn Density>);
        let q = Mixture::equal(parts.collect()).unwrap();
        for x in [-3.0, 0.0, 0.77, 2.3, 20.0, 51.0, 90.0] {
            assert!((p.log_density(&[x]) - q.log_density(&[x])).abs() < 1e-11 * q.log_density(&[x]).abs(), "{x}");
        }
        let (left, right) = (p.box_mass(&[(0.3, 50.5)]).unwrap(), q.box_mass(&[(0.3, 50.5)]).unwrap());
        assert!((left - right).abs() < 1e-14);

        let p = KernelDensity::new(&samples, 2, Bandwidth::Fixed(h)).unwrap();
        let parts =
            samples.chunks(2).map(|x| Box::new(Gaussian::in_plane([x[0], x[1]], [h; 2], 0.0).unwrap()) as Box<dyn Density>);
        let q = Mixture::equal(parts.collect()).unwrap();
        for x in [[0.0, 1.0], [51.0, 0.2], [7.0, 7.0]] {
            assert!((p.log_density(&x) - q.log_density(&x)).abs() < 1e-11 * q.log_density(&x).abs(), "{x:?}");
        }
    }

    #[test]
    fn many_samples_are_integrated() {
        for (dim, n, width) in [(1, 5000, 1e-3), (1, 3, 1e-4), (2, 120, 0.1), (2, 12, 0.001)] {
            let p = KernelDensity::new(&samples(n), dim, Bandwidth::Fixed(width)).unwrap();
            let found = check_normalised(&p, 1e-9).unwrap();
            assert!((found.value - 1.0).abs() < 1e-9, "{dim} {n}: {found:?}");
        }
    }

    #[test]
    fn samples_are_checked() {
        for (samples, dim) in
            [(&[][..], 1), (&[1.0, 2.0, 3.0], 2), (&[1.0, f64::NAN], 1), (&[f64::INFINITY], 1), (&[1.0; 3], 3), (&[1.0], 0)]
        {
            let fault = KernelDensity::new(samples, dim, Bandwidth::Fixed(1.0));
            assert!(matches!(fault, Err(TheoryError::Density(DensityError::Samples { .. }))), "{samples:?}");
        }
    }
}
