//! The exponential function.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `e^x`.
#[derive(Debug, Clone, Copy)]
pub struct Exp;

impl Pointwise for Exp {
    const NAME: &'static str = "exp";
    const FLOPS: u64 = 10;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        x.exp()
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = x;
        Some(ct * y)
    }
}

impl<'g> Var<'g> {
    /// `e^x`.
    #[track_caller]
    pub fn exp(self) -> Var<'g> {
        self.graph.push(Unary(Exp), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "exp", doc: "The exponential function.", cases: || vec![Case::unary(Domain::Real, |x| x.exp())] };
