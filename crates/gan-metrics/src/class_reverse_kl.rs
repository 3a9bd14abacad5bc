use serde::Serialize;

use crate::special::expectation;
use crate::{ClassShares, Direction, Floor, Input, MetricEntry, MetricError, Predictions, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "class_reverse_kl",
    doc: "KL divergence, in nats, of the classes that a classifier finds from those of the data.",
    better: Direction::Lower,
    needs: &[Input::Predictions, Input::ClassShares],
    floor: "exact expectation of as many draws of the data's classes; its deviation by the delta method",
    run: |inputs| Ok(class_reverse_kl(inputs.predictions(&ENTRY)?, &*inputs.class_shares(&ENTRY)?)?.score),
};

/// Registry entry of the divergence from equally frequent classes.
pub(crate) const UNIFORM_ENTRY: MetricEntry = MetricEntry {
    name: "class_reverse_kl_uniform",
    doc: "KL divergence, in nats, of the classes that a classifier finds from equally frequent ones.",
    better: Direction::Lower,
    needs: &[Input::Predictions],
    floor: "exact expectation of as many draws of the data's classes where their shares are known, else of equally frequent ones",
    run: |inputs| {
        let real = inputs.class_shares(&UNIFORM_ENTRY).ok();
        Ok(class_reverse_kl_uniform(inputs.predictions(&UNIFORM_ENTRY)?, real.as_deref())?.score)
    },
};

/// Report of [`class_reverse_kl`] and [`class_reverse_kl_uniform`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReverseKl {
    /// The divergence, in nats; infinite where a class is found that the data do not have.
    #[serde(flatten)]
    pub score: Score,
    /// Number of classes.
    pub classes: usize,
    /// Number of classes that are found at least once: the "modes" of Stacked-MNIST.
    pub found: usize,
}

/// `KL(p_g || p_data) = sum_k p_k log(p_k / q_k)` over classes, in nats, with `p_k` the share of the samples that a classifier takes for
/// class `k` and `q_k` the share of the class in the data (Srivastava et al. 2017, "VEEGAN"; Lin et al. 2018, "PacGAN").
///
/// For Stacked-MNIST the labels are those of the three channels, `100 r + 10 g + b`, and the shares are
/// [`ClassShares::of_independent`] of the digits'.
///
/// The floor is the expected divergence of `n` draws from the data: the exact sum over binomial distributions, about `(K - 1) / 2n`; .0193
/// for 26,000 draws of 1000 classes. Where the shares were measured, [`ClassShares::measurement`] is added. Its deviation is that of the
/// limit, `sqrt((K - 1) / 2) / n`.
///
/// # Errors
/// [`MetricError::LengthMismatch`] where the shares are of other classes than the classifier's.
///
/// ```
/// use gan_metrics::{ClassShares, Predictions, class_reverse_kl};
///
/// let data = ClassShares::new(vec![0.25, 0.75])?;
/// let found = Predictions::new(&[1, 0, 1, 1], &[1.0; 4], 2)?;
/// assert_eq!(class_reverse_kl(&found, &data)?.score.value, 0.0);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn class_reverse_kl(predictions: &Predictions<'_>, data: &ClassShares) -> Result<ClassReverseKl, MetricError> {
    divergence(ENTRY.name, predictions, data, data)
}

/// `KL(p_g || uniform) = sum_k p_k log(K p_k)` over classes, in nats; see [`class_reverse_kl`].
///
/// The floor comes from `n` draws of the data, whose classes may not be equally frequent: .0236 for 26,000 draws of Stacked-MNIST. Without
/// `data` it is that of equally frequent classes, .0193.
///
/// # Errors
/// [`MetricError::LengthMismatch`] where `data` has other classes than the classifier.
pub fn class_reverse_kl_uniform(
    predictions: &Predictions<'_>,
    data: Option<&ClassShares>,
) -> Result<ClassReverseKl, MetricError> {
    let uniform = ClassShares::uniform(predictions.classes())?;
    divergence(UNIFORM_ENTRY.name, predictions, &uniform, data.unwrap_or(&uniform))
}

fn divergence(
    metric: &'static str,
    predictions: &Predictions<'_>,
    target: &ClassShares,
    data: &ClassShares,
) -> Result<ClassReverseKl, MetricError> {
    let (n, classes) = (predictions.n(), predictions.classes());
    if data.classes() != classes {
        let (expected, found) = (classes, data.classes());
        return Err(MetricError::LengthMismatch { what: "class shares", expected, found });
    }
    let shares = predictions.shares();
    let value: f64 = shares.iter().zip(target.shares()).map(|(&p, &q)| term(p, q)).sum();
    let floor = Some(floor(n, data, target));
    Ok(ClassReverseKl {
        score: Score { metric, n, value: value.max(0.0), floor },
        classes,
        found: shares.iter().filter(|p| **p > 0.0).count(),
    })
}

/// `p log(p / q)`, 0 for `p = 0`.
fn term(p: f64, q: f64) -> f64 {
    if p == 0.0 { 0.0 } else { p * (p / q).ln() }
}

