//! WGAN-GP (Gulrajani et al. 2017, eq. 3).

use gan_tensor::Var;

use super::{Penalty, PenaltyEntry};
use crate::Scene;

/// `weight E (|grad_x d(x)| - 1)^2` at points drawn uniformly between a sample of the data and a fake.
#[derive(Debug, Clone, Copy)]
struct WganGp {
    weight: f64,
}

impl Penalty for WganGp {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        // one share for each example, the same for all its values
        let share = scene.graph().uniform("wgan_gp", [scene.batch(), 1], 0.0, 1.0);
        gradient_penalty(scene, share, self.weight)
    }
}

/// `weight E (|grad_x d(x)| - 1)^2` at `x = share real + (1 - share) fake`, for shares `[batch, 1]` however chosen.
pub fn gradient_penalty<'g>(scene: &Scene<'g, '_>, share: Var<'g>, weight: f64) -> Var<'g> {
    let (graph, real, fake) = (scene.graph(), scene.real(), scene.fake());
    let axes: Vec<usize> = (1..real.shape().rank()).collect();
    let flat = |x: Var<'g>| x.reshape([scene.batch(), x.shape().row_len()]);
    let between = (flat(fake) + share * (flat(real) - flat(fake))).reshape(real.shape());
    let slope = graph.grad(scene.d(between).sum(), &[between])[0];
    // far below the slope that is wanted: keeps the root's own slope finite where D is flat
    let norm = (slope.square().sum_axes(&axes) + 1e-12).sqrt();
    (norm - 1.0).square().mean() * weight
}

pub(super) const ENTRY: PenaltyEntry = PenaltyEntry {
    name: "wgan_gp",
    doc: "weight times the squared distance of D's slope from 1, between data and fakes. weight (10)",
    build: |f| Ok(Box::new(WganGp { weight: f.positive("weight", 10.0)? })),
};
