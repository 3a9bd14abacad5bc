//! Data known by samples only: `p_g` converges to the samples.
//!
//! Prop. 2 holds for whatever distribution D is shown. Trained to its end against the empirical distribution of `n` samples, the
//! game has its optimum there, not at the distribution that they were drawn from; how far the two are apart falls as `1 / n` on a
//! finite support.

use gan_kernels::Team;
use gan_kernels::random::{Key, stream_id, uniform};

use super::{check_positive, descent};
use crate::theory::{
    Distribution, TheoryError, jensen_shannon, kullback_leibler, optimal_discriminator, sigmoid, total_variation, value_function,
};

/// How to overfit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Seed of the samples.
    pub seed: u64,
    /// Samples that D is judged by and has not seen.
    pub held_out: usize,
    /// The largest logit that D may reach, of either sign: one that is certain of what it has not seen would lose infinitely
    /// much on it.
    pub largest_logit: f64,
    /// How `p_g` descends.
    pub descent: descent::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self { seed: 1, held_out: 10_000, largest_logit: 5.0, descent: descent::Options::default() }
    }
}

/// What comes of `n` samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Their number.
    pub samples: usize,
    /// How many outcomes of the truth they show.
    pub outcomes_seen: usize,
    /// `JSD(samples || p_g)` at the end of the descent: close to 0.
    pub divergence_to_samples: f64,
    /// `JSD(truth || p_g)` at the end: what does not go away.
    pub divergence_to_truth: f64,
    /// `KL(truth || p_g)` at the end; `+inf` where the samples lack an outcome.
    pub kullback_leibler_to_truth: f64,
    /// The total variation of the truth and `p_g` at the end.
    pub total_variation_to_truth: f64,
    /// `V(D, truth)` of the D that is trained to its end against the perfect generator, on the samples it saw: above `-log 4` by what
    /// it believes to have found.
    pub value_on_training: f64,
    /// The same D on the samples held out: an estimate of the next.
    pub value_on_held_out: f64,
    /// The same D on the truth itself: by Theorem 1 at most `-log 4`, worse than a coin.
    pub value_on_truth: f64,
    /// `p_g` at the end.
    pub p_g: Distribution,
    /// The steps of the descent.
    pub iterations: usize,
}

/// Draws `n` samples of `truth`, and plays Prop. 2 against them from the uniform distribution; for each of `sizes`.
///
/// # Errors
/// [`ConvergenceError::NotPositive`](crate::theory::ConvergenceError::NotPositive), or [`TheoryError::NoMass`] for a size of 0.
///
/// ```
/// use gan_core::theory::Distribution;
/// use gan_core::theory::convergence::overfitting::{Options, run};
///
/// let truth = Distribution::from_weights(&[1.0, 4.0, 6.0, 4.0, 1.0])?;
/// let reports = run(&truth, &[10, 1000], &Options::default())?;
/// assert!(reports.iter().all(|r| r.divergence_to_samples < 1e-10));
/// assert!(reports[0].divergence_to_truth > 10.0 * reports[1].divergence_to_truth);
/// assert!(reports[0].value_on_training > reports[0].value_on_held_out);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn run(truth: &Distribution, sizes: &[usize], options: &Options) -> Result<Vec<Report>, TheoryError> {
    check_positive("largest_logit", options.largest_logit)?;
    let held_out = draw(truth, options.held_out, options.seed, "held out")?;
    sizes.iter().map(|&n| overfit(truth, n, &held_out, options)).collect()
}

fn overfit(truth: &Distribution, n: usize, held_out: &Distribution, options: &Options) -> Result<Report, TheoryError> {
    let samples = draw(truth, n, options.seed, "training")?;
    let descended = descent::run(&samples, &Distribution::uniform(truth.outcomes())?, &options.descent)?;
    let p_g = descended.p_g;
    let certain = sigmoid(options.largest_logit);
    let d = optimal_discriminator(&samples, truth)?.map(|d| d.clamp(1.0 - certain, certain));
    Ok(Report {
        samples: n,
        outcomes_seen: samples.probabilities().iter().filter(|&&p| p > 0.0).count(),
        divergence_to_samples: jensen_shannon(&samples, &p_g)?,
        divergence_to_truth: jensen_shannon(truth, &p_g)?,
        kullback_leibler_to_truth: kullback_leibler(truth, &p_g)?,
        total_variation_to_truth: total_variation(truth, &p_g)?,
        value_on_training: value_function(&samples, truth, d.as_slice())?,
        value_on_held_out: value_function(held_out, truth, d.as_slice())?,
        value_on_truth: value_function(truth, truth, d.as_slice())?,
        p_g,
        iterations: descended.end.iteration,
    })
}

