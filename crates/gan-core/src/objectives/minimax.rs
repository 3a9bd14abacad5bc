//! The zero-sum game of the paper (Goodfellow et al. 2014, eq. 1).

use gan_tensor::Var;

use super::{EQUILIBRIUM, Objective, ObjectiveEntry, Optimum, cross_entropy, d_scale};
use crate::Scene;

/// `min_G max_D V(D, G) = E log D(x) + E log(1 - D(G(z)))`: D descends `-V`, G descends `E log(1 - D(G(z)))`,
/// which saturates while D rejects every fake.
#[derive(Debug, Clone, Copy)]
struct Minimax {
    d_scale: f64,
}

impl Objective for Minimax {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        cross_entropy(scene, self.d_scale)
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        -scene.d_fake().softplus().mean()
    }
    fn optimum(&self) -> Option<Optimum> {
        Some(EQUILIBRIUM)
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "minimax",
    doc: "the zero-sum game: G descends log(1 - D(G(z))), which saturates early. d_scale (1)",
    build: |f| Ok(Box::new(Minimax { d_scale: d_scale(f)? })),
};
