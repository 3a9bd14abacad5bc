//! Least squares (Mao et al. 2017, eq. 2).

use gan_tensor::Var;

use super::{Objective, ObjectiveEntry};
use crate::Scene;

/// D descends `E (d(x) - real)^2 / 2 + E (d(G(z)) - fake)^2 / 2`, G descends `E (d(G(z)) - wanted)^2 / 2`: fakes that D takes for data
/// are pulled, too, as far as they lie from its boundary.
///
/// The defaults are the 0-1 coding of eq. 9 (`a = 0`, `b = c = 1`); `fake = -1`, `wanted = 0` are those for which the game descends
/// Pearson's divergence (eq. 8). D yields a score, not a logit.
#[derive(Debug, Clone, Copy)]
struct LeastSquares {
    fake: f64,
    real: f64,
    wanted: f64,
}

impl Objective for LeastSquares {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        ((real - self.real).square().mean() + (fake - self.fake).square().mean()) / 2.0
    }
    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        (scene.d_fake() - self.wanted).square().mean() / 2.0
    }
    fn judges_by_probability(&self) -> bool {
        false
    }
}

pub(super) const ENTRY: ObjectiveEntry = ObjectiveEntry {
    name: "least_squares",
    doc: "D's score is drawn to real for data and to fake for fakes, G's to wanted. fake (0), real (1), wanted (1)",
    build: |f| {
        let (fake, real, wanted) = (f.f64_or("fake", 0.0)?, f.f64_or("real", 1.0)?, f.f64_or("wanted", 1.0)?);
        if fake < real {
            Ok(Box::new(LeastSquares { fake, real, wanted }))
        } else {
            Err(f.fault("real", &format!("more than fake ({fake})"), real))
        }
    },
};
