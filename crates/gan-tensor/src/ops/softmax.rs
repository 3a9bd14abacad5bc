//! Probabilities from logits.

use super::{Case, Domain, OpEntry};
use crate::Var;

impl<'g> Var<'g> {
    /// `e^x / sum e^x` along `axis`.
    #[track_caller]
    pub fn softmax(self, axis: usize) -> Var<'g> {
        self.log_softmax(axis).exp()
    }

    /// `x - ln sum e^x` along `axis`: the logarithm of [`softmax`](Var::softmax), without underflow.
    #[track_caller]
    pub fn log_softmax(self, axis: usize) -> Var<'g> {
        self - self.logsumexp_axes(&[axis])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "softmax",
    doc: "Probabilities from logits.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x.softmax(0)),
            Case::unary(Domain::Real, |x| x.softmax(1)),
            Case::unary(Domain::Real, |x| x.log_softmax(1)),
            Case::many(&[(&[2, 3, 4], Domain::Real)], |x| vec![x[0].softmax(1).square()]),
        ]
    },
};
