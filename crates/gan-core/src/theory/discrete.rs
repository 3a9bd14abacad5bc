use nalgebra::DVector;

use super::TheoryError;
use super::sum::stable_sum;

/// Largest deviation of a sum of probabilities from 1 that [`Distribution::new`] accepts.
const SUM_TOLERANCE: f64 = 1e-9;

/// A probability distribution on the finite support `{0, ..., n - 1}`.
///
/// Invariant: at least one outcome, every probability finite and `>= 0`, and the sum 1 to rounding (what
/// the tolerance of [`Distribution::new`] lets pass is divided out, so that the identities of the theory
/// hold to rounding and not only to that tolerance).
///
/// ```
/// use gan_core::theory::Distribution;
///
/// let die = Distribution::uniform(6)?;
/// let seen = Distribution::from_counts(&[3, 1, 0, 0, 2, 4])?;
/// assert_eq!(seen.outcomes(), die.outcomes());
/// assert_eq!(seen.probability(5), Some(0.4));
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    probabilities: DVector<f64>,
}

impl Distribution {
    /// The distribution with these probabilities, which must sum to 1 within `1e-9`.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], [`TheoryError::NotFinite`], [`TheoryError::Negative`] or
    /// [`TheoryError::NotNormalised`].
    pub fn new(probabilities: DVector<f64>) -> Result<Self, TheoryError> {
        check_weights(probabilities.as_slice())?;
        let sum = stable_sum(probabilities.iter().copied());
        if (sum - 1.0).abs() > SUM_TOLERANCE {
            return Err(TheoryError::NotNormalised { sum, tolerance: SUM_TOLERANCE });
        }
        Ok(Self { probabilities: probabilities / sum })
    }

    /// `p_i = w_i / sum_j w_j`: weights `>= 0` of any scale, normalised.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], [`TheoryError::NotFinite`], [`TheoryError::Negative`], or
    /// [`TheoryError::NoMass`] where the sum is 0.
    pub fn from_weights(weights: &[f64]) -> Result<Self, TheoryError> {
        check_weights(weights)?;
        // Scaled by the largest first: neither huge nor subnormal weights leave the range of f64.
        let largest = weights.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            return Err(TheoryError::NoMass { sum: 0.0 });
        }
        let scaled = DVector::from_iterator(weights.len(), weights.iter().map(|w| w / largest));
        let sum = stable_sum(scaled.iter().copied());
        Ok(Self { probabilities: scaled / sum })
    }

    /// `p_i = c_i / n`: the empirical distribution of `n = sum_i c_i` draws, of which `c_i` gave outcome `i`.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], or [`TheoryError::NoMass`] where all counts are 0.
    pub fn from_counts(counts: &[u64]) -> Result<Self, TheoryError> {
        if counts.is_empty() {
            return Err(TheoryError::EmptySupport);
        }
        // u128 holds any sum of u64 counts that fits in memory.
        let total: u128 = counts.iter().map(|&c| u128::from(c)).sum();
        if total == 0 {
            return Err(TheoryError::NoMass { sum: 0.0 });
        }
        let shares = counts.iter().map(|&c| c as f64 / total as f64);
        Ok(Self { probabilities: DVector::from_iterator(counts.len(), shares) })
    }

    /// `p_i = 1 / n` for `n` outcomes.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`] where `outcomes` is 0.
    pub fn uniform(outcomes: usize) -> Result<Self, TheoryError> {
        if outcomes == 0 {
            return Err(TheoryError::EmptySupport);
        }
        Ok(Self { probabilities: DVector::from_element(outcomes, 1.0 / outcomes as f64) })
    }

    /// All mass on one outcome: what a generator that has collapsed to one point produces.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], or [`TheoryError::OutcomeOutOfRange`] where `at >= outcomes`.
    pub fn point_mass(outcomes: usize, at: usize) -> Result<Self, TheoryError> {
        if outcomes == 0 {
            return Err(TheoryError::EmptySupport);
        }
        if at >= outcomes {
            return Err(TheoryError::OutcomeOutOfRange { index: at, outcomes });
        }
        let mut probabilities = DVector::zeros(outcomes);
        probabilities[at] = 1.0;
        Ok(Self { probabilities })
    }

    /// Number of outcomes of the support, those of probability 0 included.
    pub fn outcomes(&self) -> usize {
        self.probabilities.len()
    }

    /// Probability of an outcome; `None` outside the support.
    pub fn probability(&self, outcome: usize) -> Option<f64> {
        self.probabilities.as_slice().get(outcome).copied()
    }

    /// All probabilities, `[outcomes]`.
    pub fn probabilities(&self) -> &DVector<f64> {
        &self.probabilities
    }

    /// Expectation `sum_i p_i f(i)`; an outcome of probability 0 adds 0, whatever `f` is there.
    pub fn expectation(&self, f: impl Fn(usize) -> f64) -> f64 {
        stable_sum(self.probabilities.iter().enumerate().map(|(i, &p)| if p == 0.0 { 0.0 } else { p * f(i) }))
    }

    /// The pairs `(p_i, q_i)` of two distributions on one support.
    pub(super) fn zip<'a>(&'a self, other: &'a Self) -> Result<impl Iterator<Item = (f64, f64)> + 'a, TheoryError> {
        if self.outcomes() != other.outcomes() {
            return Err(TheoryError::SupportMismatch { left: self.outcomes(), right: other.outcomes() });
        }
        Ok(self.probabilities.iter().copied().zip(other.probabilities.iter().copied()))
    }
}

