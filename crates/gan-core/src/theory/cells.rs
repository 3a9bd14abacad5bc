use super::densities::{Density, log_density_at};
use super::quadrature::{Sides, Tolerance, try_line, try_plane};
use super::{DensityError, TableError, TheoryError};

/// Most cells of a grid: what is asked for by mistake must not take all memory.
const MOST: usize = 1 << 24;

/// A regular grid of cells over an interval or a rectangle: where densities, generators and discriminators meet as tables.
///
/// In the plane the first axis varies slowest: cell `i * columns + j` is the `i`-th along x and the `j`-th along y. Lower edges
/// belong to a cell, upper ones to the next, the uppermost to the last.
///
/// ```
/// use gan_core::theory::Cells;
///
/// let cells = Cells::plane([(0.0, 1.0), (0.0, 3.0)], [2, 3])?;
/// assert_eq!((cells.len(), cells.volume()), (6, 0.5));
/// assert_eq!(cells.centres()[2..4], [0.25, 1.5]);
/// assert_eq!(cells.find(&[0.75, 2.5]), Some(5));
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    axes: Vec<Axis>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Axis {
    low: f64,
    high: f64,
    cells: usize,
}

impl Axis {
    fn edge(&self, i: usize) -> f64 {
        // Weighted, so that the last edge is the upper end to the bit.
        let share = i as f64 / self.cells as f64;
        (1.0 - share) * self.low + share * self.high
    }

    fn width(&self) -> f64 {
        (self.high - self.low) / self.cells as f64
    }

    fn find(&self, x: f64) -> Option<usize> {
        if !(self.low <= x && x <= self.high) {
            return None;
        }
        let guess = (((x - self.low) / self.width()) as usize).min(self.cells - 1);
        // The division rounds: the edges decide.
        if x < self.edge(guess) {
            guess.checked_sub(1)
        } else if guess + 1 < self.cells && x >= self.edge(guess + 1) {
            Some(guess + 1)
        } else {
            Some(guess)
        }
    }
}

/// Shares of samples in the cells of a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The share of each cell.
    pub masses: Vec<f64>,
    /// The share outside of the grid.
    pub outside: f64,
}

impl Cells {
    /// Equal cells over the interval `[low, high]`.
    ///
    /// # Errors
    /// [`TableError::Cells`] where the ends are no interval, or there are no cells or more than 2^24.
    pub fn line(low: f64, high: f64, cells: usize) -> Result<Self, TheoryError> {
        Self::new(vec![Axis { low, high, cells }])
    }

    /// Equal cells over a rectangle, as many along each axis as said.
    ///
    /// # Errors
    /// [`TableError::Cells`].
    pub fn plane(sides: Sides, cells: [usize; 2]) -> Result<Self, TheoryError> {
        Self::new(sides.iter().zip(cells).map(|(&(low, high), cells)| Axis { low, high, cells }).collect())
    }

    /// Equal cells, as many along each axis as said, over the smallest box around the supports of densities.
    ///
    /// # Errors
    /// [`TableError::Cells`], or [`DensityError::Dimensions`].
    pub fn covering(densities: &[&dyn Density], cells: usize) -> Result<Self, TheoryError> {
        let mut axes: Vec<Axis> = Vec::new();
        for density in densities {
            let support = density.support();
            if axes.is_empty() {
                axes = support.iter().map(|&(low, high)| Axis { low, high, cells }).collect();
            }
            if support.len() != axes.len() {
                return Err(DensityError::Dimensions { left: axes.len(), right: support.len() }.into());
            }
            for (axis, (low, high)) in axes.iter_mut().zip(support) {
                (axis.low, axis.high) = (axis.low.min(low), axis.high.max(high));
            }
        }
        Self::new(axes)
    }

    fn new(axes: Vec<Axis>) -> Result<Self, TheoryError> {
        let mut all = 1_usize;
        for (axis, &Axis { low, high, cells }) in axes.iter().enumerate() {
            all = all.saturating_mul(cells);
            let width = (high - low) / cells as f64;
            let proper = low < high && width.is_finite() && low + width > low && high - width < high;
            if !proper || cells == 0 || all > MOST {
                return Err(TableError::Cells { axis, low, high, cells, most: MOST }.into());
            }
        }
        if axes.is_empty() { Err(TheoryError::EmptySupport) } else { Ok(Self { axes }) }
    }

