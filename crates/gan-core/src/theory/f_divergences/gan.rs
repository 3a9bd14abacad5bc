use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas};
use crate::theory::value::share_log_share;

/// `f(u) = u log u - (u + 1) log(u + 1)`: the criterion `C(G) = 2 JSD(p || q) - log 4` of Goodfellow et al. 2014, eq. 4.
///
/// `f(1) = -log 4`, not 0. `f*(t) = -log(1 - e^t)` for `t < 0`, `g_f(v) = -log(1 + e^-v) = f'(e^v)`, `T* = log(p / (p + q)) = log D*`.
#[derive(Debug)]
pub(super) struct Gan;

impl FDivergence for Gan {
    fn term(&self, p: f64, q: f64) -> f64 {
        share_log_share(p, q) + share_log_share(q, p)
    }
    fn derivative(&self, u: f64) -> f64 {
        if u < 1.0 { u.ln() - u.ln_1p() } else { -(1.0 / u).ln_1p() }
    }
    fn conjugate(&self, t: f64) -> f64 {
        if t >= 0.0 {
            f64::INFINITY
        } else if t > -1.0 {
            -(-t.exp_m1()).ln()
        } else {
            -(-t.exp()).ln_1p()
        }
    }
    fn domain(&self) -> Domain {
        Domain::below(0.0)
    }
    fn activation(&self, v: f64) -> f64 {
        if v < 0.0 { v - v.exp().ln_1p() } else { -(-v).exp().ln_1p() }
    }
    fn reads_log_ratio(&self) -> bool {
        true
    }
    fn trace_activation<'g>(&self, v: Var<'g>) -> Var<'g> {
        -(-v).softplus()
    }
    /// `-log(1 - sigmoid(v)) = softplus(v)`.
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g> {
        v.softplus()
    }
}

pub(super) const ENTRY: Entry = Entry {
    name: "gan",
    doc: "2 JSD(p || q) - log 4, f = u log u - (u + 1) log(u + 1): the game of 2014",
    formulas: Formulas {
        label: "GAN",
        f: "u log u - (u + 1) log(u + 1)",
        derivative: "log(u / (u + 1))",
        conjugate: "-log(1 - e^t)",
        activation: "-log(1 + e^-v)",
        output: "log u",
    },
    divergence: &Gan,
};
