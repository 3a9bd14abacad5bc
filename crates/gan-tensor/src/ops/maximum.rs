//! The larger of two, broadcast; NaN if either is.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// The larger of two, broadcast; NaN if either is.
#[derive(Debug, Clone, Copy)]
pub struct Maximum;

impl Pairwise for Maximum {
    const NAME: &'static str = "maximum";
    #[inline(always)]
    fn apply<E: Element>(self, x: E, y: E) -> E {
        x.maximum(y)
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2] {
        let _ = out;
        let x_wins = x.greater(y);
        [Some(ct * x_wins), Some(ct * (1.0 - x_wins))]
    }
}

impl<'g> Var<'g> {
    /// The larger of two, broadcast; NaN if either is.
    #[track_caller]
    pub fn maximum(self, other: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(Maximum), &[self, other])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "maximum",
    doc: "The larger of two, broadcast; NaN if either is.",
    cases: || Case::broadcasts(Domain::Real, |x, y| x.maximum(y)),
};
