use super::{Effect, Regulariser};
use crate::theory::dynamics::Hyper;
use crate::theory::dynamics::curve::ABSOLUTE;

/// WGAN-GP (Gulrajani et al. 2017, eq. 3): `weight E (|D'| - 1)^2` at points uniform between a data point and a fake.
///
/// `|D'|` has a kink at 0, and at the equilibrium D is flat: neither does the field vanish there, nor has it a Jacobian. It is
/// reported as [`NotDifferentiable`](crate::theory::DynamicsError::NotDifferentiable). In a game whose D' changes its sign between the
/// points of the quadrature, the loss is that of those points.
pub(super) const ENTRY: Regulariser = Regulariser {
    name: "wgan_gp",
    doc: "weight times the squared distance of D's slope from 1, between data and fakes",
    effect: Effect::Penalty(|scene| {
        scene.mean_between(|x| {
            let distance = scene.apply(&ABSOLUTE, scene.slope(x)) - Hyper::constant(1.0);
            distance.square()
        })
    }),
};
