//! The square root.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// The square root; NaN below 0.
#[derive(Debug, Clone, Copy)]
pub struct Sqrt;

impl Pointwise for Sqrt {
    const NAME: &'static str = "sqrt";
    const FLOPS: u64 = 4;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        x.sqrt()
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = x;
        Some(ct * 0.5 / y)
    }
}

impl<'g> Var<'g> {
    /// The square root; NaN below 0.
    #[track_caller]
    pub fn sqrt(self) -> Var<'g> {
        self.graph.push(Unary(Sqrt), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "sqrt", doc: "The square root.", cases: || vec![Case::unary(Domain::Positive, |x| x.sqrt())] };
