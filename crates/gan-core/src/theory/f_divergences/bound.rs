use nalgebra::DVector;

use super::FDivergence;
use crate::theory::sum::stable_sum;
use crate::theory::{Distribution, FDivergenceError, TheoryError};

/// `D_f(p || q) = sum_x q(x) f(p(x) / q(x))` (Nowozin et al. 2016, eq. 2), in nats.
///
/// At least `f(1)`; `+inf` where one distribution has mass, the other has none and `f` grows too fast there.
///
/// # Errors
/// [`TheoryError::SupportMismatch`].
///
/// ```
/// use gan_core::theory::{Distribution, f_divergences, kullback_leibler};
///
/// let p = Distribution::from_weights(&[1.0, 2.0])?;
/// let q = Distribution::from_weights(&[3.0, 1.0])?;
/// let kl = f_divergences::find("kullback_leibler").unwrap().divergence;
/// assert!((f_divergences::divergence(kl, &p, &q)? - kullback_leibler(&p, &q)?).abs() < 1e-15);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn divergence(f: &dyn FDivergence, p: &Distribution, q: &Distribution) -> Result<f64, TheoryError> {
    let sum = stable_sum(p.zip(q)?.map(|(a, b)| f.term(a, b)));
    // By Jensen's inequality; rounding must not make a distance negative.
    Ok(if sum < f.f(1.0) { f.f(1.0) } else { sum })
}

/// The `T` that makes the variational bound tight (Nowozin et al. 2016, eq. 5): `T*(x) = f'(p(x) / q(x))`, `[outcomes]`.
///
/// `f'(inf)` where `q` is 0, and `f'(1)` where both are, since no value there changes the bound.
///
/// # Errors
/// [`TheoryError::SupportMismatch`].
pub fn optimal_critic(f: &dyn FDivergence, p: &Distribution, q: &Distribution) -> Result<DVector<f64>, TheoryError> {
    let values = p.zip(q)?.map(|(a, b)| if a == b { f.threshold() } else { f.derivative(a / b) });
    Ok(DVector::from_iterator(p.outcomes(), values))
}

/// The variational lower bound (Nowozin et al. 2016, eq. 4): `sum_x p(x) T(x) - q(x) f*(T(x)) <= D_f(p || q)`.
///
/// `t` holds `T(x)`, `[outcomes]`, in the domain of `f*` (its ends and infinite limits included); an outcome without mass adds
/// 0. It is `-inf` where `f*` is infinite at an outcome of `q`.
///
/// # Errors
/// [`TheoryError::SupportMismatch`], [`FDivergenceError::CriticLength`], or [`FDivergenceError::CriticOutOfDomain`] where a value is NaN
/// or outside the closed domain.
///
/// ```
/// use gan_core::theory::{Distribution, f_divergences};
///
/// let (p, q) = (Distribution::from_weights(&[1.0, 2.0])?, Distribution::uniform(2)?);
/// let pearson = f_divergences::find("pearson").unwrap().divergence;
/// let bound = f_divergences::variational_bound(pearson, &p, &q, &[-0.5, 0.5])?;
/// assert!(bound < f_divergences::divergence(pearson, &p, &q)?);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn variational_bound(f: &dyn FDivergence, p: &Distribution, q: &Distribution, t: &[f64]) -> Result<f64, TheoryError> {
    let pairs = p.zip(q)?;
    if t.len() != p.outcomes() {
        return Err(FDivergenceError::CriticLength { expected: p.outcomes(), found: t.len() }.into());
    }
    let domain = f.domain();
    if let Some((index, &value)) = t.iter().enumerate().find(|(_, t)| !(domain.lower..=domain.upper).contains(*t)) {
        return Err(FDivergenceError::CriticOutOfDomain { index, value, lower: domain.lower, upper: domain.upper }.into());
    }
    let terms = pairs.zip(t).map(|((a, b), &t)| {
        let gained = if a == 0.0 { 0.0 } else { a * t };
        let paid = if b == 0.0 { 0.0 } else { b * f.conjugate(t) };
        // at T = inf f* wins, at T = -inf T itself does: the term falls without bound either way
        if gained.is_infinite() && gained == paid { f64::NEG_INFINITY } else { gained - paid }
    });
    Ok(stable_sum(terms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::f_divergences::{ALL, find};

    #[test]
    fn bad_critics_are_named() {
        let (p, three) = (Distribution::uniform(2).unwrap(), Distribution::uniform(3).unwrap());
        let variation = find("total_variation").unwrap().divergence;
        let bound = |t: &[f64]| variational_bound(variation, &p, &p, t);
        assert_eq!(bound(&[0.5]), Err(TheoryError::FDivergence(FDivergenceError::CriticLength { expected: 2, found: 1 })));
        let outside =
            TheoryError::FDivergence(FDivergenceError::CriticOutOfDomain { index: 1, value: 0.51, lower: -0.5, upper: 0.5 });
        assert_eq!(bound(&[0.5, 0.51]), Err(outside));
        assert!(matches!(
            bound(&[f64::NAN, 0.0]),
            Err(TheoryError::FDivergence(FDivergenceError::CriticOutOfDomain { index: 0, .. }))
        ));
        // infinite critics, where both sides are infinite
        for (name, t) in [("neyman", f64::NEG_INFINITY), ("jeffreys", f64::NEG_INFINITY), ("pearson", f64::INFINITY)] {
            let f = find(name).unwrap().divergence;
            assert_eq!(variational_bound(f, &p, &p, &[t, 0.0]), Ok(f64::NEG_INFINITY), "{name}");
        }
        for entry in ALL {
            let mismatch = Err(TheoryError::SupportMismatch { left: 2, right: 3 });
            assert_eq!(divergence(entry.divergence, &p, &three), mismatch);
            assert_eq!(variational_bound(entry.divergence, &p, &three, &[0.0; 2]), mismatch);
            assert!(optimal_critic(entry.divergence, &p, &three).is_err());
        }
    }

    #[test]
    fn missing_outcomes_take_the_limits() {
        let (p, q) = (
            Distribution::from_weights(&[1.0, 1.0, 0.0, 0.0]).unwrap(),
            Distribution::from_weights(&[0.0, 1.0, 1.0, 0.0]).unwrap(),
        );
        let inf = f64::INFINITY;
        let ln_2 = std::f64::consts::LN_2;
        // p = (1/2, 1/2, 0), q = (0, 1/2, 1/2): f(0) / 2 + f'(inf) / 2, by hand
        let expected = [
            ("kullback_leibler", inf),
            ("reverse_kullback_leibler", inf),
            ("pearson", inf),
            ("neyman", inf),
            ("squared_hellinger", 1.0),
            ("jeffreys", inf),
            ("jensen_shannon", ln_2),
            ("gan", -ln_2),
            ("total_variation", 0.5),
        ];
        assert_eq!(expected.len(), ALL.len());
        for (name, value) in expected {
            let f = find(name).unwrap().divergence;
            let found = divergence(f, &p, &q).unwrap();
            assert!(found == value || (found - value).abs() < 1e-15, "{name}: {found}");
            let bound = variational_bound(f, &p, &q, optimal_critic(f, &p, &q).unwrap().as_slice()).unwrap();
            assert!(bound == value || (bound - value).abs() < 1e-15, "{name}: {bound}");
        }
    }
}
