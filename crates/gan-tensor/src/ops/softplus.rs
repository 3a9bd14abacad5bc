//! A smooth rectifier.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `ln(1 + e^x)`, without overflow.
#[derive(Debug, Clone, Copy)]
pub struct Softplus;

impl Pointwise for Softplus {
    const NAME: &'static str = "softplus";
    const FLOPS: u64 = 22;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        x.softplus()
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = y;
        Some(ct * x.sigmoid())
    }
}

impl<'g> Var<'g> {
    /// `ln(1 + e^x)`, without overflow.
    #[track_caller]
    pub fn softplus(self) -> Var<'g> {
        self.graph.push(Unary(Softplus), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "softplus", doc: "A smooth rectifier.", cases: || vec![Case::unary(Domain::Real, |x| x.softplus())] };
