use std::f64::consts::LN_2;

use super::sum::stable_sum;
use super::{Distribution, TheoryError};

/// The Kullback-Leibler divergence `KL(p || q) = sum_x p(x) log(p(x) / q(x))`, in nats (the divergences of
/// Goodfellow et al. 2014, Eq. 5).
///
/// At least 0, and 0 exactly at `p = q`; `+inf` where `p` has mass and `q` has none.
///
/// # Errors
/// [`TheoryError::SupportMismatch`].
///
/// ```
/// use gan_core::theory::{kullback_leibler, Distribution};
///
/// let p = Distribution::from_weights(&[1.0, 0.0])?;
/// let q = Distribution::uniform(2)?;
/// assert!((kullback_leibler(&p, &q)? - 2_f64.ln()).abs() < 1e-12);
/// assert_eq!(kullback_leibler(&q, &p)?, f64::INFINITY);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn kullback_leibler(p: &Distribution, q: &Distribution) -> Result<f64, TheoryError> {
    Ok(stable_sum(p.zip(q)?.map(|(a, b)| relative_entropy_term(a, b))))
}

/// The Jensen-Shannon divergence (Goodfellow et al. 2014, Eq. 6), in nats:
///
/// `JSD(p || q) = KL(p || m) / 2 + KL(q || m) / 2` with `m = (p + q) / 2`.
///
/// Symmetric; in `[0, log 2]`; 0 exactly at `p = q`, `log 2` exactly for disjoint supports. With the total
/// variation `TV`, `TV^2 / 2 <= JSD <= TV log 2`.
///
/// # Errors
/// [`TheoryError::SupportMismatch`].
///
/// ```
/// use gan_core::theory::{jensen_shannon, Distribution};
///
/// let p = Distribution::point_mass(2, 0)?;
/// let q = Distribution::point_mass(2, 1)?;
/// assert!((jensen_shannon(&p, &q)? - 2_f64.ln()).abs() < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn jensen_shannon(p: &Distribution, q: &Distribution) -> Result<f64, TheoryError> {
    let terms = p.zip(q)?.map(|(a, b)| if a + b == 0.0 { 0.0 } else { 0.25 * (a + b) * mixture_entropy_gap((a - b) / (a + b)) });
    Ok(stable_sum(terms).min(LN_2))
}

/// The total variation distance `TV(p, q) = sum_x |p(x) - q(x)| / 2`, in `[0, 1]`.
///
/// It is the largest difference that the two distributions give to one event, and `(1 + TV) / 2` is the
/// accuracy of the best discriminator between equally frequent classes.
///
/// # Errors
/// [`TheoryError::SupportMismatch`].
pub fn total_variation(p: &Distribution, q: &Distribution) -> Result<f64, TheoryError> {
    Ok((0.5 * stable_sum(p.zip(q)?.map(|(a, b)| (a - b).abs()))).min(1.0))
}

/// The Hellinger distance `H(p, q) = sqrt(sum_x (sqrt p(x) - sqrt q(x))^2 / 2)`, in `[0, 1]`.
///
/// `H^2 <= TV <= H sqrt(2 - H^2)`.
///
/// # Errors
/// [`TheoryError::SupportMismatch`].
pub fn hellinger(p: &Distribution, q: &Distribution) -> Result<f64, TheoryError> {
    let terms = p.zip(q)?.map(|(a, b)| (a.sqrt() - b.sqrt()).powi(2));
    Ok((0.5 * stable_sum(terms)).sqrt().min(1.0))
}

/// `a log(a / b) - a + b`, at least 0.
///
/// The added `b - a` sums to 0 over two distributions. It makes every term non-negative, so that nothing
/// cancels where `p` and `q` are close.
fn relative_entropy_term(a: f64, b: f64) -> f64 {
    if a == b {
        return 0.0;
    }
    if a == 0.0 {
        return b;
    }
    if b == 0.0 {
        return f64::INFINITY;
    }
    let r = (a - b) / b;
    if r.abs() < 0.05 {
        // (1 + r) log(1 + r) - r = sum_{k >= 2} (-r)^k / (k (k - 1)); the first term left out is below 1e-18 of the sum.
        let series = (2..=15).rev().fold(0.0, |tail, k| 1.0 / f64::from(k * (k - 1)) - r * tail);
        b * r * r * series
    } else {
        // The difference of logarithms, as a / b may overflow or underflow.
        a * (a.ln() - b.ln()) - a + b
    }
}

