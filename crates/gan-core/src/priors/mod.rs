//! Latent priors p_z, one file each. A new prior is a file here and a line in [`ALL`].

mod normal;
mod uniform;

pub use normal::Normal;
pub use uniform::Uniform;

use std::fmt::Debug;

use gan_layers::{LayerError, Spec, spec};
use gan_tensor::{Graph, Shape, Var};

/// A distribution of latent vectors.
pub trait Prior: Debug + Send + Sync {
    /// Fresh latent vectors `[batch, latent]` in every run, from the stream `name`; row `i` does not depend on the batch.
    fn draw<'g>(&self, graph: &'g Graph, name: &str, shape: Shape) -> Var<'g>;
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