/// The divergence from `target` of `n` draws of `data`.
fn floor(n: usize, data: &ClassShares, target: &ClassShares) -> Floor {
    let draws = n as f64;
    let pairs = || data.shares().iter().copied().zip(target.shares().iter().copied());
    let expected: f64 = pairs().map(|(p, q)| expectation(n, p, |count| term(count as f64 / draws, q))).sum();
    // to first order the counts enter through log(p / q), to second order as a chi-squared sum
    let limit: f64 = pairs().map(|(p, q)| term(p, q)).sum();
    let first: f64 = pairs().filter(|(p, _)| *p > 0.0).map(|(p, q)| p * ((p / q).ln() - limit).powi(2)).sum();
    let freedom = pairs().filter(|(p, _)| *p > 0.0).count().saturating_sub(1) as f64;
    let second = (freedom / 2.0).sqrt() / draws + target.measurement() * (2.0 / freedom.max(1.0)).sqrt();
    Floor { value: expected.max(0.0) + target.measurement(), deviation: Some((first / draws + second.powi(2)).sqrt()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits of MNIST's training set.
    const DIGITS: [usize; 10] = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];

    fn stacked() -> ClassShares {
        let digit = ClassShares::new(DIGITS.iter().map(|&c| c as f64 / 60_000.0).collect()).unwrap();
        ClassShares::of_independent(&[&digit, &digit, &digit])
    }

    #[test]
    fn closed_forms() {
        let data = ClassShares::new(vec![0.5, 0.25, 0.25, 0.0]).unwrap();
        let run =
            |labels: &[usize]| class_reverse_kl(&Predictions::new(labels, &vec![1.0; labels.len()], 4).unwrap(), &data).unwrap();
        assert_eq!((run(&[0, 0, 1, 2]).score.value, run(&[0, 1]).found), (0.0, 2));
        assert!((run(&[1, 1]).score.value - 4_f64.ln()).abs() < 1e-15);
        assert_eq!(run(&[0, 3]).score.value, f64::INFINITY);
        let even = Predictions::new(&[0, 1, 2, 2], &[1.0; 4], 4).unwrap();
        let uniform = class_reverse_kl_uniform(&even, Some(&data)).unwrap().score;
        assert!((uniform.value - (4_f64.ln() - 1.5 * 2_f64.ln())).abs() < 1e-15);
    }

    /// Published comparisons on Stacked-MNIST take 26,000 samples.
    #[test]
    fn floors_of_stacked_mnist() {
        let labels: Vec<usize> = (0..26_000).map(|i| i % 1000).collect();
        let confidences = vec![1.0; labels.len()];
        let seen = Predictions::new(&labels, &confidences, 1000).unwrap();
        let data = stacked();
        let of = |found: ClassReverseKl| found.score.floor.unwrap();
        let own = of(class_reverse_kl(&seen, &data).unwrap());
        let uniform = of(class_reverse_kl_uniform(&seen, Some(&data)).unwrap());
        let even = of(class_reverse_kl_uniform(&seen, None).unwrap());
        for (floor, known) in [(own, 0.019_341), (even, 0.019_340), (uniform, 0.023_619)] {
            assert!((floor.value - known).abs() < 1e-6, "{floor:?} {known}");
        }
        // draws of the data, counted
        let n = 26_000;
        let mut cumulated = data.shares().to_vec();
        (1..1000).for_each(|k| cumulated[k] += cumulated[k - 1]);
        let draw = |seed: u64, target: &ClassShares| {
            let mut uniforms = vec![0.0_f64; n];
            let key = gan_kernels::random::Key { seed, draw: 0, stream: 0 };
            gan_kernels::random::uniform(&gan_kernels::Team::serial(), key, n, (0.0, 1.0), &mut uniforms);
            let labels: Vec<usize> = uniforms.iter().map(|u| cumulated.partition_point(|c| c <= u).min(999)).collect();
            let counted = Predictions::new(&labels, &confidences, 1000).unwrap();
            divergence("", &counted, target, &data).unwrap().score.value
        };
        let even_target = ClassShares::uniform(1000).unwrap();
        for (floor, target) in [(own, &data), (uniform, &even_target)] {
            let values: Vec<f64> = (0..40).map(|seed| draw(seed, target)).collect();
            let mean = values.iter().sum::<f64>() / 40.0;
            let deviation = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 39.0).sqrt();
            let known = floor.deviation.unwrap();
            assert!((mean - floor.value).abs() < 4.0 * known / 40_f64.sqrt(), "{mean} {floor:?}");
            assert!((deviation / known - 1.0).abs() < 0.4, "{deviation} {floor:?}");
        }
    }

    #[test]
    fn measured_shares_raise_the_floor() {
        let real = Predictions::new(&[0, 1], &[1.0; 2], 2).unwrap();
        let (known, measured) = (ClassShares::uniform(2).unwrap(), ClassShares::measured(&real));
        let of = |shares: &ClassShares| class_reverse_kl(&real, shares).unwrap().score.floor.unwrap();
        // Two draws, two classes: the same one (divergence log 2) half of the time.
        assert!((of(&known).value - 0.5 * 2_f64.ln()).abs() < 1e-15);
        assert!((of(&measured).value - of(&known).value - 0.25).abs() < 1e-15);
        assert!(of(&measured).deviation > of(&known).deviation);
    }

    #[test]
    fn other_classes_are_an_error() {
        let seen = Predictions::new(&[0], &[1.0], 2).unwrap();
        let three = ClassShares::uniform(3).unwrap();
        assert!(matches!(class_reverse_kl(&seen, &three), Err(MetricError::LengthMismatch { expected: 2, found: 3, .. })));
    }
}
