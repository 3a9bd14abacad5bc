//! The normal prior.

use gan_tensor::{Graph, Shape, Var};

use super::{Prior, PriorEntry};
use crate::theory::{LatentCells, TheoryError};

/// Each component `N(0, 1)`.
#[derive(Debug, Clone, Copy)]
pub struct Normal;

impl Prior for Normal {
    fn draw<'g>(&self, graph: &'g Graph, name: &str, shape: Shape) -> Var<'g> {
        graph.normal(name, shape)
    }
    fn latent_cells(&self, cells: usize) -> Option<Result<LatentCells, TheoryError>> {
        Some(LatentCells::normal(cells))
    }
}

pub(super) const ENTRY: PriorEntry = PriorEntry { name: "normal", doc: "standard normal", build: |_| Ok(Box::new(Normal)) };
