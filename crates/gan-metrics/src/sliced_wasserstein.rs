use gan_kernels::{Team, random};
use nalgebra::DMatrix;
use rayon::prelude::*;
use serde::Serialize;

use crate::{Direction, Floor, Input, MetricEntry, MetricError, Samples, Score};

/// Registry entry, with the default options.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "sliced_wasserstein",
    doc: "Mean 1-Wasserstein distance of features of generated and of real samples, projected onto 256 random lines.",
    better: Direction::Lower,
    needs: &[Input::Features, Input::RealFeatures],
    floor: "measured: the distance of two halves of the real samples, times sqrt((1/n + 1/m) m / 4)",
    run: |inputs| {
        let (features, real) = (inputs.features(&ENTRY)?, inputs.real_features(&ENTRY)?);
        Ok(sliced_wasserstein(features, real, &SlicedWassersteinOptions::default())?.score)
    },
};

/// Rows that are projected at a time.
const ROWS: usize = 256;

/// Options of [`sliced_wasserstein`].
#[derive(Debug, Clone, PartialEq)]
pub struct SlicedWassersteinOptions {
    /// Number of random lines, at least 1; `256`.
    pub projections: usize,
    /// The `p` of the distance, 1 or 2; `1`.
    pub order: u32,
    /// Seed of the lines; `0`. The lines depend on it and on the dimension only, so figures of one seed are of the same lines.
    pub seed: u64,
}

impl Default for SlicedWassersteinOptions {
    fn default() -> Self {
        Self { projections: 256, order: 1, seed: 0 }
    }
}

/// Report of [`sliced_wasserstein`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlicedWasserstein {
    /// The distance, in units of the features.
    #[serde(flatten)]
    pub score: Score,
    /// Standard error that comes from the choice of lines.
    pub line_error: f64,
    /// Number of real samples.
    pub real: usize,
}

/// `(E_u W_p^p(u.x, u.y))^(1/p)` over random unit vectors `u`, for features `x` of generated and `y` of real samples (Rabin et al. 2011;
/// Bonneel et al. 2015), with the exact distance on each line, also of batches of different size.
///
/// `features` is `[n, d]`, `real` `[m, d]`: `2 (n + m) d` operations a line and the sorting of `n + m` numbers. In `d` dimensions it is about
/// `1 / sqrt(d)` of the distance in one of them.
///
/// The floor, for order 1, comes from two halves of the real samples: 1-Wasserstein distances between batches of one distribution shrink as
/// `sqrt(1/n + 1/m)`. It takes the real samples to be in random order. Order 2 has none, as no such law holds for separate modes.
///
/// # Errors
/// [`MetricError::DimensionMismatch`], or [`MetricError::InvalidOption`].
///
/// ```
/// use gan_metrics::{Samples, SlicedWassersteinOptions, sliced_wasserstein};
///
/// // In one dimension every line is the same: (1 + 3) / 2.
/// let (a, b) = (Samples::new(&[0.0, 4.0], 1)?, Samples::new(&[-1.0, 7.0], 1)?);
/// let found = sliced_wasserstein(&a, &b, &SlicedWassersteinOptions::default())?;
/// assert!((found.score.value - 2.0).abs() < 1e-12);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn sliced_wasserstein(
    features: &Samples<'_>,
    real: &Samples<'_>,
    options: &SlicedWassersteinOptions,
) -> Result<SlicedWasserstein, MetricError> {
    options.check()?;
    features.check_dim("features of real samples", real.dim())?;
    let (n, m) = (features.n(), real.n());
    let lines = options.lines(real.dim());
    let (x, y) = (Projected::new(features, &lines), Projected::new(real, &lines));
    let order = options.order;
    let (value, line_error) =
        summary(&distances(options.projections, |line| (x.sorted(line, 0..n), y.sorted(line, 0..m)), order), order);
    let floor = (order == 1 && m >= 2).then(|| {
        let half = m / 2;
        let halves = distances(options.projections, |line| (y.sorted(line, 0..half), y.sorted(line, half..2 * half)), order);
        let shrinkage = (1.0 / n as f64 + 1.0 / m as f64) * half as f64 / 2.0;
        Floor { value: summary(&halves, order).0 * shrinkage.sqrt(), deviation: None }
    });
    Ok(SlicedWasserstein { score: Score { metric: ENTRY.name, n, value, floor }, line_error, real: m })
}

impl SlicedWassersteinOptions {
    fn check(&self) -> Result<(), MetricError> {
        if self.projections == 0 {
            return Err(MetricError::InvalidOption { option: "projections", expected: "at least 1 line", found: 0.0 });
        }
        if !(1..=2).contains(&self.order) {
            return Err(MetricError::InvalidOption { option: "order", expected: "1 or 2", found: f64::from(self.order) });
        }
        Ok(())
    }

    /// Unit vectors, `[dim, projections]`.
    fn lines(&self, dim: usize) -> DMatrix<f64> {
        let mut lines = DMatrix::zeros(dim, self.projections);
        let key = random::Key { seed: self.seed, draw: 0, stream: random::stream_id(ENTRY.name) };
        random::normal(&Team::serial(), key, dim, lines.as_mut_slice());
        for mut line in lines.column_iter_mut() {
            if line.normalize_mut() == 0.0 {
                line[0] = 1.0;
            }
        }
        lines
    }
}

/// Samples on every line.
struct Projected(Vec<DMatrix<f64>>);

