//! The absolute value.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `|x|`; the gradient at 0 is 0.
#[derive(Debug, Clone, Copy)]
pub struct Abs;

impl Pointwise for Abs {
    const NAME: &'static str = "abs";
    const FLOPS: u64 = 1;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        x.abs()
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = y;
        Some(ct * x.sign())
    }
}

impl<'g> Var<'g> {
    /// `|x|`; the gradient at 0 is 0.
    #[track_caller]
    pub fn abs(self) -> Var<'g> {
        self.graph.push(Unary(Abs), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "abs", doc: "The absolute value.", cases: || vec![Case::unary(Domain::Real, |x| x.abs())] };