    /// Number of coordinates, 1 or 2.
    pub fn dim(&self) -> usize {
        self.axes.len()
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|a| a.cells).product()
    }

    /// Never: a grid has at least one cell.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Number of cells along an axis, 0 for an axis that there is not.
    pub fn along(&self, axis: usize) -> usize {
        self.axes.get(axis).map_or(0, |a| a.cells)
    }

    /// Length or area of a cell.
    pub fn volume(&self) -> f64 {
        self.axes.iter().map(Axis::width).product()
    }

    /// The edges between cells along an axis, both ends included; none for an axis that there is not.
    pub fn edges(&self, axis: usize) -> Vec<f64> {
        self.axes.get(axis).map_or_else(Vec::new, |a| (0..=a.cells).map(|i| a.edge(i)).collect())
    }

    /// The sides of a cell, by its number.
    fn sides(&self, cell: usize) -> Vec<(f64, f64)> {
        let mut rest = cell;
        let side = |axis: &Axis| {
            let i = rest % axis.cells;
            rest /= axis.cells;
            (axis.edge(i), axis.edge(i + 1))
        };
        let mut sides: Vec<_> = self.axes.iter().rev().map(side).collect();
        sides.reverse();
        sides
    }

    /// The centres of all cells, `[len, dim]` row by row: what a discriminator is to be evaluated at.
    pub fn centres(&self) -> Vec<f64> {
        (0..self.len()).flat_map(|i| self.sides(i)).map(|(low, high)| f64::midpoint(low, high)).collect()
    }

    /// The cell in which `x` lies, if it is in the grid and has as many coordinates.
    pub fn find(&self, x: &[f64]) -> Option<usize> {
        if x.len() != self.dim() {
            return None;
        }
        self.axes.iter().zip(x).try_fold(0, |cell, (axis, x)| Some(cell * axis.cells + axis.find(*x)?))
    }

    /// Shares of samples, `[n, dim]` row by row, in each cell: the masses of a generator in the plane, of which only samples are
    /// known. A share of `n` samples has a standard error of `sqrt(mass / n)`.
    ///
    /// # Errors
    /// [`DensityError::Samples`] where there are no samples, or one lacks coordinates.
    pub fn histogram(&self, samples: &[f64]) -> Result<Histogram, TheoryError> {
        if samples.is_empty() || !samples.len().is_multiple_of(self.dim()) {
            let expected = "at least one sample, each with all of its coordinates";
            return Err(DensityError::Samples { expected, found: format!("{} numbers", samples.len()) }.into());
        }
        let mut counts = vec![0_u64; self.len()];
        let mut outside = 0_u64;
        for x in samples.chunks_exact(self.dim()) {
            match self.find(x).and_then(|cell| counts.get_mut(cell)) {
                Some(count) => *count += 1,
                None => outside += 1,
            }
        }
        let n = (samples.len() / self.dim()) as f64;
        Ok(Histogram { masses: counts.into_iter().map(|c| c as f64 / n).collect(), outside: outside as f64 / n })
    }

    /// The mass that a density has in each cell: in closed form where it has one, else by quadrature in each cell (in the plane
    /// at least 441 evaluations a cell).
    ///
    /// # Errors
    /// [`DensityError::Dimensions`], or a fault of the density or of the quadrature.
    pub fn masses(&self, density: &dyn Density) -> Result<Vec<f64>, TheoryError> {
        if density.dim() != self.dim() {
            return Err(DensityError::Dimensions { left: self.dim(), right: density.dim() }.into());
        }
        let breaks: Vec<Vec<f64>> = (0..self.dim()).map(|axis| density.breaks(axis)).collect();
        let parts = density.parts();
        let planar: Vec<Sides> = parts.iter().filter_map(|p| <Sides>::try_from(&p[..]).ok()).collect();
        let ends: Vec<f64> =
            if self.dim() == 1 { parts.iter().flatten().flat_map(|(l, h)| [*l, *h]).collect() } else { Vec::new() };
        let tolerance = Tolerance { absolute: 1e-12 / self.len() as f64, relative: 1e-9, ..Tolerance::default() };
        let p = |x: &[f64]| log_density_at(density, x).map(f64::exp);
        let mass = |cell: usize| {
            let sides = self.sides(cell);
            if let Some(mass) = density.box_mass(&sides) {
                return Ok(mass);
            }
            let found = match (&sides[..], &breaks[..]) {
                ([x], [breaks]) => {
                    let cuts: Vec<f64> = breaks.iter().chain(&ends).copied().filter(|b| x.0 < *b && *b < x.1).collect();
                    try_line(|x| p(&[x]), *x, &cuts, &tolerance)?
                }
                ([x, y], [along_x, along_y]) => try_plane(|x, y| p(&[x, y]), [*x, *y], [along_x, along_y], &planar, &tolerance)?,
                _ => return Err(DensityError::Support { found: sides }.into()),
            };
            Ok(found.value)
        };
        (0..self.len()).map(mass).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::densities::{Custom, Gaussian, parse};

    #[test]
    fn every_centre_and_edge_is_found_in_its_cell() {
        for cells in [Cells::line(-0.3, 0.7, 1000).unwrap(), Cells::plane([(-1.0, 2.0), (0.1, 0.4)], [7, 13]).unwrap()] {
            for (i, centre) in cells.centres().chunks(cells.dim()).enumerate() {
                assert_eq!(cells.find(centre), Some(i));
            }
        }
        let line = Cells::line(-0.3, 0.7, 1000).unwrap();
        let edges = line.edges(0);
        assert_eq!((edges[0], edges[1000]), (-0.3, 0.7));
        for (i, edge) in edges.iter().enumerate() {
            assert_eq!(line.find(&[*edge]), Some(i.min(999)));
        }
        for outside in [-0.300_000_1, 0.700_000_1, f64::NAN, f64::INFINITY] {
            assert_eq!(line.find(&[outside]), None);
        }
        assert_eq!(line.find(&[0.0, 0.0]), None);
    }

    #[test]
    fn grids_are_checked() {
        for (low, high, cells) in [
            (0.0, 1.0, 0),
            (1.0, 0.0, 5),
            (0.0, f64::NAN, 5),
            (0.0, f64::INFINITY, 5),
            (-f64::MAX, f64::MAX, 1),
            (0.0, 1.0, usize::MAX),
            (1e16, 1e16 + 4.0, 1000),
        ] {
            assert!(
                matches!(Cells::line(low, high, cells), Err(TheoryError::Table(TableError::Cells { axis: 0, .. }))),
                "{low} {high} {cells}"
            );
        }
        assert!(matches!(
            Cells::plane([(0.0, 1.0); 2], [1 << 13, 1 << 13]),
            Err(TheoryError::Table(TableError::Cells { axis: 1, .. }))
        ));
        assert!(Cells::covering(&[], 10).is_err());
    }

    #[test]
    fn masses_by_both_ways() {
        let line = Cells::line(-4.0, 5.0, 31).unwrap();
        let closed = parse("0.5*gaussian(std=0.3) + 0.3*laplace(mean=1) + 0.2*uniform(low=-0.123, high=0.456)").unwrap();
        let masses = line.masses(&closed).unwrap();
        let inner = parse("0.5*gaussian(std=0.3) + 0.3*laplace(mean=1) + 0.2*uniform(low=-0.123, high=0.456)").unwrap();
        let support = inner.support();
        let breaks = inner.breaks(0);
        let open = Custom::new(support, move |x| inner.density(x)).with_breaks(0, breaks);
        for (a, b) in masses.iter().zip(line.masses(&open).unwrap()) {
            assert!((a - b).abs() < 1e-11, "{a} {b}");
        }
        let plane = Cells::plane([(-4.0, 4.0), (-9.0, 9.0)], [8, 9]).unwrap();
        let slanting = Gaussian::in_plane([0.0, 0.0], [0.4, 1.0], 0.8).unwrap();
        let masses = plane.masses(&slanting).unwrap();
        assert!((masses.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        // The same as its mirror image.
        let mirrored = plane.masses(&Gaussian::in_plane([0.0, 0.0], [0.4, 1.0], -0.8).unwrap()).unwrap();
        assert!((masses[3 * 9 + 2] - mirrored[4 * 9 + 2]).abs() < 1e-12);
        assert!(matches!(line.masses(&slanting), Err(TheoryError::Density(DensityError::Dimensions { .. }))));
    }

    #[test]
    fn shares_of_samples() {
        let cells = Cells::line(0.0, 1.0, 4).unwrap();
        let found = cells.histogram(&[0.1, 0.25, 0.3, 1.0, 1.5, f64::NAN, -7.0, 0.0]).unwrap();
        assert_eq!(found, Histogram { masses: vec![0.25, 0.25, 0.0, 0.125], outside: 0.375 });
        assert!(cells.histogram(&[]).is_err());
        assert!(Cells::plane([(0.0, 1.0); 2], [2, 2]).unwrap().histogram(&[0.5; 3]).is_err());
    }
}
