//! The natural logarithm.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `ln x`; -infinity at 0, NaN below.
#[derive(Debug, Clone, Copy)]
pub struct Ln;

impl Pointwise for Ln {
    const NAME: &'static str = "ln";
    const FLOPS: u64 = 10;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        x.ln()
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = y;
        Some(ct / x)
    }
}

impl<'g> Var<'g> {
    /// `ln x`; -infinity at 0, NaN below.
    #[track_caller]
    pub fn ln(self) -> Var<'g> {
        self.graph.push(Unary(Ln), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "ln", doc: "The natural logarithm.", cases: || vec![Case::unary(Domain::Positive, |x| x.ln())] };
