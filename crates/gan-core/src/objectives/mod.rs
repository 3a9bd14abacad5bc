//! What the two players want, one file each. A new objective is a file here and a line in [`ALL`].

mod cross_entropy;
mod f_gan;
mod hinge;
mod least_squares;
mod minimax;
mod non_saturating;
mod relativistic;
mod relativistic_average;
mod wasserstein;

use std::fmt::Debug;

use gan_layers::{LayerError, Spec, spec};
use gan_tensor::Var;

use crate::Scene;

/// The losses of both players; each descends its own.
pub trait Objective: Debug + Send + Sync {
    /// The discriminator's loss, a scalar.
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g>;

    /// The generator's loss, a scalar.
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g>;

    /// Whether D's number is the logit of a probability; a critic's is not, and is not shown as one.
    fn judges_by_probability(&self) -> bool {
        true
    }

    /// What theory says of the equilibrium, where it does.
    fn optimum(&self) -> Option<Optimum> {
        None
    }
}

/// The equilibrium of a game, where p_g = p_data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimum {
    /// The value V(D, G).
    pub value: f64,
    /// D(x) for every x.
    pub d: f64,
}

/// The equilibrium of Theorem 1: D = 1/2 everywhere and V = -log 4.
pub(crate) const EQUILIBRIUM: Optimum = Optimum { value: -crate::theory::LOG_4, d: 0.5 };

/// An objective as the registry lists it.
pub type ObjectiveEntry = spec::Entry<dyn Objective>;

/// Every objective.
pub const ALL: &[ObjectiveEntry] = &[
    non_saturating::ENTRY,
    minimax::ENTRY,
    wasserstein::ENTRY,
    least_squares::ENTRY,
    hinge::ENTRY,
    relativistic::ENTRY,
    relativistic_average::ENTRY,
    f_gan::ENTRY,
];

/// Builds the objective that `spec`, at `path` in the description, names.
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn Objective>, LayerError> {
    spec::build("objective", ALL, spec, path)
}
