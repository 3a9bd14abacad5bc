//! Samples of any density of the line.

use gan::core::theory::densities::Density;
use gan::core::theory::{Cells, TheoryError};
use gan::datasets::{Dataset, DatasetError, Provenance, Split};

use super::super::cells::Quantiles;

/// Samples that are drawn, and cells in which the density is summed.
const SAMPLES: usize = 50_000;
const CELLS: usize = 20_000;

/// A density as a data set: sample `i` is the quantile of the `i`-th number of an even sequence, so that any run of successive
/// samples looks like the density.
pub(super) struct FromDensity {
    provenance: Provenance,
    samples: Vec<f32>,
}

impl FromDensity {
    pub fn new(density: &dyn Density, seed: u64) -> Result<FromDensity, TheoryError> {
        let cells = Cells::covering(&[density], CELLS)?;
        let (edges, masses) = (cells.edges(0), cells.masses(density)?);
        let quantiles = Quantiles::new(&edges, &masses);
        // multiples of the golden ratio, from a start that the seed chooses
        let start = (seed as f64 * 0.754_877_666).fract();
        let samples = (0..SAMPLES).map(|i| quantiles.at((start + i as f64 * 0.618_033_988_749_894_9).fract()) as f32).collect();
        Ok(FromDensity { provenance: Provenance::new("density", "drawn here", "none needed", Split::Train, SAMPLES), samples })
    }
}

impl Dataset for FromDensity {
    fn len(&self) -> usize {
        self.samples.len()
    }
    fn sample_shape(&self) -> &[usize] {
        &[1]
    }
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        match (self.samples.get(i), out) {
            (Some(&x), [value]) => *value = x,
            (Some(_), out) => return Err(DatasetError::Buffer { expected: 1, found: out.len() }),
            (None, _) => return Err(DatasetError::Index { index: i, len: self.len() }),
        }
        Ok(())
    }
}
