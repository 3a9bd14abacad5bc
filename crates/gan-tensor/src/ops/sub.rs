//! The difference, broadcast.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// The difference, broadcast.
#[derive(Debug, Clone, Copy)]
pub struct Sub;

impl Pairwise for Sub {
    const NAME: &'static str = "sub";
    #[inline(always)]
    fn apply<E: Element>(self, x: E, y: E) -> E {
        x - y
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2] {
        let _ = (x, y, out);
        [Some(ct), Some(-ct)]
    }
}

impl<'g> std::ops::Sub for Var<'g> {
    type Output = Var<'g>;
    #[track_caller]
    fn sub(self, other: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(Sub), &[self, other])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "sub", doc: "The difference, broadcast.", cases: || Case::broadcasts(Domain::Real, |x, y| x - y) };
