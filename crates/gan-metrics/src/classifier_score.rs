use serde::Serialize;

use crate::{Direction, Floor, Input, MetricEntry, MetricError, Probabilities, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "classifier_score",
    doc: "Inception-style score on a classifier of our own: exp of the mean KL(p(y|x) || p(y)).",
    better: Direction::Higher,
    needs: &[Input::Probabilities],
    floor: "measured: the same score of as many real samples",
    run: |inputs| Ok(classifier_score(inputs.probabilities(&ENTRY)?, inputs.real_probabilities.as_ref())?.score),
};

/// Report of [`classifier_score`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassifierScore {
    /// The score, from 1 to the number of classes.
    #[serde(flatten)]
    pub score: Score,
    /// Entropy of the mean distribution `p(y)`, in nats: low where classes are missing.
    pub marginal_entropy: f64,
    /// Mean entropy of `p(y|x)`, in nats: high where the classifier is unsure.
    pub conditional_entropy: f64,
    /// Standard error of the score, by the spread of KL over the samples.
    pub standard_error: f64,
}

/// `exp(E_x KL(p(y|x) || p(y)))` with `p(y) = E_x p(y|x)` (Salimans et al. 2016, section 4, "Inception score"), by whatever classifier
/// gave the probabilities: figures of different classifiers do not compare, and none is the Inception score unless Inception made them.
///
/// 1 where all samples look alike to the classifier, the number of classes where each is certain and all are equally frequent. It sees
/// neither copies nor a lack of variety within a class.
///
/// The floor is the score of real samples by the same classifier, of as many as were generated where there are as many: small batches
/// score a little higher, as `p(y)` follows them. Its deviation is that of the difference of the two.
///
/// # Errors
/// [`MetricError::LengthMismatch`] where the real probabilities have other classes.
///
/// ```
/// use gan_metrics::{Probabilities, classifier_score};
///
/// let certain = Probabilities::new(&[1.0, 0.0, 0.0, 1.0], 2)?;
/// assert!((classifier_score(&certain, None)?.score.value - 2.0).abs() < 1e-12);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn classifier_score(
    probabilities: &Probabilities<'_>,
    real: Option<&Probabilities<'_>>,
) -> Result<ClassifierScore, MetricError> {
    let n = probabilities.n();
    let found = Divergence::of(probabilities);
    let floor = match real {
        Some(real) if real.classes() != probabilities.classes() => {
            let (expected, found) = (probabilities.classes(), real.classes());
            return Err(MetricError::LengthMismatch { what: "classes of the real probabilities", expected, found });
        }
        Some(real) => {
            let real = real.first(n);
            let of_real = Divergence::of(&real);
            let both = 1.0 / n as f64 + 1.0 / real.n() as f64;
            Some(Floor { value: of_real.mean.exp(), deviation: Some(of_real.mean.exp() * (of_real.variance * both).sqrt()) })
        }
        None => None,
    };
    let value = found.mean.exp();
    Ok(ClassifierScore {
        score: Score { metric: ENTRY.name, n, value, floor },
        marginal_entropy: found.marginal_entropy,
        conditional_entropy: found.marginal_entropy - found.mean,
        standard_error: value * (found.variance / n as f64).sqrt(),
    })
}

/// `KL(p(y|x) || p(y))` over the samples.
struct Divergence {
    mean: f64,
    variance: f64,
    marginal_entropy: f64,
}

impl Divergence {
    fn of(probabilities: &Probabilities<'_>) -> Self {
        let n = probabilities.n() as f64;
        let mut marginal = vec![0.0; probabilities.classes()];
        for row in probabilities.rows() {
            marginal.iter_mut().zip(row).for_each(|(m, &p)| *m += f64::from(p) / n);
        }
        // a probability of 0 adds nothing, and where p(y) is 0 every p(y|x) is
        let kl = |row: &[f32]| -> f64 {
            let terms = row.iter().zip(&marginal).filter(|(p, _)| **p > 0.0);
            terms.map(|(&p, m)| f64::from(p) * (f64::from(p) / m).ln()).sum()
        };
        let each: Vec<f64> = probabilities.rows().map(kl).collect();
        let mean = each.iter().sum::<f64>() / n;
        let variance = each.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n;
        let marginal_entropy = -marginal.iter().filter(|m| **m > 0.0).map(|m| m * m.ln()).sum::<f64>();
        Self { mean: mean.max(0.0), variance, marginal_entropy }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(values: &[f32], classes: usize) -> ClassifierScore {
        classifier_score(&Probabilities::new(values, classes).unwrap(), None).unwrap()
    }

    #[test]
    fn closed_forms() {
        assert_eq!(score(&[0.3, 0.7, 0.3, 0.7], 2).score.value, 1.0);
        let certain = score(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0], 3);
        assert!((certain.score.value - 3.0).abs() < 1e-12 && certain.conditional_entropy.abs() < 1e-12);
        assert!((certain.marginal_entropy - 3_f64.ln()).abs() < 1e-12 && certain.standard_error < 1e-7);
        // p(y) = (.75, .25): KL is ln(4/3) for the certain sample, half of ln(2/3) + ln 2 for the other.
        let mixed = score(&[1.0, 0.0, 0.5, 0.5], 2);
        let by_hand = ((4.0 / 3.0_f64).ln() + 0.5 * (2.0 / 3.0_f64).ln() + 0.5 * 2_f64.ln()) / 2.0;
        assert!((mixed.score.value.ln() - by_hand).abs() < 1e-12);
        assert!((mixed.conditional_entropy - 2_f64.ln() / 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_floor_is_the_score_of_as_many_real_samples() {
        let generated = Probabilities::new(&[1.0, 0.0, 1.0, 0.0], 2).unwrap();
        let real = Probabilities::new(&[1.0, 0.0, 0.0, 1.0, 0.5, 0.5], 2).unwrap();
        let found = classifier_score(&generated, Some(&real)).unwrap().score;
        assert_eq!(found.value, 1.0);
        assert!((found.floor.unwrap().value - 2.0).abs() < 1e-12);
        let three = Probabilities::new(&[0.5, 0.25, 0.25], 3).unwrap();
        let fault = classifier_score(&generated, Some(&three)).unwrap_err();
        assert!(matches!(fault, MetricError::LengthMismatch { expected: 2, found: 3, .. }));
    }
}
