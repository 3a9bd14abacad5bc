/// `P(X >= m)` for `X ~ Binomial(n, p)`.
pub(crate) fn at_least(n: usize, p: f64, m: usize) -> f64 {
    match m {
        0 => 1.0,
        // Closed form, exact to rounding for any n: 1 - (1 - p)^n.
        1 => -(n as f64 * (-p).ln_1p()).exp_m1(),
        _ => expectation(n, p, |k| if k >= m { 1.0 } else { 0.0 }).min(1.0),
    }
}

/// `E f(X)` for `X ~ Binomial(n, p)`: the sum over the outcomes up to where the mass falls below `exp(-100)`, in `O(n p)`; `f` grows
/// no faster than a power.
pub(crate) fn expectation(n: usize, p: f64, f: impl Fn(usize) -> f64) -> f64 {
    if p <= 0.0 {
        return f(0);
    }
    if p >= 1.0 {
        return f(n);
    }
    // In logarithms, since (1 - p)^n leaves the range of f64 at a few thousand samples.
    let log_odds = p.ln() - (-p).ln_1p();
    let mut log_mass = n as f64 * (-p).ln_1p();
    let mut sum = 0.0;
    for k in 0..=n {
        if log_mass < -100.0 && k as f64 > n as f64 * p {
            break;
        }
        sum += log_mass.exp() * f(k);
        log_mass += ((n - k) as f64 / (k + 1) as f64).ln() + log_odds;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        for (n, p) in [(1, 0.3), (10, 0.5), (1000, 0.04), (200_000, 0.1), (50, 0.999)] {
            let mean = n as f64 * p;
            assert!((expectation(n, p, |_| 1.0) - 1.0).abs() < 1e-9, "{n} {p}");
            assert!((expectation(n, p, |k| k as f64) / mean - 1.0).abs() < 1e-9, "{n} {p}");
            let variance = expectation(n, p, |k| (k as f64 - mean).powi(2));
            assert!((variance / (mean * (1.0 - p)) - 1.0).abs() < 1e-8, "{n} {p}");
        }
    }

    #[test]
    fn certain_outcomes() {
        assert_eq!(expectation(7, 0.0, |k| k as f64), 0.0);
        assert_eq!(expectation(7, 1.0, |k| k as f64), 7.0);
        assert_eq!(at_least(7, 1.0, 1), 1.0);
        assert_eq!(at_least(7, 0.5, 8), 0.0);
    }

    #[test]
    fn tails_by_hand() {
        assert_eq!(at_least(3, 0.5, 0), 1.0);
        assert!((at_least(3, 0.5, 1) - 7.0 / 8.0).abs() < 1e-15);
        assert!((at_least(3, 0.5, 2) - 4.0 / 8.0).abs() < 1e-15);
        assert!((at_least(3, 0.5, 3) - 1.0 / 8.0).abs() < 1e-15);
    }
}
