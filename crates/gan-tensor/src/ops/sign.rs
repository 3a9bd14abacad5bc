//! The sign.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// -1, 0 or 1. Its gradient is 0 everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Sign;

impl Pointwise for Sign {
    const NAME: &'static str = "sign";
    const FLOPS: u64 = 1;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        if x > E::ZERO {
            E::ONE
        } else if x < E::ZERO {
            -E::ONE
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
    /// -1, 0 or 1. Its gradient is 0 everywhere.
    #[track_caller]
    pub fn sign(self) -> Var<'g> {
        self.graph.push(Unary(Sign), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "sign", doc: "The sign.", cases: || vec![Case::unary(Domain::Real, |x| x.sign())] };
