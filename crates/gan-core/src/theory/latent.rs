use super::densities::standard_normal_mass;
use super::{Cells, TheoryError};

/// A one-dimensional latent in cells: their edges, and the prior's mass in each.
///
/// ```
/// use gan_core::theory::LatentCells;
///
/// let latent = LatentCells::uniform(-1.0, 1.0, 4)?;
/// assert_eq!(latent.edges(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
/// assert_eq!(latent.masses(), [0.25; 4]);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LatentCells {
    edges: Vec<f64>,
    masses: Vec<f64>,
}

impl LatentCells {
    /// The standard normal prior over `[-9, 9]` in equal cells; what lies outside (`2e-19`) is given to the outermost.
    ///
    /// # Errors
    /// [`TableError::Cells`](crate::theory::TableError::Cells).
    pub fn normal(cells: usize) -> Result<Self, TheoryError> {
        let edges = Cells::line(-9.0, 9.0, cells)?.edges(0);
        let mut masses: Vec<f64> = edges.windows(2).map(|w| standard_normal_mass(w[0], w[1])).collect();
        if let Some(first) = masses.first_mut() {
            *first += standard_normal_mass(f64::NEG_INFINITY, -9.0);
        }
        if let Some(last) = masses.last_mut() {
            *last += standard_normal_mass(9.0, f64::INFINITY);
        }
        Ok(Self { edges, masses })
    }

    /// The uniform prior on `[low, high]` in equal cells.
    ///
    /// # Errors
    /// [`TableError::Cells`](crate::theory::TableError::Cells).
    pub fn uniform(low: f64, high: f64, cells: usize) -> Result<Self, TheoryError> {
        Ok(Self { edges: Cells::line(low, high, cells)?.edges(0), masses: vec![1.0 / cells as f64; cells] })
    }

    /// Edges of the cells, one more than there are cells: where the generator is to be evaluated.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The prior's mass in each cell.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_the_prior_is_there() {
        for cells in [1, 7, 20_000] {
            let latent = LatentCells::normal(cells).unwrap();
            assert_eq!((latent.masses().len(), latent.edges().len()), (cells, cells + 1));
            assert!((latent.masses().iter().sum::<f64>() - 1.0).abs() < 1e-13, "{cells}");
        }
        let latent = LatentCells::uniform(-2.0, 1.0, 7).unwrap();
        assert!((latent.masses().iter().sum::<f64>() - 1.0).abs() < 1e-15);
        assert!(LatentCells::normal(0).is_err() && LatentCells::uniform(1.0, 0.0, 3).is_err());
    }
}
