//! The leaky rectifier.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `x` for positive `x`, `slope x` otherwise.
#[derive(Debug, Clone, Copy)]
pub struct LeakyRelu {
    /// Slope left of 0.
    pub slope: f64,
}

impl Pointwise for LeakyRelu {
    const NAME: &'static str = "leaky_relu";
    const FLOPS: u64 = 2;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        // always a product, as in [`WherePositive`](super::where_positive)
        x * if x < E::ZERO { E::from_f64(self.slope) } else { E::ONE }
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        // y has the sign of x unless the slope is negative; with y, nobody needs x, and a product can absorb this operation
        let gate = if self.slope >= 0.0 { y } else { x };
        Some(ct.where_positive(gate, self.slope))
    }
}

impl<'g> Var<'g> {
    /// `x` for positive `x`, `slope x` otherwise.
    #[track_caller]
    pub fn leaky_relu(self, slope: f64) -> Var<'g> {
        self.graph.push(Unary(LeakyRelu { slope }), &[self])
    }
}

pub(super) const ENTRY: OpEntry =
    OpEntry { name: "leaky_relu", doc: "The leaky rectifier.", cases: || vec![Case::unary(Domain::Real, |x| x.leaky_relu(0.2))] };
