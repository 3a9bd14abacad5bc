//! Noise between layers: the paper allows it in the inner layers of the generator.

use gan_tensor::Var;

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Mode, Module, Spec};

/// In training adds `N(0, std^2)` to every value. In use it does nothing, unless `always`.
#[derive(Debug)]
struct GaussianNoise {
    std: f64,
    always: bool,
}

impl Module for GaussianNoise {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        if cx.mode() == Mode::Eval && !self.always {
            return x;
        }
        x + cx.graph().normal("noise", x.shape()) * self.std
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "gaussian_noise",
    doc: "adds normal noise. std (0.1), always (false): also outside training",
    build: |f, b| {
        let layer = GaussianNoise { std: f.positive("std", 0.1)?, always: f.bool_or("always", false)? };
        Built::new(layer, b.input())
    },
    cases: || {
        let always = Spec::new("gaussian_noise").with("std", 0.5).with("always", true);
        vec![Case::same(Spec::new("gaussian_noise"), [5]), Case::same(always, [5])]
    },
};