/// `(1 + t) log(1 + t) + (1 - t) log(1 - t)` for `|t| <= 1`: about `t^2` near 0, `2 log 2` at both ends.
pub(super) fn mixture_entropy_gap(t: f64) -> f64 {
    let t = t.abs();
    if t < 0.5 {
        // The same as log(1 - t^2) + t log((1 + t) / (1 - t)), which keeps its relative accuracy at t -> 0.
        (-t * t).ln_1p() + 2.0 * t * t.atanh()
    } else {
        let rest = 1.0 - t;
        let lower = if rest == 0.0 { 0.0 } else { rest * rest.ln() };
        (1.0 + t) * t.ln_1p() + lower
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(p: &[f64], q: &[f64]) -> (Distribution, Distribution) {
        (Distribution::from_weights(p).unwrap(), Distribution::from_weights(q).unwrap())
    }

    #[test]
    fn bernoulli_closed_forms() {
        let (p, q) = pair(&[0.1, 0.9], &[0.6, 0.4]);
        let kl = 0.1 * (0.1_f64 / 0.6).ln() + 0.9 * (0.9_f64 / 0.4).ln();
        assert!((kullback_leibler(&p, &q).unwrap() - kl).abs() < 1e-15);
        assert!((total_variation(&p, &q).unwrap() - 0.5).abs() < 1e-15);
        let affinity = (0.1_f64 * 0.6).sqrt() + (0.9_f64 * 0.4).sqrt();
        assert!((hellinger(&p, &q).unwrap() - (1.0 - affinity).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn jensen_shannon_is_the_mean_of_two_divergences_to_the_mixture() {
        let (p, q) = pair(&[1.0, 2.0, 3.0, 0.0], &[4.0, 0.1, 3.0, 2.0]);
        let mixture = Distribution::new((p.probabilities() + q.probabilities()) / 2.0).unwrap();
        let mean = (kullback_leibler(&p, &mixture).unwrap() + kullback_leibler(&q, &mixture).unwrap()) / 2.0;
        assert!((jensen_shannon(&p, &q).unwrap() - mean).abs() < 1e-15);
    }

    /// `p = (1 + e, 1 - e) / 2` against the uniform: `KL = e^2/2 + e^4/12 + ...`, `JSD = e^2/8 + O(e^4)`; the
    /// textbook sums would lose every digit below `e = 1e-8`.
    #[test]
    fn close_distributions_keep_their_digits() {
        for e in [1e-3, 1e-5, 1e-7] {
            let (p, q) = pair(&[1.0 + e, 1.0 - e], &[1.0, 1.0]);
            let kl = kullback_leibler(&p, &q).unwrap();
            assert!((kl / (e * e / 2.0 + e.powi(4) / 12.0) - 1.0).abs() < 1e-8, "{e}: {kl}");
            let jsd = jensen_shannon(&p, &q).unwrap();
            assert!((jsd / (e * e / 8.0) - 1.0).abs() < e * e + 1e-8, "{e}: {jsd}");
        }
    }

    #[test]
    fn pieces_of_the_stable_forms_meet() {
        for t in [0.499_999_f64, 0.5, 0.500_001, 0.9, 1.0 - 1e-12] {
            let direct = (1.0 + t) * (1.0 + t).ln() + (1.0 - t) * (1.0 - t).ln();
            assert!((mixture_entropy_gap(t) - direct).abs() < 1e-14, "{t}");
        }
        for r in [-0.051, -0.049, 0.049, 0.051] {
            let direct = (1.0 + r) * (1.0_f64 + r).ln() - r;
            assert!((relative_entropy_term(1.0 + r, 1.0) - direct).abs() < 1e-15, "{r}");
        }
        assert_eq!(mixture_entropy_gap(-1.0), 2.0 * LN_2);
    }

    #[test]
    fn supports_must_match() {
        let (p, q) = pair(&[1.0], &[1.0, 1.0]);
        let mismatch = Err(TheoryError::SupportMismatch { left: 1, right: 2 });
        assert_eq!(kullback_leibler(&p, &q), mismatch);
        assert_eq!(jensen_shannon(&p, &q), mismatch);
        assert_eq!(total_variation(&p, &q), mismatch);
        assert_eq!(hellinger(&p, &q), mismatch);
    }
}
