//! R1 (Mescheder et al. 2018, eq. 9).

use gan_tensor::Var;

use super::{Penalty, PenaltyEntry};
use crate::Scene;

/// `gamma / 2  E |grad_x d(x)|^2` on the data, with D's logit `d`.
#[derive(Debug, Clone, Copy)]
struct R1 {
    gamma: f64,
}

impl Penalty for R1 {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let real = scene.real();
        let slope = scene.graph().grad(scene.d(real).sum(), &[real])[0];
        slope.square().sum() * (self.gamma / 2.0 / scene.batch() as f64)
    }
}

pub(super) const ENTRY: PenaltyEntry = PenaltyEntry {
    name: "r1",
    doc: "gamma / 2 times the squared slope of D at the data. gamma (1)",
    build: |f| Ok(Box::new(R1 { gamma: f.positive("gamma", 1.0)? })),
};
