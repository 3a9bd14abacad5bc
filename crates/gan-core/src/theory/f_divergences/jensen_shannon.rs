use std::f64::consts::LN_2;

use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas};
use crate::theory::divergence::mixture_entropy_gap;

/// `f(u) = u log u - (u + 1) log((u + 1) / 2)`: `2 JSD(p || q)` with the [`jensen_shannon`](crate::theory::jensen_shannon)
/// divergence (the paper leaves the factor 1/2 out).
///
/// `f*(t) = -log(2 - e^t)` for `t < log 2`, `g_f(v) = log 2 - log(1 + e^-v) = f'(e^v)`, `T* = log(2 p / (p + q))`.
#[derive(Debug)]
pub(super) struct JensenShannon;

impl FDivergence for JensenShannon {
    fn term(&self, p: f64, q: f64) -> f64 {
        if p == q { 0.0 } else { 0.5 * (p + q) * mixture_entropy_gap((p - q) / (p + q)) }
    }
    fn derivative(&self, u: f64) -> f64 {
        if u < 0.5 {
            LN_2 + u.ln() - u.ln_1p()
        } else {
            // 2 u / (1 + u) = 1 + (u - 1) / (u + 1), where (u - 1) / (u + 1) = (1 - 1/u) / (1 + 1/u) also at infinity
            let inverse = 1.0 / u;
            ((1.0 - inverse) / (1.0 + inverse)).ln_1p()
        }
    }
    fn conjugate(&self, t: f64) -> f64 {
        if t >= LN_2 { f64::INFINITY } else { -(-t.exp_m1()).ln_1p() }
    }
    fn domain(&self) -> Domain {
        Domain::below(LN_2)
    }
    fn activation(&self, v: f64) -> f64 {
        if v < 0.0 { LN_2 + v - v.exp().ln_1p() } else { LN_2 - (-v).exp().ln_1p() }
    }
    fn reads_log_ratio(&self) -> bool {
        true
    }
    fn trace_activation<'g>(&self, v: Var<'g>) -> Var<'g> {
        LN_2 - (-v).softplus()
    }
    /// `-log(2 - 2 sigmoid(v)) = softplus(v) - log 2`.
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g> {
        v.softplus() - LN_2
    }
}

pub(super) const ENTRY: Entry = Entry {
    name: "jensen_shannon",
    doc: "2 JSD(p || q), f = u log u - (u + 1) log((u + 1) / 2): the game of 2014, shifted",
    formulas: Formulas {
        label: "Jensen-Shannon",
        f: "u log u - (u + 1) log((u + 1) / 2)",
        derivative: "log(2 u / (u + 1))",
        conjugate: "-log(2 - e^t)",
        activation: "log 2 - log(1 + e^-v)",
        output: "log u",
    },
    divergence: &JensenShannon,
};