/// The empirical distribution of `n` samples: counter-based random numbers, so that more samples start with the same ones.
fn draw(truth: &Distribution, n: usize, seed: u64, purpose: &str) -> Result<Distribution, TheoryError> {
    let mut sum = 0.0;
    let up_to: Vec<f64> = truth
        .probabilities()
        .iter()
        .map(|p| {
            sum += p;
            sum
        })
        .collect();
    let last = truth.probabilities().iter().rposition(|&p| p > 0.0).unwrap_or_default();
    let mut numbers = vec![0.0; 2 * n];
    let key = Key { seed, draw: 0, stream: stream_id(purpose) };
    uniform(&Team::serial(), key, 2, (0.0, 1.0), &mut numbers);
    let mut counts = vec![0_u64; truth.outcomes()];
    for pair in numbers.chunks_exact(2) {
        // two numbers of 24 bits make one of 48
        let u = pair[0] + pair[1] / 16_777_216.0;
        // the first outcome at which the sum exceeds u has mass; rounding may leave u beyond all
        let at = up_to.partition_point(|&s| s <= u).min(last);
        counts[at] += 1;
    }
    Distribution::from_counts(&counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::ConvergenceError;
    use crate::theory::LOG_4;

    fn truth() -> Distribution {
        Distribution::from_weights(&(0..20).map(|i| (-(f64::from(i) - 9.5).powi(2) / 20.0).exp()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn it_converges_to_the_samples_and_less_wrongly_with_more() {
        let reports = run(&truth(), &[10, 100, 1_000, 10_000, 100_000], &Options::default()).unwrap();
        for pair in reports.windows(2) {
            assert!(pair[1].divergence_to_truth < pair[0].divergence_to_truth / 2.0);
            assert!(pair[1].value_on_training < pair[0].value_on_training);
            assert!(pair[1].value_on_truth > pair[0].value_on_truth);
        }
        for r in &reports {
            assert!(r.divergence_to_samples < 1e-10 && r.divergence_to_truth > 1e-6);
            assert!(r.value_on_training > -LOG_4 && r.value_on_truth < -LOG_4, "{r:?}");
            assert!(r.samples > 1000 || r.value_on_held_out < -LOG_4 - 1e-3, "{r:?}");
            // where the samples lack an outcome, so does p_g
            assert_eq!(r.kullback_leibler_to_truth.is_infinite(), r.outcomes_seen < 20);
        }
        // for large n, E JSD(samples, truth) = (outcomes - 1) / (8 n): 19 degrees of freedom spread by a third
        for r in reports.iter().filter(|r| r.samples >= 1000) {
            let expected = 19.0 / (8.0 * r.samples as f64);
            assert!((0.3..2.5).contains(&(r.divergence_to_truth / expected)), "{r:?}");
        }
    }

    /// Every outcome comes as often as it should, to five standard deviations; those without mass never.
    #[test]
    fn samples_are_of_the_truth() {
        let truth = Distribution::from_weights(&[0.0, 5.0, 0.0, 3.0, 2.0, 0.0]).unwrap();
        let n = 100_000;
        let drawn = draw(&truth, n, 3, "training").unwrap();
        for (share, p) in drawn.probabilities().iter().zip(truth.probabilities()) {
            assert!((share - p).abs() <= 5.0 * (p * (1.0 - p) / n as f64).sqrt(), "{share} {p}");
        }
        assert_ne!(drawn, draw(&truth, n, 4, "training").unwrap());
        assert_ne!(drawn, draw(&truth, n, 3, "held out").unwrap());
        assert_eq!(drawn, draw(&truth, n, 3, "training").unwrap());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(run(&truth(), &[0], &Options::default()), Err(TheoryError::NoMass { sum: 0.0 }));
        let none = Options { largest_logit: 0.0, ..Options::default() };
        assert!(matches!(
            run(&truth(), &[5], &none),
            Err(TheoryError::Convergence(ConvergenceError::NotPositive { name: "largest_logit", .. }))
        ));
        assert_eq!(run(&truth(), &[], &Options::default()), Ok(Vec::new()));
    }
}
