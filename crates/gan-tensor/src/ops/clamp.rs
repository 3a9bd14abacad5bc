//! Values held within bounds.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `min(max(x, lo), hi)`; the gradient passes strictly within the bounds.
#[derive(Debug, Clone, Copy)]
pub struct Clamp {
    /// The least result.
    pub lo: f64,
    /// The greatest result.
    pub hi: f64,
}

impl Pointwise for Clamp {
    const NAME: &'static str = "clamp";
    const FLOPS: u64 = 2;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        let (lo, hi) = (E::from_f64(self.lo), E::from_f64(self.hi));
        let x = if x < lo { lo } else { x };
        if x > hi { hi } else { x }
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = y;
        Some(ct * (x - self.lo).step() * (self.hi - x).step())
    }
}

impl<'g> Var<'g> {
    /// `min(max(x, lo), hi)`; the gradient passes strictly within the bounds.
    #[track_caller]
    pub fn clamp(self, lo: f64, hi: f64) -> Var<'g> {
        self.graph.push(Unary(Clamp { lo, hi }), &[self])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "clamp",
    doc: "Values held within bounds.",
    cases: || vec![Case::unary(Domain::Real, |x| x.clamp(-0.7, 1.1))],
};
