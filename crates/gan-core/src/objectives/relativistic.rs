//! The relativistic paired game, RpGAN (Jolicoeur-Martineau 2018, eq. 3; Huang et al. 2024, eq. 2).

use gan_tensor::Var;

use super::{Objective, ObjectiveEntry};
use crate::Scene;

/// D judges pairs: it ascends `E log sigmoid(d(x) - d(G(z)))`, the probability that of the two x is the datum, and G ascends the same
/// with the two exchanged. Whatever G makes is compared with a datum, so that no mode of the data may be left out without loss.
#[derive(Debug, Clone, Copy)]
struct Relativistic;

impl Objective for Relativistic {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        (fake - real).softplus().mean()
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        (real - fake).softplus().mean()
    }
    fn judges_by_probability(&self) -> bool {
        false
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "relativistic",
    doc: "D judges which of a datum and a fake is the datum (RpGAN); wants penalties r1 and r2",
    build: |_| Ok(Box::new(Relativistic)),
};
