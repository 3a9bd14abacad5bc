use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas};

/// `f(u) = (u - 1)^2`: `sum (p - q)^2 / q`.
///
/// `f*(t) = t^2 / 4 + t` on the real line, `g_f(v) = v`, `T* = 2 (p / q - 1)`. This is the conjugate of the parabola on the whole
/// line, as in the paper: below `t = -2`, which no `T*` reaches, the supremum over `u >= 0` is -1, and the bound is looser
/// than it could be.
#[derive(Debug)]
pub(super) struct Pearson;

impl FDivergence for Pearson {
    fn term(&self, p: f64, q: f64) -> f64 {
        if p == q { 0.0 } else { (p - q) / q * (p - q) }
    }
    fn derivative(&self, u: f64) -> f64 {
        2.0 * (u - 1.0)
    }
    fn conjugate(&self, t: f64) -> f64 {
        // as a square: t = -inf, an end that no T* takes, stays +inf
        let half = 0.5 * t + 1.0;
        if t.is_infinite() {
            f64::INFINITY
        } else if t.abs() < 1.0 {
            0.25 * t * t + t
        } else {
            half * half - 1.0
        }
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
        v.square() * 0.25 + v
    }
}

pub(super) const ENTRY: Entry = Entry {
    name: "pearson",
    doc: "chi^2, sum (p - q)^2 / q, f = (u - 1)^2",
    formulas: Formulas {
        label: "Pearson",
        f: "(u - 1)^2",
        derivative: "2 (u - 1)",
        conjugate: "t^2 / 4 + t",
        activation: "v",
        output: "2 (u - 1)",
    },
    divergence: &Pearson,
};
