//! The Wasserstein game (Arjovsky et al. 2017, eq. 2).

use gan_tensor::Var;

use super::{Objective, ObjectiveEntry};
use crate::Scene;

/// D, a critic, ascends `E d(x) - E d(G(z))`; G ascends `E d(G(z))`. With d bound to slope 1 (by a penalty such as
/// `wgan_gp`) D's best value is the Wasserstein-1 distance of p_g and p_data.
#[derive(Debug, Clone, Copy)]
struct Wasserstein;

impl Objective for Wasserstein {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        fake.mean() - real.mean()
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        -scene.d_fake().mean()
    }
    fn judges_by_probability(&self) -> bool {
        false
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "wasserstein",
    doc: "D is a critic without probabilities; wants a penalty on its slope (wgan_gp)",
    build: |_| Ok(Box::new(Wasserstein)),
};
