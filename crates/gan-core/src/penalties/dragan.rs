//! DRAGAN (Kodali et al. 2017, "On convergence and stability of GANs").

use gan_layers::Number;
use gan_tensor::Var;

use super::{Penalty, PenaltyEntry};
use crate::Scene;
use crate::views::one_each;

/// `weight E (|grad_x d(x)| - 1)^2` at points near the data: `x = real + share spread s u` with the deviation `s` of the batch's values,
/// `u ~ U(0, 1)` for each value and `share ~ U(0, 1)` for each example, as in the published code.
#[derive(Debug, Clone)]
struct Dragan {
    weight: Number,
    spread: f64,
}

impl Penalty for Dragan {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (graph, real) = (scene.graph(), scene.real());
        let deviation = (real - real.mean()).square().mean().sqrt();
        let share = graph.uniform("dragan.share", one_each(real), 0.0, 1.0);
        let near = real + share * graph.uniform("dragan.noise", real.shape(), 0.0, 1.0) * (deviation * self.spread);
        scene.weigh("dragan.weight", &self.weight, super::distance_from_slope_one(scene, near), 1.0)
    }
}

pub(super) const ENTRY: PenaltyEntry = PenaltyEntry {
    name: "dragan",
    doc: "weight times the squared distance of D's slope from 1, near the data. weight (10): a number or schedule; spread (0.5)",
    build: |f| Ok(Box::new(Dragan { weight: super::weight(f, "weight", 10.0)?, spread: f.positive("spread", 0.5)? })),
};
