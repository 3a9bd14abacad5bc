use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas};

/// `f(u) = (sqrt u - 1)^2`: `sum (sqrt p - sqrt q)^2 = 2 H^2` with the [`hellinger`](crate::theory::hellinger) distance `H`.
///
/// `f*(t) = t / (1 - t)` for `t < 1`, `T* = 1 - sqrt(q / p)`. The published activation `g_f(v) = 1 - e^-v` is `f'(e^(2v))`: `v` is
/// half the logarithm of the density ratio.
#[derive(Debug)]
pub(super) struct SquaredHellinger;

impl FDivergence for SquaredHellinger {
    fn term(&self, p: f64, q: f64) -> f64 {
        // the difference of the roots, without its cancellation
        let sum = p.sqrt() + q.sqrt();
        if sum == 0.0 { 0.0 } else { ((p - q) / sum).powi(2) }
    }
    fn derivative(&self, u: f64) -> f64 {
        1.0 - 1.0 / u.sqrt()
    }
    fn conjugate(&self, t: f64) -> f64 {
        if t >= 1.0 {
            f64::INFINITY
        } else if t == f64::NEG_INFINITY {
            -1.0
        } else {
            t / (1.0 - t)
        }
    }
    fn domain(&self) -> Domain {
        Domain::below(1.0)
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp_m1()
    }
    fn trace_activation<'g>(&self, v: Var<'g>) -> Var<'g> {
        1.0 - (-v).exp()
    }
    /// `(1 - e^-v) / e^-v`.
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g> {
        v.exp() - 1.0
    }
}

pub(super) const ENTRY: Entry = Entry {
    name: "squared_hellinger",
    doc: "sum (sqrt p - sqrt q)^2 = 2 H^2, f = (sqrt u - 1)^2",
    formulas: Formulas {
        label: "squared Hellinger",
        f: "(sqrt u - 1)^2",
        derivative: "1 - 1 / sqrt u",
        conjugate: "t / (1 - t)",
        activation: "1 - e^-v",
        output: "(log u) / 2",
    },
    divergence: &SquaredHellinger,
};
