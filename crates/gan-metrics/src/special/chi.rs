use std::f64::consts::PI;

/// Probability that a standard normal vector in `dim` dimensions has norm at most `radius`: the
/// distribution function of the chi distribution,
///
/// `P(dim / 2, radius^2 / 2)`, the regularised lower incomplete gamma function.
///
/// In two dimensions `1 - exp(-radius^2 / 2)`.
pub(crate) fn within_radius(dim: usize, radius: f64) -> f64 {
    let x = radius * radius / 2.0;
    if x == 0.0 {
        return 0.0;
    }
    let a = dim as f64 / 2.0;
    // x^a exp(-x) / Gamma(a + 1)
    let leading = (a * x.ln() - x - log_gamma_half(dim + 2)).exp();
    let inside = if x < a + 1.0 { leading * lower_series(a, x) } else { 1.0 - leading * a * upper_fraction(a, x) };
    inside.clamp(0.0, 1.0)
}

/// `log Gamma(twice / 2)` for `twice >= 1`, by the recurrence from `Gamma(1/2) = sqrt(pi)` or `Gamma(1) = 1`.
fn log_gamma_half(twice: usize) -> f64 {
    let (base, first) = if twice.is_multiple_of(2) { (0.0, 2) } else { (PI.ln() / 2.0, 1) };
    base + (first..twice).step_by(2).map(|k| (k as f64 / 2.0).ln()).sum::<f64>()
}

/// `sum_n x^n / ((a + 1) ... (a + n))`: all terms positive, ratio below 1 for `x < a + 1`.
fn lower_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    let mut n = 1.0;
    while term > sum * f64::EPSILON / 4.0 {
        term *= x / (a + n);
        sum += term;
        n += 1.0;
    }
    sum
}

/// `Gamma(a, x) exp(x) / x^a` as a continued fraction, by Lentz's method; for `x >= a + 1`.
fn upper_fraction(a: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let numerator = -i * (i - a);
        b += 2.0;
        d = numerator * d + b;
        d = 1.0 / if d.abs() < TINY { TINY } else { d };
        c = b + numerator / c;
        c = if c.abs() < TINY { TINY } else { c };
        let factor = d * c;
        fraction *= factor;
        if (factor - 1.0).abs() < 2.0 * f64::EPSILON {
            break;
        }
    }
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_dimensions_have_a_closed_form() {
        for dim in [2, 4, 6, 10, 40] {
            for radius in [0.1, 1.0, 3.0, 6.0, 12.0, 40.0] {
                let x = radius * radius / 2.0;
                let mut term: f64 = 1.0;
                let mut sum = 0.0;
                for k in 0..dim / 2 {
                    sum += term;
                    term *= x / (k + 1) as f64;
                }
                let closed = 1.0 - (-x).exp() * sum;
                assert!((within_radius(dim, radius) - closed).abs() < 1e-13, "{dim} {radius}");
            }
        }
    }

    /// The one-dimensional three-sigma rule, Maxwell's distribution, and tables of the chi-square distribution.
    #[test]
    fn odd_dimensions_agree_with_tables() {
        assert!((within_radius(1, 1.0) - 0.682_689_492_137_085_9).abs() < 1e-14);
        assert!((within_radius(1, 3.0) - 0.997_300_203_936_739_8).abs() < 1e-14);
        assert!((within_radius(3, 3.0) - 0.970_709_113_465_112).abs() < 1e-13);
        assert!((within_radius(5, 11.070_497_693_516_351_f64.sqrt()) - 0.95).abs() < 1e-12);
    }

    #[test]
    fn images_lie_on_a_shell() {
        assert!(within_radius(784, 20.0) < 1e-10);
        assert!((within_radius(784, 28.0) - 0.5).abs() < 0.02);
        assert!(within_radius(784, 40.0) > 1.0 - 1e-10);
        assert_eq!(within_radius(3, 0.0), 0.0);
    }
}
