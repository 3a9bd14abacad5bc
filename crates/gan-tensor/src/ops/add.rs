//! The sum, broadcast.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// The sum, broadcast.
#[derive(Debug, Clone, Copy)]
pub struct Add;

impl Pairwise for Add {
    const NAME: &'static str = "add";
    const COMMUTATIVE: bool = true;
    #[inline(always)]
    fn apply<E: Element>(self, x: E, y: E) -> E {
        x + y
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2] {
        let _ = (x, y, out);
        [Some(ct), Some(ct)]
    }
}

impl<'g> std::ops::Add for Var<'g> {
    type Output = Var<'g>;
    #[track_caller]
    fn add(self, other: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(Add), &[self, other])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "add", doc: "The sum, broadcast.", cases: || Case::broadcasts(Domain::Real, |x, y| x + y) };
