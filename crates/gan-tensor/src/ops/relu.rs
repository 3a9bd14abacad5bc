//! The rectifier.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `max(x, 0)`; NaN stays NaN. The gradient at 0 is 0.
#[derive(Debug, Clone, Copy)]
pub struct Relu;

impl Pointwise for Relu {
    const NAME: &'static str = "relu";
    const FLOPS: u64 = 1;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        if x < E::ZERO { E::ZERO } else { x }
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = x;
        Some(ct.where_positive(y, 0.0))
    }
}

impl<'g> Var<'g> {
    /// `max(x, 0)`; NaN stays NaN. The gradient at 0 is 0.
    #[track_caller]
    pub fn relu(self) -> Var<'g> {
        self.graph.push(Unary(Relu), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "relu", doc: "The rectifier.", cases: || vec![Case::unary(Domain::Real, |x| x.relu())] };
