//! The perceptron's step.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// 1 where `x > 0`, else 0 (NaN stays NaN). Its gradient is 0 everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Step;

impl Pointwise for Step {
    const NAME: &'static str = "step";
    const FLOPS: u64 = 1;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        // not x * 0, which is NaN for an infinite x
        if x > E::ZERO {
            E::ONE
        } else if x <= E::ZERO {
            E::ZERO
        } else {
            x
        }
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = (x, y, ct);
        None
    }
}

impl<'g> Var<'g> {
    /// 1 where `x > 0`, else 0 (NaN stays NaN). Its gradient is 0 everywhere.
    #[track_caller]
    pub fn step(self) -> Var<'g> {
        self.graph.push(Unary(Step), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "step", doc: "The perceptron's step.", cases: || vec![Case::unary(Domain::Real, |x| x.step())] };
