use serde::Serialize;

use crate::gaussian::Gaussian;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Samples, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "frechet_distance",
    doc: "Squared Frechet distance of the Gaussian fits to features of generated and of real samples.",
    better: Direction::Lower,
    needs: &[Input::Features, Input::RealFeatures],
    floor: "to first order, for Gaussian features with the spectrum of the real ones; none below 4 samples a feature",
    run: |inputs| Ok(frechet_distance(inputs.features(&ENTRY)?, inputs.real_features(&ENTRY)?)?.score),
};

/// Report of [`frechet_distance`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrechetDistance {
    /// The squared distance, in squared units of the features.
    #[serde(flatten)]
    pub score: Score,
    /// Its first part, `|m - m'|^2`.
    pub of_means: f64,
    /// Its second part, the distance of the covariances.
    pub of_covariances: f64,
    /// Number of real samples.
    pub real: usize,
}

/// `|m - m'|^2 + Tr(C + C' - 2 (C C')^(1/2))` for means and covariances of features (Frechet 1957; Dowson and Landau 1982; Heusel et al. 2017,
/// section 2, equation 6): the squared 2-Wasserstein distance of the Gaussian fits.
///
/// `features` is `[n, d]`, `real` `[m, d]`, both from one net; with those of Inception it is the "FID", with others it is not. Covariances
/// have `n - 1` in the denominator. Fewer samples than features are allowed, but the distance is then mostly the floor. In f64, by symmetric
/// eigen-decompositions, `2 (n + m) d^2` operations and about `30 d^3` more.
///
/// The distance is biased upwards. The floor is the expected distance of two batches of one Gaussian with the real covariance, of
/// eigenvalues `l`, to first order in `1 / n` and `1 / m`:
///
/// `(1/n + 1/m) (sum_i l_i + 1/2 sum_ij (1 + [i = j]) l_i l_j / (l_i + l_j))`
///
/// given where both batches have at least `4 d` samples. Features of real pictures have heavier tails, which raises it; the same distance
/// between two batches of real samples tells by how much.
///
/// # Errors
/// [`MetricError::DimensionMismatch`], or [`MetricError::TooFew`] for a single sample on either side.
///
/// ```
/// use gan_metrics::{Samples, frechet_distance};
///
/// // Means 1 and 4, standard deviations 1 and 2: 3^2 + (1 - 2)^2.
/// let (a, b) = ([0.0, 1.0, 2.0], [2.0, 4.0, 6.0]);
/// let found = frechet_distance(&Samples::new(&a, 1)?, &Samples::new(&b, 1)?)?;
/// assert!((found.score.value - 10.0).abs() < 1e-12);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn frechet_distance(features: &Samples<'_>, real: &Samples<'_>) -> Result<FrechetDistance, MetricError> {
    features.check_dim("features of real samples", real.dim())?;
    features.check_count(ENTRY.name, "generated samples", 2)?;
    real.check_count(ENTRY.name, "real samples", 2)?;
    let (generated, target) = (Gaussian::fit(features), Gaussian::fit(real));
    let of_means = generated.between_means(&target);
    let of_covariances = (generated.trace + target.trace - 2.0 * generated.trace_of_root(&target)).max(0.0);
    let (n, m) = (features.n(), real.n());
    let many = n.min(m) / 4 >= real.dim();
    let floor = target.spectrum.filter(|_| many).map(|spectrum| floor(n, m, &spectrum));
    Ok(FrechetDistance {
        score: Score { metric: ENTRY.name, n, value: of_means + of_covariances, floor },
        of_means,
        of_covariances,
        real: m,
    })
}

fn floor(n: usize, m: usize, spectrum: &[f64]) -> Floor {
    let pair = |a: f64, b: f64| if a + b > 0.0 { a * b / (a + b) } else { 0.0 };
    let among: f64 = spectrum.iter().map(|&a| spectrum.iter().map(|&b| pair(a, b)).sum::<f64>() + a / 2.0).sum();
    let total: f64 = spectrum.iter().sum();
    Floor { value: (1.0 / n as f64 + 1.0 / m as f64) * (total + among / 2.0), deviation: None }
}

#[cfg(test)]
mod tests {
    use gan_kernels::{Team, random};

    use super::*;

    /// Normal rows, column `i` with the standard deviation `scale(i)`.
    fn normal(seed: u64, n: usize, dim: usize, scale: impl Fn(usize) -> f32) -> Vec<f32> {
        let mut values = vec![0.0; n * dim];
        random::normal(&Team::serial(), random::Key { seed, draw: 0, stream: 0 }, dim, &mut values);
        values.iter_mut().enumerate().for_each(|(i, v)| *v *= scale(i % dim));
        values
    }

    /// Commuting covariances: the distance of the standard deviations.
    #[test]
    fn known_gaussians() {
        let (n, dim) = (200_000, 5);
        let a = normal(1, n, dim, |i| 1.0 + i as f32);
        let b: Vec<f32> = normal(2, n, dim, |i| 3.0 - i as f32 / 2.0).iter().map(|v| v + 2.0).collect();
        let found = frechet_distance(&Samples::new(&a, dim).unwrap(), &Samples::new(&b, dim).unwrap()).unwrap();
        let wanted: f64 = (0..dim).map(|i| 4.0 + (1.0 + i as f64 - (3.0 - i as f64 / 2.0)).powi(2)).sum();
        assert!((found.score.value / wanted - 1.0).abs() < 0.01, "{} {wanted}", found.score.value);
        assert!((found.of_means / 20.0 - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_batch_is_at_no_distance_from_itself_whatever_its_rank() {
        for (n, dim) in [(2, 40), (30, 40), (40, 40), (41, 40), (300, 40)] {
            let values = normal(3, n, dim, |i| if i % 3 == 0 { 0.0 } else { i as f32 });
            let samples = Samples::new(&values, dim).unwrap();
            let found = frechet_distance(&samples, &samples).unwrap();
            let trace = Gaussian::fit(&samples).trace;
            assert!(found.score.value < 1e-9 * trace, "{n} {dim}: {} of {trace}", found.score.value);
        }
    }

    #[test]
    fn perfect_samples_score_the_floor() {
        let (n, m, dim) = (400, 800, 16);
        let scale = |i: usize| 0.8_f32.powi(i as i32);
        let runs = 40;
        let mut sums = (0.0, 0.0);
        for seed in 0..runs {
            let (a, b) = (normal(2 * seed, n, dim, scale), normal(2 * seed + 1, m, dim, scale));
            let score = frechet_distance(&Samples::new(&a, dim).unwrap(), &Samples::new(&b, dim).unwrap()).unwrap().score;
            sums = (sums.0 + score.value, sums.1 + score.floor.unwrap().value);
        }
        assert!((sums.0 / sums.1 - 1.0).abs() < 0.06, "{} {}", sums.0 / runs as f64, sums.1 / runs as f64);
    }

    #[test]
    fn names_what_is_wrong() {
        let (one, two) = (Samples::new(&[1.0], 1).unwrap(), Samples::new(&[1.0, 2.0], 1).unwrap());
        let plane = Samples::new(&[1.0, 2.0], 2).unwrap();
        let run = |a, b| frechet_distance(&a, &b).unwrap_err();
        assert!(matches!(run(one, two), MetricError::TooFew { what: "generated samples", needed: 2, found: 1, .. }));
        assert!(matches!(run(two, one), MetricError::TooFew { what: "real samples", needed: 2, found: 1, .. }));
        assert!(matches!(run(two, plane), MetricError::DimensionMismatch { expected: 1, found: 2, .. }));
    }
}
