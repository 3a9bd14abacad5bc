//! What one place `x` adds to the integrals and sums of the theory, from `log p_data(x)` and `log p_g(x)`.
//!
//! Densities underflow where their logarithms are still ordinary numbers (a Gaussian at 39 sigma), and the logit of `D*` is
//! their difference; so everything here takes logarithms, and `-inf` is a density of 0.

use super::divergence::{mixture_entropy_gap, small_entropy};

/// `log(1 + e^x)` without overflow: `-log D` at the logit `-x`, `-log(1 - D)` at the logit `x`.
pub fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// `1 / (1 + e^-x)`: D at the logit `x`.
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// The logit of `D*`: `log a - log b`, and 0 where neither has mass.
pub(super) fn log_ratio(log_a: f64, log_b: f64) -> f64 {
    // Equal infinities have no difference.
    if log_a == log_b { 0.0 } else { log_a - log_b }
}

/// `a log sigmoid(l) + b log(1 - sigmoid(l))` with `0 log 0 = 0`.
pub(super) fn value(a: f64, b: f64, logit: f64) -> f64 {
    let data = if a == 0.0 { 0.0 } else { a * softplus(-logit) };
    let generated = if b == 0.0 { 0.0 } else { b * softplus(logit) };
    -data - generated
}

/// `a log(a / (a + b)) + b log(b / (a + b))`: the value at the optimal discriminator.
pub(super) fn criterion(log_a: f64, log_b: f64) -> f64 {
    value(log_a.exp(), log_b.exp(), log_ratio(log_a, log_b))
}

/// `a log(2 a / (a + b)) / 2 + b log(2 b / (a + b)) / 2`, at least 0, with full relative accuracy at `a -> b`.
pub(super) fn jensen_shannon(log_a: f64, log_b: f64) -> f64 {
    // (a - b) / (a + b), without the cancellation
    let share = (log_ratio(log_a, log_b) / 2.0).tanh();
    0.25 * (log_a.exp() + log_b.exp()) * mixture_entropy_gap(share)
}

/// `a log(a / b) - a + b`, at least 0: `+inf` where `a` has mass and `b` has none.
pub(super) fn relative_entropy(log_a: f64, log_b: f64) -> f64 {
    let (a, b) = (log_a.exp(), log_b.exp());
    let ratio = log_ratio(log_a, log_b);
    if ratio.abs() < 0.05 {
        b * small_entropy(ratio.exp_m1())
    } else if ratio == f64::NEG_INFINITY {
        b
    } else if ratio == f64::INFINITY {
        // Also where a underflows: 0 times infinity would be no number.
        f64::INFINITY
    } else {
        (a * ratio - a + b).max(0.0)
    }
}

/// `(sqrt a - sqrt b)^2`.
pub(super) fn squared_root_difference(log_a: f64, log_b: f64) -> f64 {
    let (low, high) = if log_a < log_b { (log_a, log_b) } else { (log_b, log_a) };
    // high (1 - sqrt(low / high))^2
    high.exp() * (-log_ratio(high, low) / 2.0).exp_m1().powi(2)
}

/// `KL(Bernoulli(sigmoid(s)) || Bernoulli(sigmoid(l)))`, at least 0: what the answer `l` loses against the best answer `s`.
pub(super) fn bernoulli_divergence(best: f64, logit: f64) -> f64 {
    relative_entropy(-softplus(-best), -softplus(-logit)) + relative_entropy(-softplus(best), -softplus(logit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::pointwise_value;

    const LOGS: [f64; 9] = [f64::NEG_INFINITY, -2000.0, -50.0, -1.0, -1e-9, 0.0, 1e-3, 2.0, 30.0];

    #[test]
    fn agree_with_the_textbook_forms() {
        for log_a in [-3.0, -0.2, 0.0, 1.5_f64] {
            for log_b in [-4.0, -0.2001, 0.3, 2.0_f64] {
                let (a, b) = (log_a.exp(), log_b.exp());
                let m = (a + b) / 2.0;
                let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-14 * (a + b), "{a} {b}: {x} {y}");
                close(criterion(log_a, log_b), a * (a / (a + b)).ln() + b * (b / (a + b)).ln());
                close(jensen_shannon(log_a, log_b), a * (a / m).ln() / 2.0 + b * (b / m).ln() / 2.0);
                close(relative_entropy(log_a, log_b), a * (a / b).ln() - a + b);
                close(squared_root_difference(log_a, log_b), (a.sqrt() - b.sqrt()).powi(2));
                close(value(a, b, 0.7), pointwise_value(a, b, sigmoid(0.7)));
            }
        }
    }

    #[test]
    fn never_below_zero_and_never_nan() {
        for a in LOGS {
            for b in LOGS {
                for term in [jensen_shannon(a, b), relative_entropy(a, b), squared_root_difference(a, b)] {
                    assert!(term >= 0.0, "{a} {b}: {term}");
                    if a == b {
                        assert_eq!(term, 0.0, "{a}");
                    }
                }
                assert!(criterion(a, b) <= 0.0 && criterion(a, b) > f64::NEG_INFINITY, "{a} {b}");
            }
        }
        for s in [-900.0, -30.0, 0.0, 1e-8, 5.0, 800.0, f64::INFINITY] {
            for l in [-1000.0, -30.0, 0.0, 5.0, 900.0] {
                assert!(bernoulli_divergence(s, l) >= 0.0, "{s} {l}");
            }
            assert_eq!(bernoulli_divergence(s, s), 0.0);
        }
    }

    #[test]
    fn the_smallest_differences_keep_their_digits() {
        for d in [1e-4, 1e-6, 1e-8] {
            // Both to leading order, at a = 1.
            assert!((relative_entropy(0.0, -d) / (d * d / 2.0) - 1.0).abs() < d, "{d}");
            assert!((jensen_shannon(0.0, -d) / (d * d / 8.0) - 1.0).abs() < 2.0 * d, "{d}");
            let curvature = sigmoid(0.4) * sigmoid(-0.4);
            assert!((bernoulli_divergence(0.4, 0.4 + d) / (curvature * d * d / 2.0) - 1.0).abs() < d + 1e-15 / d, "{d}");
        }
    }

    #[test]
    fn what_is_certain_and_wrong_costs_what_it_should() {
        assert_eq!(value(1.0, 0.0, f64::INFINITY), 0.0);
        assert_eq!(value(1.0, 0.0, f64::NEG_INFINITY), f64::NEG_INFINITY);
        // -log D at the logit -800, where D itself is 0 in f64.
        assert_eq!(value(1.0, 0.0, -800.0), -800.0);
        assert_eq!(relative_entropy(0.0, f64::NEG_INFINITY), f64::INFINITY);
        assert_eq!(relative_entropy(-800.0, f64::NEG_INFINITY), f64::INFINITY);
        assert!((bernoulli_divergence(0.0, -800.0) - (400.0 - 2.0_f64.ln())).abs() < 1e-12);
    }
}
