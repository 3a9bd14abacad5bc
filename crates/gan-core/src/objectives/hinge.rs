//! The hinge loss (Lim and Ye 2017, eq. 2; Miyato et al. 2018, eq. 16 and 17).

use gan_tensor::Var;

use super::{Objective, ObjectiveEntry};
use crate::Scene;

/// D descends `E max(0, 1 - d(x)) + E max(0, 1 + d(G(z)))`, which leaves alone what it judges rightly with a margin of 1; G descends
/// `-E d(G(z))`. D yields a score, not a logit.
#[derive(Debug, Clone, Copy)]
struct Hinge;

impl Objective for Hinge {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        (-real + 1.0).relu().mean() + (fake + 1.0).relu().mean()
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        -scene.d_fake().mean()
    }
    fn judges_by_probability(&self) -> bool {
        false
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "hinge",
    doc: "D is left alone where it is right with a margin of 1; G ascends D's score",
    build: |_| Ok(Box::new(Hinge)),
};
