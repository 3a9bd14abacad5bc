use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas};

/// `f(u) = |u - 1| / 2`: the [`total_variation`](crate::theory::total_variation).
///
/// `f*(t) = t` on `[-1/2, 1/2]`, `g_f(v) = tanh(v) / 2`, `T* = sign(p - q) / 2` (0 is taken where `p = q`; any value of the domain is as
/// good there).
#[derive(Debug)]
pub(super) struct TotalVariation;

impl FDivergence for TotalVariation {
    fn term(&self, p: f64, q: f64) -> f64 {
        0.5 * (p - q).abs()
    }
    fn derivative(&self, u: f64) -> f64 {
        if u > 1.0 {
            0.5
        } else if u < 1.0 {
            -0.5
        } else {
            // 0 at 1; NaN stays
            u - 1.0
        }
    }
    fn conjugate(&self, t: f64) -> f64 {
        if t.abs() > 0.5 { f64::INFINITY } else { t }
    }
    fn domain(&self) -> Domain {
        Domain { lower: -0.5, upper: 0.5 }
    }
    fn activation(&self, v: f64) -> f64 {
        0.5 * v.tanh()
    }
    fn trace_activation<'g>(&self, v: Var<'g>) -> Var<'g> {
        v.tanh() * 0.5
    }
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g> {
        v.tanh() * 0.5
    }
}

pub(super) const ENTRY: Entry = Entry {
    name: "total_variation",
    doc: "sum |p - q| / 2, f = |u - 1| / 2: D's output is bounded",
    formulas: Formulas {
        label: "total variation",
        f: "|u - 1| / 2",
        derivative: "sign(u - 1) / 2",
        conjugate: "t",
        activation: "tanh(v) / 2",
        output: "-inf or inf",
    },
    divergence: &TotalVariation,
};
