//! The uniform prior.

use gan_tensor::{Graph, Shape, Var};

use super::{Prior, PriorEntry};
use crate::theory::{LatentCells, TheoryError};

/// Each component uniform in `[low, high)`: the MNIST net of the paper uses -sqrt 3 to sqrt 3 (variance 1).
#[derive(Debug, Clone, Copy)]
pub struct Uniform {
    /// Least value.
    pub low: f64,
    /// Greatest value.
    pub high: f64,
}

impl Prior for Uniform {
    fn draw<'g>(&self, graph: &'g Graph, name: &str, shape: Shape) -> Var<'g> {
        graph.uniform(name, shape, self.low, self.high)
    }
    fn latent_cells(&self, cells: usize) -> Option<Result<LatentCells, TheoryError>> {
        Some(LatentCells::uniform(self.low, self.high, cells))
    }
}

pub(super) const ENTRY: PriorEntry = PriorEntry {
    name: "uniform",
    doc: "uniform. low (-1), high (1)",
    build: |f| {
        let (low, high) = (f.f64_or("low", -1.0)?, f.f64_or("high", 1.0)?);
        if low < high {
            Ok(Box::new(Uniform { low, high }))
        } else {
            Err(f.fault("high", &format!("more than low ({low})"), high))
        }
    },
};
