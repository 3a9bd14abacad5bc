//! The product of elements, broadcast.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// The product of elements, broadcast.
#[derive(Debug, Clone, Copy)]
pub struct Mul;

impl Pairwise for Mul {
    const NAME: &'static str = "mul";
    const COMMUTATIVE: bool = true;
    #[inline(always)]
    fn apply<E: Element>(self, x: E, y: E) -> E {
        x * y
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2] {
        let _ = out;
        [Some(ct * y), Some(ct * x)]
    }
}

impl<'g> std::ops::Mul for Var<'g> {
    type Output = Var<'g>;
    #[track_caller]
    fn mul(self, other: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(Mul), &[self, other])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "mul", doc: "The product of elements, broadcast.", cases: || Case::broadcasts(Domain::Real, |x, y| x * y) };
