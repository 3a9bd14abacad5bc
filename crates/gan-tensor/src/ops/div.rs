//! The quotient, broadcast.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// The quotient, broadcast.
#[derive(Debug, Clone, Copy)]
pub struct Div;

impl Pairwise for Div {
    const NAME: &'static str = "div";
    #[inline(always)]
    fn apply<E: Element>(self, x: E, y: E) -> E {
        x / y
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2] {
        let _ = x;
        let gx = ct / y;
        [Some(gx), Some(-(gx * out))]
    }
}

impl<'g> std::ops::Div for Var<'g> {
    type Output = Var<'g>;
    #[track_caller]
    fn div(self, other: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(Div), &[self, other])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "div", doc: "The quotient, broadcast.", cases: || Case::broadcasts(Domain::Positive, |x, y| x / y) };
