//! Terms added to the discriminator's loss, one file each. A new penalty is a file here and a line in [`ALL`].

mod r1;
mod r2;
mod wgan_gp;

pub use wgan_gp::gradient_penalty;

use std::fmt::Debug;

use gan_layers::{LayerError, Spec, spec};
use gan_tensor::Var;

use crate::Scene;

/// A term of the discriminator's loss. It may evaluate D wherever it likes and use D's gradients, which are
/// differentiated again.
pub trait Penalty: Debug + Send + Sync {
    /// The term, a scalar.
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g>;
}

/// A penalty as the registry lists it.
pub type PenaltyEntry = spec::Entry<dyn Penalty>;

/// Every penalty.
pub const ALL: &[PenaltyEntry] = &[r1::ENTRY, r2::ENTRY, wgan_gp::ENTRY];

/// Builds the penalty that `spec`, at `path` in the description, names.
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn Penalty>, LayerError> {
    spec::build("penalty", ALL, spec, path)
}
