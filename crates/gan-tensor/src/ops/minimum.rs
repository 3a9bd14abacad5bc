//! The smaller of two, broadcast; NaN if either is.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// The smaller of two, broadcast; NaN if either is.
#[derive(Debug, Clone, Copy)]
pub struct Minimum;

impl Pairwise for Minimum {
    const NAME: &'static str = "minimum";
    #[inline(always)]
    fn apply<E: Element>(self, x: E, y: E) -> E {
        x.minimum(y)
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2] {
        let _ = out;
        let x_wins = y.greater(x);
        [Some(ct * x_wins), Some(ct * (1.0 - x_wins))]
    }
}

impl<'g> Var<'g> {
    /// The smaller of two, broadcast; NaN if either is.
    #[track_caller]
    pub fn minimum(self, other: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(Minimum), &[self, other])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "minimum",
    doc: "The smaller of two, broadcast; NaN if either is.",
    cases: || Case::broadcasts(Domain::Real, |x, y| x.minimum(y)),
};