impl Projected {
    fn new(samples: &Samples<'_>, lines: &DMatrix<f64>) -> Self {
        let dim = samples.dim();
        let project =
            |rows: &[f32]| DMatrix::from_row_iterator(rows.len() / dim, dim, rows.iter().map(|&v| f64::from(v))) * lines;
        Self(samples.values().par_chunks(ROWS * dim).map(project).collect())
    }

    /// Some of the samples on one line, ascending.
    fn sorted(&self, line: usize, rows: std::ops::Range<usize>) -> Vec<f64> {
        let all = self.0.iter().flat_map(|part| part.column(line).iter().copied().collect::<Vec<_>>());
        let mut values: Vec<f64> = all.skip(rows.start).take(rows.len()).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }
}

/// `W_p^p` on each line.
fn distances(lines: usize, sorted: impl Fn(usize) -> (Vec<f64>, Vec<f64>) + Sync, order: u32) -> Vec<f64> {
    (0..lines)
        .into_par_iter()
        .map(|line| {
            let (a, b) = sorted(line);
            on_line(&a, &b, order)
        })
        .collect()
}

/// `W_p^p = int_0^1 |F^-1(t) - G^-1(t)|^p dt` of two batches on the line, each ascending.
fn on_line(a: &[f64], b: &[f64], order: u32) -> f64 {
    let (n, m) = (a.len() as u64, b.len() as u64);
    // in steps of 1 / nm, of which each value of `a` has m and each of `b` has n
    let (mut i, mut j, mut at, mut sum) = (0, 0, 0, 0.0);
    while at < n * m {
        let (end_a, end_b) = ((i as u64 + 1) * m, (j as u64 + 1) * n);
        let end = end_a.min(end_b);
        sum += (end - at) as f64 * (a[i] - b[j]).abs().powi(order as i32);
        i += usize::from(end == end_a);
        j += usize::from(end == end_b);
        at = end;
    }
    sum / (n * m) as f64
}

/// `(E W_p^p)^(1/p)` and its standard error over the lines, by the delta method.
fn summary(powers: &[f64], order: u32) -> (f64, f64) {
    let count = powers.len() as f64;
    let mean = powers.iter().sum::<f64>() / count;
    let variance = powers.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / count;
    let value = if order == 2 { mean.sqrt() } else { mean };
    let slope = if order == 2 && value > 0.0 { 0.5 / value } else { 1.0 };
    (value, slope * (variance / count).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(seed: u64, n: usize, dim: usize) -> Vec<f32> {
        let mut values = vec![0.0; n * dim];
        random::normal(&Team::serial(), random::Key { seed, draw: 0, stream: 0 }, dim, &mut values);
        values
    }

    /// Moved by `s`, a batch is at the distance `E |u.s| = |s| E |u_1|` of order 1 and `|s| / sqrt(d)` of order 2.
    #[test]
    fn moved_samples() {
        let (dim, n) = (3, 50);
        let a = normal(1, n, dim);
        let b: Vec<f32> = a.iter().enumerate().map(|(i, v)| v + if i % dim == 0 { 8.0 } else { 0.0 }).collect();
        let (a, b) = (Samples::new(&a, dim).unwrap(), Samples::new(&b, dim).unwrap());
        // in three dimensions u_1 is uniform in [-1, 1]
        for (order, wanted) in [(1, 4.0), (2, 8.0 / 3_f64.sqrt())] {
            let options = SlicedWassersteinOptions { projections: 4000, order, seed: 3 };
            let found = sliced_wasserstein(&a, &b, &options).unwrap();
            assert!((found.score.value - wanted).abs() < 4.0 * found.line_error, "{found:?} {wanted}");
            assert!(found.line_error < 0.01 * wanted);
        }
        let own = sliced_wasserstein(&a, &a, &SlicedWassersteinOptions::default()).unwrap();
        assert_eq!((own.score.value, own.line_error), (0.0, 0.0));
    }

    #[test]
    fn perfect_samples_score_the_floor() {
        let (n, m, dim, runs) = (100, 400, 4, 60);
        let options = SlicedWassersteinOptions { projections: 16, ..Default::default() };
        let (mut value, mut floor) = (0.0, 0.0);
        for seed in 0..runs {
            let (a, b) = (normal(2 * seed, n, dim), normal(2 * seed + 1, m, dim));
            let (a, b) = (Samples::new(&a, dim).unwrap(), Samples::new(&b, dim).unwrap());
            let score = sliced_wasserstein(&a, &b, &options).unwrap().score;
            (value, floor) = (value + score.value, floor + score.floor.unwrap().value);
        }
        assert!((value / floor - 1.0).abs() < 0.08, "{value} {floor}");
    }

    #[test]
    fn names_what_is_wrong() {
        let (line, plane) = (Samples::new(&[1.0, 2.0], 1).unwrap(), Samples::new(&[1.0, 2.0], 2).unwrap());
        let run = |b, projections, order| {
            sliced_wasserstein(&line, &b, &SlicedWassersteinOptions { projections, order, seed: 0 }).unwrap_err()
        };
        assert!(matches!(run(plane, 1, 1), MetricError::DimensionMismatch { expected: 1, found: 2, .. }));
        assert!(matches!(run(line, 0, 1), MetricError::InvalidOption { option: "projections", .. }));
        assert!(matches!(run(line, 1, 3), MetricError::InvalidOption { option: "order", found: 3.0, .. }));
    }
}
