//! A power with a constant exponent.

use super::elementwise::{Pointwise, Unary};
use super::{Case, Domain, OpEntry};
use crate::{Element, Var};

/// `x^p` for a constant `p`; NaN below 0 unless `p` is whole.
#[derive(Debug, Clone, Copy)]
pub struct Powf {
    /// The exponent.
    pub p: f64,
}

impl Pointwise for Powf {
    const NAME: &'static str = "powf";
    const FLOPS: u64 = 20;
    #[inline(always)]
    fn apply<E: Element>(self, x: E) -> E {
        if self.p == 2.0 { x * x } else { x.powf(E::from_f64(self.p)) }
    }
    fn vjp<'g>(self, x: Var<'g>, y: Var<'g>, ct: Var<'g>) -> Option<Var<'g>> {
        let _ = y;
        Some(if self.p == 2.0 { ct * x * 2.0 } else { ct * x.powf(self.p - 1.0) * self.p })
    }
}

impl<'g> Var<'g> {
    /// `x^p` for a constant `p`; NaN below 0 unless `p` is whole.
    #[track_caller]
    pub fn powf(self, p: f64) -> Var<'g> {
        self.graph.push(Unary(Powf { p }), &[self])
    }

    /// `x^2`.
    #[track_caller]
    pub fn square(self) -> Var<'g> {
        self.powf(2.0)
    }

    /// `x^p` for a positive `x` and a variable exponent.
    #[track_caller]
    pub fn pow(self, p: Var<'g>) -> Var<'g> {
        (self.ln() * p).exp()
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "powf",
    doc: "A power with a constant exponent.",
    cases: || {
        vec![
            Case::unary(Domain::Positive, |x| x.powf(1.7)),
            Case::unary(Domain::Real, |x| x.square()),
            Case::unary(Domain::Real, |x| x.powf(3.0)),
            Case::binary(Domain::Positive, |x, p| x.pow(p)),
        ]
    },
};
