use super::densities::standard_normal_mass;
use super::{Cells, DensityError, TheoryError};

/// Half width of a kernel in its standard deviations: 1e-15 of its mass lies beyond.
const REACH: f64 = 8.0;

/// The masses in the cells of a grid of the kernel estimate of samples: a Gaussian about each of them, `[n, dim]` row by row, with a
/// standard deviation for each axis. What lies outside of the grid is left out.
///
/// The same as [`Cells::masses`] of a [`densities::KernelDensity`](super::densities::KernelDensity), in
/// `O(n (bandwidth / width of a cell)^dim)` instead of `O(n cells)`: each kernel is spread over the cells near it.
///
/// # Errors
/// [`DensityError::Samples`] where there are no samples, or one lacks coordinates; [`TheoryError::VectorLength`] without a bandwidth
/// for each axis; [`DensityError::Parameter`] for one that is not finite and above 0.
///
/// ```
/// use gan_core::theory::{Cells, kernel_masses};
///
/// let cells = Cells::line(-1.0, 1.0, 4)?;
/// let masses = kernel_masses(&cells, &[0.0], &[0.1])?;
/// assert!((masses[1] - 0.5).abs() < 1e-6 && (masses[2] - 0.5).abs() < 1e-6);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn kernel_masses(cells: &Cells, samples: &[f64], bandwidth: &[f64]) -> Result<Vec<f64>, TheoryError> {
    let dim = cells.dim();
    if samples.is_empty() || !samples.len().is_multiple_of(dim) {
        let expected = "at least one sample, each with all of its coordinates";
        return Err(DensityError::Samples { expected, found: format!("{} numbers", samples.len()) }.into());
    }
    if bandwidth.len() != dim {
        return Err(TheoryError::VectorLength { expected: dim, found: bandwidth.len() });
    }
    if let Some(&found) = bandwidth.iter().find(|h| !(**h > 0.0 && h.is_finite())) {
        let expected = "a finite number greater than 0";
        return Err(DensityError::Parameter { density: "kernel", parameter: "bandwidth", expected, found }.into());
    }
    let edges: Vec<Vec<f64>> = (0..dim).map(|axis| cells.edges(axis)).collect();
    let mut masses = vec![0.0; cells.len()];
    let share = dim as f64 / samples.len() as f64;
    for x in samples.chunks_exact(dim) {
        let along: Vec<Span> = x.iter().zip(bandwidth).zip(&edges).map(|((x, h), edges)| Span::of(*x, *h, edges)).collect();
        match &along[..] {
            [line] => line.add(&mut masses, 0, share),
            [first, second] => {
                for (i, mass) in (first.start..).zip(&first.masses) {
                    second.add(&mut masses, i * cells.along(1), share * mass);
                }
            }
            _ => {}
        }
    }
    Ok(masses)
}

/// The masses of one kernel in consecutive cells along an axis.
struct Span {
    start: usize,
    masses: Vec<f64>,
}

impl Span {
    fn of(x: f64, h: f64, edges: &[f64]) -> Span {
        let start = edges.partition_point(|e| *e <= x - REACH * h).saturating_sub(1);
        let end = edges.partition_point(|e| *e < x + REACH * h).min(edges.len() - 1);
        let near = edges.get(start..=end.max(start)).unwrap_or_default();
        Span { start, masses: near.windows(2).map(|w| standard_normal_mass((w[0] - x) / h, (w[1] - x) / h)).collect() }
    }

    /// Adds `factor` times itself to the cells from `offset` on.
    fn add(&self, cells: &mut [f64], offset: usize, factor: f64) {
        for (cell, mass) in cells.iter_mut().skip(offset + self.start).zip(&self.masses) {
            *cell += factor * mass;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::densities::{Bandwidth, KernelDensity};

    #[test]
    fn as_by_the_density() {
        let line = Cells::line(-2.0, 3.0, 301).unwrap();
        let samples: Vec<f64> = (0..40).map(|i| (f64::from(i) * 0.7).sin() * 2.5).collect();
        let estimate = KernelDensity::new(&samples, 1, Bandwidth::Fixed(0.07)).unwrap();
        for (a, b) in kernel_masses(&line, &samples, &[0.07]).unwrap().iter().zip(line.masses(&estimate).unwrap()) {
            assert!((a - b).abs() < 1e-14, "{a} {b}");
        }
        let plane = Cells::plane([(-1.0, 1.0), (-2.0, 2.0)], [17, 40]).unwrap();
        let estimate = KernelDensity::new(&samples, 2, Bandwidth::Fixed(0.2)).unwrap();
        for (a, b) in kernel_masses(&plane, &samples, &[0.2; 2]).unwrap().iter().zip(plane.masses(&estimate).unwrap()) {
            assert!((a - b).abs() < 1e-14, "{a} {b}");
        }
    }

    #[test]
    fn what_is_far_away_is_left_out() {
        let line = Cells::line(0.0, 1.0, 10).unwrap();
        for x in [-1e300, -5.0, 7.0, 1e300, f64::INFINITY] {
            assert_eq!(kernel_masses(&line, &[x], &[0.1]).unwrap(), [0.0; 10], "{x}");
        }
        // a kernel narrower than a cell is an atom in it
        let atom = kernel_masses(&line, &[0.55], &[1e-6]).unwrap();
        assert!((atom[5] - 1.0).abs() < 1e-14 && atom.iter().sum::<f64>() <= 1.0 + 1e-14);
    }

    #[test]
    fn faults_are_named() {
        let plane = Cells::plane([(0.0, 1.0); 2], [2, 2]).unwrap();
        assert!(matches!(kernel_masses(&plane, &[0.5; 3], &[0.1; 2]), Err(TheoryError::Density(DensityError::Samples { .. }))));
        assert!(matches!(kernel_masses(&plane, &[], &[0.1; 2]), Err(TheoryError::Density(DensityError::Samples { .. }))));
        assert!(matches!(kernel_masses(&plane, &[0.5; 2], &[0.1]), Err(TheoryError::VectorLength { expected: 2, found: 1 })));
        for h in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(
                kernel_masses(&plane, &[0.5; 2], &[0.1, h]),
                Err(TheoryError::Density(DensityError::Parameter { .. }))
            ));
        }
    }
}
