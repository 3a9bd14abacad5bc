//! WGAN-GP (Gulrajani et al. 2017, eq. 3).

use gan_layers::Number;
use gan_tensor::Var;

use super::{Penalty, PenaltyEntry};
use crate::Scene;

/// `weight E (|grad_x d(x)| - 1)^2` at points drawn uniformly between a sample of the data and a fake.
#[derive(Debug, Clone)]
struct WganGp {
    weight: Number,
}

impl Penalty for WganGp {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        // one share for each example, the same for all its values
        let share = scene.graph().uniform("wgan_gp", [scene.batch(), 1], 0.0, 1.0);
        scene.weigh("wgan_gp.weight", &self.weight, slope_from_one(scene, share), 1.0)
    }
}

/// `weight E (|grad_x d(x)| - 1)^2` at `x = share real + (1 - share) fake`, for shares `[batch, 1]` however chosen.
pub fn gradient_penalty<'g>(scene: &Scene<'g, '_>, share: Var<'g>, weight: f64) -> Var<'g> {
    slope_from_one(scene, share) * weight
}

fn slope_from_one<'g>(scene: &Scene<'g, '_>, share: Var<'g>) -> Var<'g> {
    let (real, fake) = (scene.real(), scene.fake());
    let flat = |x: Var<'g>| x.reshape([scene.batch(), x.shape().row_len()]);
    let between = (flat(fake) + share * (flat(real) - flat(fake))).reshape(real.shape());
    super::distance_from_slope_one(scene, between)
}

pub(super) const ENTRY: PenaltyEntry = PenaltyEntry {
    name: "wgan_gp",
    doc: "weight times the squared distance of D's slope from 1, between data and fakes. weight (10): a number or schedule",
    build: |f| Ok(Box::new(WganGp { weight: super::weight(f, "weight", 10.0)? })),
};
