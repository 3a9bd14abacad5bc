//! The game as it is played in practice (Goodfellow et al. 2014, section 3).

use gan_tensor::Var;

use super::cross_entropy::CrossEntropy;
use super::{Objective, ObjectiveEntry, Optimum};
use crate::Scene;

/// D descends `-V`; G descends `-E log D(G(z))`: the same fixed point, with strong gradients early on.
#[derive(Debug, Clone, Copy)]
struct NonSaturating {
    cross_entropy: CrossEntropy,
}

impl Objective for NonSaturating {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        self.cross_entropy.loss(scene)
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        (-scene.d_fake()).softplus().mean()
    }
    fn optimum(&self) -> Option<Optimum> {
        Some(self.cross_entropy.optimum())
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "non_saturating",
    doc: "G ascends log D(G(z)): the paper's choice in practice. d_scale (1), real_label (1; less for one-sided smoothing)",
    build: |f| Ok(Box::new(NonSaturating { cross_entropy: CrossEntropy::read(f)? })),
};
