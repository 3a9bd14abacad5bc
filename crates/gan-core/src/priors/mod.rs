//! Latent priors p_z, one file each. A new prior is a file here and a line in [`ALL`].

mod normal;
mod uniform;

pub use normal::Normal;
pub use uniform::Uniform;

use std::fmt::Debug;

use gan_layers::{LayerError, Spec, spec};
use gan_tensor::{Graph, Shape, Var};

use crate::theory::{LatentCells, TheoryError};

/// A distribution of latent vectors.
pub trait Prior: Debug + Send + Sync {
    /// Fresh latent vectors `[batch, latent]` in every run, from the stream `name`; row `i` does not depend on the batch.
    fn draw<'g>(&self, graph: &'g Graph, name: &str, shape: Shape) -> Var<'g>;

    /// One component in so many cells with the mass of each, where its distribution function is known: what a generator on the
    /// line pushes forward ([`pushforward`](crate::theory::pushforward)).
    fn latent_cells(&self, cells: usize) -> Option<Result<LatentCells, TheoryError>> {
        let _ = cells;
        None
    }
}

/// A prior as the registry lists it.
pub type PriorEntry = spec::Entry<dyn Prior>;

/// Every prior.
pub const ALL: &[PriorEntry] = &[uniform::ENTRY, normal::ENTRY];

/// Builds the prior that `spec`, at `path` in the description, names.
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn Prior>, LayerError> {
    spec::build("prior", ALL, spec, path)
}
