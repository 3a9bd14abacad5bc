//! Terms added to the players' losses, one file each. A new penalty is a file here and a line in [`ALL`].

mod consensus;
mod dragan;
mod r1;
mod r2;
mod wgan_gp;

pub use wgan_gp::gradient_penalty;

use std::fmt::Debug;

use gan_layers::{Fields, LayerError, Number, Spec, spec};
use gan_tensor::Var;

use crate::Scene;

/// A term of the discriminator's loss, and of the generator's if need be. It may evaluate D wherever it likes and use D's gradients,
/// which are differentiated again.
pub trait Penalty: Debug + Send + Sync {
    /// The term of D's loss, a scalar.
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g>;

    /// The term of G's loss, where there is one.
    fn generator_term<'g>(&self, scene: &Scene<'g, '_>) -> Option<Var<'g>> {
        let _ = scene;
        None
    }

    /// Which of the scene's own slopes of D it takes: known beforehand, one pass of D serves the loss and the slope.
    fn slopes(&self) -> Slopes {
        Slopes::default()
    }
}

/// Slopes of D at the step's samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Slopes {
    /// At the data.
    pub real: bool,
    /// At the fakes.
    pub fake: bool,
}

/// A penalty as the registry lists it.
pub type PenaltyEntry = spec::Entry<dyn Penalty>;

/// Every penalty.
pub const ALL: &[PenaltyEntry] = &[r1::ENTRY, r2::ENTRY, wgan_gp::ENTRY, dragan::ENTRY, consensus::ENTRY];

/// Builds the penalty that `spec`, at `path` in the description, names.
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn Penalty>, LayerError> {
    spec::build("penalty", ALL, spec, path)
}

/// The weight of a penalty: greater than 0, or a schedule that may come to 0.
fn weight(f: &Fields<'_>, key: &'static str, default: f64) -> Result<Number, LayerError> {
    match f.number_or_spec(key)? {
        Some(Err(_)) => Number::from_fields(f, key, default, (0.0, f64::MAX)),
        _ => f.positive(key, default).map(Number::Fixed),
    }
}

/// `E (|grad_x d(x)| - 1)^2` at given points, `[batch, sample...]`.
fn distance_from_slope_one<'g>(scene: &Scene<'g, '_>, at: Var<'g>) -> Var<'g> {
    let slope = scene.graph().grad(scene.d(at).sum(), &[at])[0];
    // far below the slope that is wanted: keeps the root's own slope finite where D is flat
    let norm = (scene.squared_norm(slope) + 1e-12).sqrt();
    (norm - 1.0).square().mean()
}
