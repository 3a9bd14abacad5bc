//! Which of two is larger.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// 1 where `x > y`, else 0; NaN if either is NaN. Its gradient is 0 everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Greater;

impl Pairwise for Greater {
    const NAME: &'static str = "greater";
    #[inline(always)]
    fn apply<E: Element>(self, x: E, y: E) -> E {
        if x > y {
            E::ONE
        } else if x <= y {
            E::ZERO
        } else {
            x + y
        }
    }
    fn vjp<'g>(self, _: Var<'g>, _: Var<'g>, _: Var<'g>, _: Var<'g>) -> [Option<Var<'g>>; 2] {
        [None, None]
    }
}

impl<'g> Var<'g> {
    /// 1 where `self > other`, else 0, broadcast; NaN if either is NaN. Its gradient is 0 everywhere.
    #[track_caller]
    pub fn greater(self, other: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(Greater), &[self, other])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "greater",
    doc: "Which of two is larger.",
    cases: || Case::broadcasts(Domain::Real, |x, y| x.greater(y) * x),
};