fn check_weights(weights: &[f64]) -> Result<(), TheoryError> {
    if weights.is_empty() {
        return Err(TheoryError::EmptySupport);
    }
    for (index, &value) in weights.iter().enumerate() {
        if !value.is_finite() {
            return Err(TheoryError::NotFinite { index, value });
        }
        if value < 0.0 {
            return Err(TheoryError::Negative { index, value });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(probabilities: &[f64]) -> Result<Distribution, TheoryError> {
        Distribution::new(DVector::from_column_slice(probabilities))
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(new(&[]), Err(TheoryError::EmptySupport));
        assert_eq!(new(&[1.5, -0.5]), Err(TheoryError::Negative { index: 1, value: -0.5 }));
        assert!(matches!(new(&[0.5, f64::NAN]), Err(TheoryError::NotFinite { index: 1, .. })));
        assert!(matches!(new(&[f64::INFINITY, 0.0]), Err(TheoryError::NotFinite { index: 0, .. })));
        assert!(matches!(new(&[0.5, 0.4]), Err(TheoryError::NotNormalised { .. })));
        assert_eq!(Distribution::from_weights(&[0.0, 0.0]), Err(TheoryError::NoMass { sum: 0.0 }));
        assert_eq!(Distribution::from_weights(&[]), Err(TheoryError::EmptySupport));
        assert_eq!(Distribution::from_counts(&[0, 0]), Err(TheoryError::NoMass { sum: 0.0 }));
        assert_eq!(Distribution::uniform(0), Err(TheoryError::EmptySupport));
        let outside = TheoryError::OutcomeOutOfRange { index: 3, outcomes: 3 };
        assert_eq!(Distribution::point_mass(3, 3), Err(outside));
    }

    #[test]
    fn the_tolerance_is_divided_out() {
        let p = new(&[0.5 + 4e-10, 0.5]).unwrap();
        assert!((p.probabilities().sum() - 1.0).abs() < 1e-15);
        assert!(new(&[0.5 + 2e-9, 0.5]).is_err());
    }

    #[test]
    fn weights_of_any_scale_are_normalised() {
        for scale in [1e-300, 1.0, 1e300] {
            let p = Distribution::from_weights(&[scale, 3.0 * scale, 0.0]).unwrap();
            assert!((p.probabilities() - DVector::from_column_slice(&[0.25, 0.75, 0.0])).amax() < 1e-15);
        }
        let huge = Distribution::from_weights(&[f64::MAX, f64::MAX]).unwrap();
        assert_eq!(huge.probability(0), Some(0.5));
        let tiny = Distribution::from_weights(&[f64::from_bits(1), f64::from_bits(1)]).unwrap();
        assert_eq!(tiny.probability(1), Some(0.5));
    }

    #[test]
    fn constructors_agree() {
        assert_eq!(Distribution::from_counts(&[5, 5]), Distribution::uniform(2));
        assert_eq!(Distribution::from_counts(&[0, 7]), Distribution::point_mass(2, 1));
        let large = Distribution::from_counts(&[u64::MAX, u64::MAX]).unwrap();
        assert_eq!(large.probability(0), Some(0.5));
        assert_eq!(large.probability(2), None);
    }

    #[test]
    fn expectation_skips_impossible_outcomes() {
        let p = new(&[0.5, 0.5, 0.0]).unwrap();
        assert_eq!(p.expectation(|i| if i == 2 { f64::INFINITY } else { i as f64 }), 0.5);
    }
}
