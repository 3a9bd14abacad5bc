//! R1 (Mescheder et al. 2018, eq. 9).

use gan_layers::Number;
use gan_tensor::Var;

use super::{Penalty, PenaltyEntry, Slopes};
use crate::Scene;

/// `gamma / 2  E |grad_x d(x)|^2` on the data, with D's logit `d`.
#[derive(Debug, Clone)]
struct R1 {
    gamma: Number,
}

impl Penalty for R1 {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        scene.weigh("r1.gamma", &self.gamma, scene.slope_at_real().square().sum(), 0.5 / scene.packs() as f64)
    }
    fn slopes(&self) -> Slopes {
        Slopes { real: true, fake: false }
    }
}

pub(super) const ENTRY: PenaltyEntry = PenaltyEntry {
    name: "r1",
    doc: "gamma / 2 times the squared slope of D at the data. gamma (1): a number or schedule",
    build: |f| Ok(Box::new(R1 { gamma: super::weight(f, "gamma", 1.0)? })),
};
