//! R2 (Mescheder et al. 2018, eq. 10).

use gan_tensor::Var;

use super::{Penalty, PenaltyEntry};
use crate::Scene;

/// `gamma / 2  E |grad_x d(x)|^2` on the fakes, with D's logit `d`. Beside R1, and of the same weight, it makes the relativistic game
/// converge where R1 alone does not (Huang et al. 2024, section 3).
#[derive(Debug, Clone, Copy)]
struct R2 {
    gamma: f64,
}

impl Penalty for R2 {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let fake = scene.fake();
        let slope = scene.graph().grad(scene.d(fake).sum(), &[fake])[0];
        slope.square().sum() * (self.gamma / 2.0 / scene.batch() as f64)
    }
}

pub(super) const ENTRY: PenaltyEntry = PenaltyEntry {
    name: "r2",
    doc: "gamma / 2 times the squared slope of D at the fakes. gamma (1)",
    build: |f| Ok(Box::new(R2 { gamma: f.positive("gamma", 1.0)? })),
};
