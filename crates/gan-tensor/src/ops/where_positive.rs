//! The mask in the gradient of a rectifier.

use super::elementwise::{Binary, Pairwise};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `x` where the gate is positive, `slope x` elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct WherePositive {
    pub(crate) slope: f64,
}

impl Pairwise for WherePositive {
    const NAME: &'static str = "where_positive";
    #[inline(always)]
    fn apply<E: Element>(self, x: E, gate: E) -> E {
        // always a product: what is left as it is becomes a masked store, which takes some processors ten times as long
        x * if gate > E::ZERO { E::ONE } else { E::from_f64(self.slope) }
    }
    fn vjp<'g>(self, x: Var<'g>, gate: Var<'g>, out: Var<'g>, ct: Var<'g>) -> [Option<Var<'g>>; 2] {
        let _ = (x, out);
        [Some(ct.where_positive(gate, self.slope)), None]
    }
}

impl<'g> Var<'g> {
    /// `x` where `gate > 0`, `slope x` elsewhere: with itself, the gradient of a (leaky) rectifier.
    #[track_caller]
    pub fn where_positive(self, gate: Var<'g>, slope: f64) -> Var<'g> {
        self.graph.push(Binary(WherePositive { slope }), &[self, gate])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "where_positive",
    doc: "The mask in the gradient of a rectifier.",
    cases: || Case::broadcasts(Domain::Real, |x, y| x.where_positive(y, 0.3)),
};
