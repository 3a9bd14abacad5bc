use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas, log_ratio};

/// `f(u) = -log u`: `KL(q || p)`.
///
/// `f*(t) = -1 - log(-t)` for `t < 0`, `g_f(v) = -e^-v = f'(e^v)`, `T* = -q / p`.
#[derive(Debug)]
pub(super) struct ReverseKullbackLeibler;

impl FDivergence for ReverseKullbackLeibler {
    fn term(&self, p: f64, q: f64) -> f64 {
        if q == 0.0 { 0.0 } else { q * log_ratio(q, p) }
    }
    fn derivative(&self, u: f64) -> f64 {
        -1.0 / u
    }
    fn conjugate(&self, t: f64) -> f64 {
        if t >= 0.0 { f64::INFINITY } else { -1.0 - (-t).ln() }
    }
    fn domain(&self) -> Domain {
        Domain::below(0.0)
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp()
    }
    fn reads_log_ratio(&self) -> bool {
        true
    }
    fn trace_activation<'g>(&self, v: Var<'g>) -> Var<'g> {
        -(-v).exp()
    }
    /// `-1 - log e^-v = v - 1`.
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g> {
        v - 1.0
    }
}

pub(super) const ENTRY: Entry = Entry {
    name: "reverse_kullback_leibler",
    doc: "KL(q || p), f = -log u: what the data lack costs, a mode left out does not",
    formulas: Formulas {
        label: "reverse KL",
        f: "-log u",
        derivative: "-1 / u",
        conjugate: "-1 - log(-t)",
        activation: "-e^-v",
        output: "log u",
    },
    divergence: &ReverseKullbackLeibler,
};
