//! The zero-sum game of the paper (Goodfellow et al. 2014, eq. 1).

use gan_tensor::Var;

use super::cross_entropy::CrossEntropy;
use super::{Objective, ObjectiveEntry, Optimum};
use crate::Scene;

/// `min_G max_D V(D, G) = E log D(x) + E log(1 - D(G(z)))`: D descends `-V`, G descends `E log(1 - D(G(z)))`,
/// which saturates while D rejects every fake.
#[derive(Debug, Clone, Copy)]
struct Minimax {
    cross_entropy: CrossEntropy,
}

impl Objective for Minimax {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        self.cross_entropy.loss(scene)
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        -scene.d_fake().softplus().mean()
    }
    fn optimum(&self) -> Option<Optimum> {
        Some(self.cross_entropy.optimum())
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "minimax",
    doc: "the zero-sum game: G descends log(1 - D(G(z))), which saturates early. d_scale (1), real_label (1; less for one-sided smoothing)",
    build: |f| Ok(Box::new(Minimax { cross_entropy: CrossEntropy::read(f)? })),
};
