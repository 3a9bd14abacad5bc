//! The relativistic average game, RaGAN (Jolicoeur-Martineau 2018, eq. 7 to 9).

use gan_tensor::Var;

use super::{Objective, ObjectiveEntry};
use crate::Scene;

/// D compares each sample with the mean of the other kind: it descends
/// `E softplus(m_g - d(x)) / 2 + E softplus(d(G(z)) - m_r) / 2` with the batch means `m_r` of `d(x)` and `m_g` of `d(G(z))`; G
/// descends the same with the two kinds exchanged.
#[derive(Debug, Clone, Copy)]
struct RelativisticAverage;

/// How far `above` is taken to lie above the mean of `below`, and the other way round.
fn loss<'g>(above: Var<'g>, below: Var<'g>) -> Var<'g> {
    ((below.mean() - above).softplus().mean() + (below - above.mean()).softplus().mean()) / 2.0
}

impl Objective for RelativisticAverage {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        loss(real, fake)
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        loss(fake, real)
    }
    fn judges_by_probability(&self) -> bool {
        false
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "relativistic_average",
    doc: "D compares each sample with the mean of the other kind (RaGAN)",
    build: |_| Ok(Box::new(RelativisticAverage)),
};
