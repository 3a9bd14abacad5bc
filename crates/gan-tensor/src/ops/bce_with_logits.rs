//! Binary cross-entropy of a logit, without overflow.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `softplus(x) - t x = -(t log s(x) + (1 - t) log(1 - s(x)))` for the logistic function `s`.
#[derive(Debug, Clone, Copy)]
pub struct BceWithLogits;

impl Pairwise for BceWithLogits {
    const NAME: &'static str = "bce_with_logits";
    #[inline(always)]
    fn apply<E: Element>(self, x: E, t: E) -> E {
        x.softplus() - t * x
    }
    fn vjp<'g>(self, x: Var<'g>, t: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2] {
        let _ = out;
        [Some(ct * (x.sigmoid() - t)), Some(-(ct * x))]
    }
}

impl<'g> Var<'g> {
    /// The cross-entropy of a logit to a target in [0, 1], element by element.
    #[track_caller]
    pub fn bce_with_logits(self, target: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(BceWithLogits), &[self, target])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "bce_with_logits",
    doc: "Binary cross-entropy of a logit.",
    cases: || Case::broadcasts(Domain::Real, |x, y| x.bce_with_logits(y)),
};
