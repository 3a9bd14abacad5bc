use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas};

/// `f(u) = (1 - u)^2 / u`: `sum (p - q)^2 / p`.
///
/// `f*(t) = 2 - 2 sqrt(1 - t)` for `t <= 1`, `T* = 1 - (q / p)^2`. The published activation `g_f(v) = 1 - e^-v` is `f'(e^(v/2))`: `v`
/// is twice the logarithm of the density ratio.
#[derive(Debug)]
pub(super) struct Neyman;

impl FDivergence for Neyman {
    fn term(&self, p: f64, q: f64) -> f64 {
        if p == q { 0.0 } else { (p - q) / p * (p - q) }
    }
    fn derivative(&self, u: f64) -> f64 {
        // a product of two factors keeps the digits near u = 1
        if u < 0.5 { 1.0 - 1.0 / u / u } else { (1.0 - 1.0 / u) * (1.0 + 1.0 / u) }
    }
    fn conjugate(&self, t: f64) -> f64 {
        // 2 (1 - sqrt(1 - t)) = 2 t / (1 + sqrt(1 - t))
        if t > 1.0 {
            f64::INFINITY
        } else if t.abs() < 0.5 {
            2.0 * t / (1.0 + (1.0 - t).sqrt())
        } else {
            2.0 - 2.0 * (1.0 - t).sqrt()
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
    /// `2 - 2 sqrt(e^-v)`.
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g> {
        2.0 - (v * -0.5).exp() * 2.0
    }
}

pub(super) const ENTRY: Entry = Entry {
    name: "neyman",
    doc: "chi^2, sum (p - q)^2 / p, f = (1 - u)^2 / u",
    formulas: Formulas {
        label: "Neyman",
        f: "(1 - u)^2 / u",
        derivative: "1 - 1 / u^2",
        conjugate: "2 - 2 sqrt(1 - t)",
        activation: "1 - e^-v",
        output: "2 log u",
    },
    divergence: &Neyman,
};
