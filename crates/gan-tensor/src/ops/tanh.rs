//! The hyperbolic tangent.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `tanh x`.
#[derive(Debug, Clone, Copy)]
pub struct Tanh;

impl Pointwise for Tanh {
    const NAME: &'static str = "tanh";
    const FLOPS: u64 = 14;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        x.tanh()
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = x;
        Some(ct * (1.0 - y * y))
    }
}

impl<'g> Var<'g> {
    /// `tanh x`.
    #[track_caller]
    pub fn tanh(self) -> Var<'g> {
        self.graph.push(Unary(Tanh), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "tanh", doc: "The hyperbolic tangent.", cases: || vec![Case::unary(Domain::Real, |x| x.tanh())] };
