//! The dropout layer (Srivastava et al. 2014).

use gan_tensor::Var;

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Mode, Module, Spec};

/// In training keeps each value with probability `keep` and divides it by `keep`; a mask for every example. In use it does
/// nothing.
#[derive(Debug)]
struct Dropout {
    keep: f64,
}

impl Module for Dropout {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        if cx.mode() == Mode::Train && self.keep < 1.0 { x.dropout(self.keep, "mask") } else { x }
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "dropout",
    doc: "omits values at random in training. keep (0.5): the probability that a value stays",
    build: |f, b| {
        let keep = f.f64_in("keep", 0.5, 1e-6, 1.0)?;
        Built::new(Dropout { keep }, b.input())
    },
    cases: || vec![Case::same(Spec::new("dropout"), [6]), Case::same(Spec::new("dropout").with("keep", 0.8), [2, 3])],
};
