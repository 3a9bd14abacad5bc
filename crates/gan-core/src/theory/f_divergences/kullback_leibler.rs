use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas, log_ratio};

/// `f(u) = u log u`: `KL(p || q)`.
///
/// `f*(t) = e^(t - 1)` on the real line, `g_f(v) = v`, `T* = 1 + log(p / q)`.
#[derive(Debug)]
pub(super) struct KullbackLeibler;

impl FDivergence for KullbackLeibler {
    fn term(&self, p: f64, q: f64) -> f64 {
        if p == 0.0 { 0.0 } else { p * log_ratio(p, q) }
    }
    fn derivative(&self, u: f64) -> f64 {
        1.0 + u.ln()
    }
    fn conjugate(&self, t: f64) -> f64 {
        (t - 1.0).exp()
    }
    fn domain(&self) -> Domain {
        Domain::REAL
    }
    fn activation(&self, v: f64) -> f64 {
        v
    }
    fn trace_activation<'g>(&self, v: Var<'g>) -> Var<'g> {
        v
    }
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g> {
        (v - 1.0).exp()
    }
}

pub(super) const ENTRY: Entry = Entry {
    name: "kullback_leibler",
    doc: "KL(p || q), f = u log u: every mode of the data costs",
    formulas: Formulas {
        label: "KL",
        f: "u log u",
        derivative: "1 + log u",
        conjugate: "e^(t - 1)",
        activation: "v",
        output: "1 + log u",
    },
    divergence: &KullbackLeibler,
};
