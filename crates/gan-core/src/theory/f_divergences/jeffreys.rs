use gan_tensor::Var;

use super::{Domain, Entry, FDivergence, Formulas, log_ratio};

/// `f(u) = (u - 1) log u`: `KL(p || q) + KL(q || p)`.
///
/// `f*(t) = W + 1 / W + t - 2` with Lambert's `W = W(e^(1 - t))`, on the real line; `T* = 1 + log(p / q) - q / p`.
///
/// The published activation is `g_f(v) = v`, which needs `W` in every step. Here `g_f(v) = f'(e^v) = v + 1 - e^-v`, also increasing
/// and onto the real line; then `f*(g_f(v)) = e^v - 1 + v` without `W`, and `v` is the logarithm of the density ratio.
#[derive(Debug)]
pub(super) struct Jeffreys;

impl FDivergence for Jeffreys {
    fn term(&self, p: f64, q: f64) -> f64 {
        if p == q { 0.0 } else { (p - q) * log_ratio(p, q) }
    }
    fn derivative(&self, u: f64) -> f64 {
        1.0 + u.ln() - 1.0 / u
    }
    fn conjugate(&self, t: f64) -> f64 {
        if t.is_infinite() {
            return t;
        }
        // W + log W = 1 - t, so that W + 1 / W + t - 2 = 1 / W - 1 - log W
        let s = log_of_lambert(1.0 - t);
        (-s).exp_m1() - s
    }
    fn domain(&self) -> Domain {
        Domain::REAL
    }
    fn activation(&self, v: f64) -> f64 {
        v - (-v).exp_m1()
    }
    fn reads_log_ratio(&self) -> bool {
        true
    }
    fn trace_activation<'g>(&self, v: Var<'g>) -> Var<'g> {
        v + 1.0 - (-v).exp()
    }
    fn trace_conjugate<'g>(&self, v: Var<'g>) -> Var<'g> {
        v.exp() - 1.0 + v
    }
}

/// `log W(e^y)`, the `s` at which `e^s + s = y`. `e^y` itself would overflow above `y = 709`.
fn log_of_lambert(y: f64) -> f64 {
    // Both starts lie above the root of this increasing convex function, from where Newton's steps descend to it.
    let mut s = if y <= 1.0 { y } else { y.ln() };
    for _ in 0..64 {
        let w = s.exp();
        let step = (w + s - y) / (w + 1.0);
        s -= step;
        if step.abs() <= f64::EPSILON * s.abs().max(1.0) {
            break;
        }
    }
    s
}

pub(super) const ENTRY: Entry = Entry {
    name: "jeffreys",
    doc: "KL(p || q) + KL(q || p), f = (u - 1) log u",
    formulas: Formulas {
        label: "Jeffreys",
        f: "(u - 1) log u",
        derivative: "1 + log u - 1 / u",
        conjugate: "w + 1 / w + t - 2, w = W(e^(1 - t))",
        activation: "v + 1 - e^-v",
        output: "log u",
    },
    divergence: &Jeffreys,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambert_by_its_definition() {
        // W(1), the omega constant, and W(e) = 1
        assert!((log_of_lambert(0.0).exp() - 0.567_143_290_409_784).abs() < 1e-15);
        assert!(log_of_lambert(1.0).abs() < 1e-15);
        for y in [-1e300, -800.0, -3.0, 0.5, 2.0, 700.0, 1e6, 1e300] {
            let s = log_of_lambert(y);
            // the last digit of s moves e^s by |s| times as much
            assert!((s.exp() + s - y).abs() <= f64::EPSILON * s.abs().max(4.0) * y.abs().max(1.0), "{y}: {s}");
        }
    }
}
