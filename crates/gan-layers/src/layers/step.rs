//! The perceptron's step (Rosenblatt 1958): can be used, cannot be trained by gradients.

use gan_tensor::Var;

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

#[derive(Debug)]
struct Step;

impl Module for Step {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x.step()
    }
    fn blocks_gradient(&self) -> Option<&'static str> {
        Some(
            "the derivative of a step is 0 everywhere, so nothing before it would ever learn; \
             use sigmoid (its smooth form), relu or maxout",
        )
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "step",
    doc: "1 where x > 0, else 0; no gradient passes",
    build: |_, b| Built::new(Step, b.input()),
    cases: || vec![Case::same(Spec::new("step"), [5])],
};
