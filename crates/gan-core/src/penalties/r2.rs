//! R2 (Mescheder et al. 2018, eq. 10).

use gan_layers::Number;
use gan_tensor::Var;

use super::{Penalty, PenaltyEntry, Slopes};
use crate::Scene;

/// `gamma / 2  E |grad_x d(x)|^2` on the fakes, with D's logit `d`. Beside R1, and of the same weight, it makes the relativistic game
/// converge where R1 alone does not (Huang et al. 2024, section 3).
#[derive(Debug, Clone)]
struct R2 {
    gamma: Number,
}

impl Penalty for R2 {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        scene.weigh("r2.gamma", &self.gamma, scene.slope_at_fake().square().sum(), 0.5 / scene.packs() as f64)
    }
    fn slopes(&self) -> Slopes {
        Slopes { real: false, fake: true }
    }
}

pub(super) const ENTRY: PenaltyEntry = PenaltyEntry {
    name: "r2",
    doc: "gamma / 2 times the squared slope of D at the fakes. gamma (1): a number or schedule",
    build: |f| Ok(Box::new(R2 { gamma: super::weight(f, "gamma", 1.0)? })),
};
