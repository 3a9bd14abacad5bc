//! Whether two are the same.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// 1 where `x = y`, else 0; nothing equals NaN. Its gradient is 0 everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Equal;

impl Pairwise for Equal {
    const NAME: &'static str = "equal";
    #[inline(always)]
    fn apply<E: Element>(self, x: E, y: E) -> E {
        if x == y { E::ONE } else { E::ZERO }
    }
    fn vjp<'g>(self, _: Var<'g>, _: Var<'g>, _: Var<'g>, _: Var<'g>) -> [Option<Var<'g>>; 2] {
        [None, None]
    }
}

impl<'g> Var<'g> {
    /// 1 where `self = other`, else 0, broadcast; nothing equals NaN. Its gradient is 0 everywhere.
    #[track_caller]
    pub fn equal(self, other: Var<'g>) -> Var<'g> {
        self.graph.push(Binary(Equal), &[self, other])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "equal",
    doc: "Whether two are the same.",
    cases: || {
        let mut all = Case::broadcasts(Domain::Real, |x, y| x.equal(y) + x);
        all.push(Case::many(&[(&[3, 5], Domain::Real), (&[3, 5], Domain::Index(2)), (&[5], Domain::Index(2))], |x| {
            vec![x[0] * x[1].equal(x[2])]
        }));
        all
    },
};
