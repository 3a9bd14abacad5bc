//! The game as it is played in practice (Goodfellow et al. 2014, section 3).

use gan_tensor::Var;

use super::{EQUILIBRIUM, Objective, ObjectiveEntry, Optimum, cross_entropy, d_scale};
use crate::Scene;

/// D descends `-V`; G descends `-E log D(G(z))`: the same fixed point, with strong gradients early on.
#[derive(Debug, Clone, Copy)]
struct NonSaturating {
    d_scale: f64,
}

impl Objective for NonSaturating {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        cross_entropy(scene, self.d_scale)
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        (-scene.d_fake()).softplus().mean()
    }
    fn optimum(&self) -> Option<Optimum> {
        Some(EQUILIBRIUM)
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "non_saturating",
    doc: "G ascends log D(G(z)): the paper's choice in practice. d_scale (1)",
    build: |f| Ok(Box::new(NonSaturating { d_scale: d_scale(f)? })),
};
