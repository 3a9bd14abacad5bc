//! The logistic function.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `1 / (1 + e^-x)`: a probability from a logit.
#[derive(Debug, Clone, Copy)]
pub struct Sigmoid;

impl Pointwise for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const FLOPS: u64 = 12;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        x.sigmoid()
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = x;
        Some(ct * (y * (1.0 - y)))
    }
}

impl<'g> Var<'g> {
    /// `1 / (1 + e^-x)`: a probability from a logit.
    #[track_caller]
    pub fn sigmoid(self) -> Var<'g> {
        self.graph.push(Unary(Sigmoid), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "sigmoid", doc: "The logistic function.", cases: || vec![Case::unary(Domain::Real, |x| x.sigmoid())] };
