//! Consensus optimisation (Mescheder et al. 2017, "The numerics of GANs", eq. 10).

use gan_layers::Number;
use gan_tensor::Var;

use super::{Penalty, PenaltyEntry};
use crate::Scene;

/// `gamma / 2 |v|^2` on both players' losses, with `v` the gradients of both losses by the players' own parameters: the game turns into a
/// descent towards points where neither can gain, equilibria or not.
#[derive(Debug, Clone)]
struct Consensus {
    gamma: Number,
}

impl Penalty for Consensus {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        scene.weigh("consensus.gamma", &self.gamma, scene.squared_field(), 0.5)
    }
    fn generator_term<'g>(&self, scene: &Scene<'g, '_>) -> Option<Var<'g>> {
        Some(self.term(scene))
    }
}

pub(super) const ENTRY: PenaltyEntry = PenaltyEntry {
    name: "consensus",
    doc: "gamma / 2 times the squared gradients of both losses, on both losses. gamma (0.1): a number or schedule",
    build: |f| Ok(Box::new(Consensus { gamma: super::weight(f, "gamma", 0.1)? })),
};
