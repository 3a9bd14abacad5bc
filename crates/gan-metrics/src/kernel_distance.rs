use nalgebra::{DMatrix, DMatrixView};
use rayon::prelude::*;
use serde::Serialize;

use crate::search::lane_sum;
use crate::{Direction, Floor, Input, MetricEntry, MetricError, Samples, Score};

/// Registry entry.
pub(crate) const ENTRY: MetricEntry = MetricEntry {
    name: "kernel_distance",
    doc: "Unbiased squared maximum mean discrepancy of features under the cubic kernel (\"KID\" with those of Inception).",
    better: Direction::Lower,
    needs: &[Input::Features, Input::RealFeatures],
    floor: "0, as the estimate is unbiased; its deviation from the centred kernel of up to 1000 real samples",
    run: |inputs| Ok(kernel_distance(inputs.features(&ENTRY)?, inputs.real_features(&ENTRY)?)?.score),
};

/// Groups of samples for the standard error.
const GROUPS: usize = 10;
/// Real samples from which the deviation of the floor is found.
const PROBES: usize = 1000;
/// Rows and columns of one product.
const BLOCK: usize = 256;

/// Report of [`kernel_distance`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KernelDistance {
    /// The squared discrepancy; by chance a little below 0 where the samples are good.
    #[serde(flatten)]
    pub score: Score,
    /// Standard error, by leaving out one of up to ten blocks of samples on both sides at a time.
    pub standard_error: f64,
    /// Number of real samples.
    pub real: usize,
}

/// `E k(x, x') + E k(y, y') - 2 E k(x, y)` for features `x` of generated and `y` of real samples, over distinct pairs, with the kernel
/// `k(x, y) = (x.y / d + 1)^3` (Binkowski et al. 2018, "Demystifying MMD GANs", section 4, "KID"; the unbiased estimate of Gretton et al.
/// 2012, equation 3).
///
/// `features` is `[n, d]`, `real` `[m, d]`. All pairs count, where published figures often average subsets of 1,000: both estimate the same
/// without bias, so batches of different size compare. `(n^2 + m^2 + 2 n m) d` operations in f64.
///
/// The standard error is the block jackknife's. The floor's deviation is that of the limit without a difference, `sqrt(2) (1/n + 1/m)
/// sqrt(E k'(y, y')^2)` for the centred kernel `k'` (Gretton et al. 2012, theorem 12).
///
/// # Errors
/// [`MetricError::DimensionMismatch`], or [`MetricError::TooFew`] for less than 4 samples on either side.
///
/// ```
/// use gan_metrics::{Samples, kernel_distance};
///
/// // k(1, 1) = 8, k(0, 0) = k(0, 1) = 1: 8 + 1 - 2.
/// let (ones, zeros) = (Samples::new(&[1.0; 4], 1)?, Samples::new(&[0.0; 4], 1)?);
/// assert_eq!(kernel_distance(&ones, &zeros)?.score.value, 7.0);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
pub fn kernel_distance(features: &Samples<'_>, real: &Samples<'_>) -> Result<KernelDistance, MetricError> {
    features.check_dim("features of real samples", real.dim())?;
    features.check_count(ENTRY.name, "generated samples", 4)?;
    real.check_count(ENTRY.name, "real samples", 4)?;
    let (x, y) = (Grouped::new(features), Grouped::new(real));
    let sums = Sums { generated: x.sums(&x), real: y.sums(&y), between: x.sums(&y), sizes: (x.sizes(), y.sizes()) };
    let (n, m) = (features.n(), real.n());
    let probes = Grouped::new(&real.first(PROBES));
    let deviation = 2_f64.sqrt() * (1.0 / n as f64 + 1.0 / m as f64) * probes.centred_square().sqrt();
    Ok(KernelDistance {
        score: Score {
            metric: ENTRY.name,
            n,
            value: sums.without(None),
            floor: Some(Floor { value: 0.0, deviation: Some(deviation) }),
        },
        standard_error: sums.jackknife(),
        real: m,
    })
}

/// Rows in f64, in consecutive groups of at least two rows.
struct Grouped {
    values: Vec<f64>,
    dim: usize,
    /// First row of each group, and the number of rows.
    bounds: Vec<usize>,
}

/// Sums of the kernel over the pairs of a group of one batch with a group of another, `[groups, groups]`; a row is not paired with itself.
type Pairs = Vec<Vec<f64>>;

impl Grouped {
    fn new(samples: &Samples<'_>) -> Self {
        let (n, dim) = (samples.n(), samples.dim());
        let groups = GROUPS.min(n / 2);
        let bounds = (0..=groups).map(|g| g * (n / groups) + g.min(n % groups)).collect();
        Self { values: samples.values().iter().map(|&v| f64::from(v)).collect(), dim, bounds }
    }

    fn sizes(&self) -> Vec<f64> {
        self.bounds.windows(2).map(|b| (b[1] - b[0]) as f64).collect()
    }

    fn rows(&self, first: usize, end: usize) -> &[f64] {
        &self.values[first * self.dim..end * self.dim]
    }

    /// `[rows, dim]`, column-major.
    fn matrix(&self, first: usize, end: usize) -> DMatrix<f64> {
        DMatrix::from_row_slice(end - first, self.dim, self.rows(first, end))
    }

    /// `k(x, y)` for every row `x` of `a: [rows, dim]` and `y` of `b`, `[rows, columns]`.
    fn kernel(&self, a: &DMatrix<f64>, b: &[f64], out: &mut DMatrix<f64>) {
        let b = DMatrixView::from_slice(b, self.dim, b.len() / self.dim);
        out.resize_mut(a.nrows(), b.ncols(), 0.0);
        out.gemm(1.0 / self.dim as f64, a, &b, 0.0);
        out.apply(|v| *v = (*v + 1.0).powi(3));
    }

    /// Sums of the kernel between the groups of two batches, or within one: then each pair is computed once.
    fn sums(&self, other: &Self) -> Pairs {
        let same = std::ptr::eq(self, other);
        let (g, h) = (self.bounds.len() - 1, other.bounds.len() - 1);
        let tasks: Vec<(usize, usize, usize)> = (0..g)
            .flat_map(|i| (self.bounds[i]..self.bounds[i + 1]).step_by(BLOCK).map(move |first| (i, first)))
            .flat_map(|(i, first)| (if same { i } else { 0 }..h).map(move |j| (i, first, j)))
            .collect();
        let parts: Vec<f64> = tasks
            .par_iter()
            .map_init(DMatrix::default, |kernel, &(i, first, j)| {
                let a = self.matrix(first, (first + BLOCK).min(self.bounds[i + 1]));
                let mut sum = 0.0;
                for start in (other.bounds[j]..other.bounds[j + 1]).step_by(BLOCK) {
                    let b = other.rows(start, (start + BLOCK).min(other.bounds[j + 1]));
                    self.kernel(&a, b, kernel);
                    if same && first == start {
                        kernel.fill_diagonal(0.0);
                    }
                    sum += kernel.column_iter().map(|column| lane_sum(column.len(), |i| column[i])).sum::<f64>();
                }
                sum
            })
            .collect();
        let mut sums = vec![vec![0.0; h]; g];
        for ((i, _, j), part) in tasks.into_iter().zip(parts) {
            sums[i][j] += part;
            if same && i != j {
                sums[j][i] += part;
            }
        }
        sums
    }

    /// `E k'(y, y')^2` over distinct pairs, for the kernel less its row means.
    fn centred_square(&self) -> f64 {
        let n = self.values.len() / self.dim;
        let mut k = DMatrix::default();
        self.kernel(&self.matrix(0, n), &self.values, &mut k);
        let means: Vec<f64> = k.column_iter().map(|column| column.mean()).collect();
        let mean = means.iter().sum::<f64>() / n as f64;
        let square = |i: usize, j: usize| (k[(i, j)] - means[i] - means[j] + mean).powi(2);
        let total: f64 = (0..n).map(|i| (0..n).filter(|j| *j != i).map(|j| square(i, j)).sum::<f64>()).sum();
        total / (n * (n - 1)) as f64
    }
}

/// Sums of the kernel by groups, from which the estimate follows with or without a group.
struct Sums {
    generated: Pairs,
    real: Pairs,
    between: Pairs,
    sizes: (Vec<f64>, Vec<f64>),
}

impl Sums {
    /// The estimate without one group on both sides.
    fn without(&self, group: Option<usize>) -> f64 {
        let kept = |g: usize| Some(g) != group;
        let sum = |pairs: &Pairs| -> f64 {
            let rows = pairs.iter().enumerate().filter(|(i, _)| kept(*i));
            rows.map(|(_, row)| row.iter().enumerate().filter(|(j, _)| kept(*j)).map(|(_, v)| v).sum::<f64>()).sum()
        };
        let count = |sizes: &[f64]| -> f64 { sizes.iter().enumerate().filter(|(i, _)| kept(*i)).map(|(_, s)| s).sum() };
        let (n, m) = (count(&self.sizes.0), count(&self.sizes.1));
        sum(&self.generated) / (n * (n - 1.0)) + sum(&self.real) / (m * (m - 1.0)) - 2.0 * sum(&self.between) / (n * m)
    }

    /// `sqrt((g - 1) / g sum (t_i - t)^2)` for the estimates `t_i` without group `i` of `g`.
    fn jackknife(&self) -> f64 {
        let groups = self.generated.len().min(self.real.len());
        let each: Vec<f64> = (0..groups).map(|g| self.without(Some(g))).collect();
        let count = groups as f64;
        let mean = each.iter().sum::<f64>() / count;
        ((count - 1.0) / count * each.iter().map(|t| (t - mean).powi(2)).sum::<f64>()).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use gan_kernels::{Team, random};

    use super::*;

    fn normal(seed: u64, n: usize, dim: usize, shift: f32) -> Vec<f32> {
        let mut values = vec![0.0; n * dim];
        random::normal(&Team::serial(), random::Key { seed, draw: 0, stream: 0 }, dim, &mut values);
        values.iter_mut().for_each(|v| *v += shift);
        values
    }

    /// Mean and deviation over seeds, and the root mean squares of what the reports say of them.
    fn spread(shift: f32) -> (f64, f64, f64, f64) {
        let (n, m, dim, runs) = (120, 200, 4, 100);
        let reports: Vec<KernelDistance> = (0..runs)
            .map(|seed| {
                let (x, y) = (normal(2 * seed, n, dim, shift), normal(2 * seed + 1, m, dim, 0.0));
                kernel_distance(&Samples::new(&x, dim).unwrap(), &Samples::new(&y, dim).unwrap()).unwrap()
            })
            .collect();
        let over = |f: &dyn Fn(&KernelDistance) -> f64| reports.iter().map(f).sum::<f64>() / runs as f64;
        let mean = over(&|r| r.score.value);
        let deviation = over(&|r| (r.score.value - mean).powi(2)).sqrt();
        let floor = over(&|r| r.score.floor.and_then(|f| f.deviation).unwrap().powi(2)).sqrt();
        (mean, deviation, over(&|r| r.standard_error.powi(2)).sqrt(), floor)
    }

    #[test]
    fn perfect_samples_score_0_with_the_deviation_of_the_floor() {
        let (mean, deviation, _, floor) = spread(0.0);
        assert!(mean.abs() < 4.0 * deviation / 10.0, "{mean} {deviation}");
        assert!((floor / deviation - 1.0).abs() < 0.35, "{floor} {deviation}");
    }

    /// Two independent normal vectors in d dimensions, one moved by s in each: the moments of x.y / d by hand.
    #[test]
    fn moved_samples_score_the_closed_form_with_the_standard_error() {
        let (mean, deviation, error, _) = spread(0.5);
        // E (t + 1)^3 for t = x.y / d: given y, t is normal with mean s sum(y) / d and variance |y|^2 / d^2
        let (s, d) = (0.5_f64, 4.0_f64);
        let between = 1.0 + 3.0 * (1.0 / d + s * s / d);
        // both moved: x = s + u, y = s + v, t = s^2 + s (ubar + vbar) + u.v / d with variances 2 s^2 / d + 1 / d
        let (m1, v) = (s * s, 2.0 * s * s / d + 1.0 / d);
        let third = 6.0 * s * s / (d * d);
        let own = 1.0 + 3.0 * m1 + 3.0 * (v + m1 * m1) + (m1.powi(3) + 3.0 * m1 * v + third);
        let real = 1.0 + 3.0 / d;
        let wanted = own + real - 2.0 * between;
        assert!((mean - wanted).abs() < 4.0 * deviation / 10.0, "{mean} {wanted} {deviation}");
        assert!((error / deviation - 1.0).abs() < 0.35, "{error} {deviation}");
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let (x, y) = (normal(1, 700, 9, 0.1), normal(2, 531, 9, 0.0));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| kernel_distance(&Samples::new(&x, 9).unwrap(), &Samples::new(&y, 9).unwrap()).unwrap())
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn names_what_is_wrong() {
        let (three, four) = (Samples::new(&[1.0; 3], 1).unwrap(), Samples::new(&[1.0; 4], 1).unwrap());
        let plane = Samples::new(&[1.0; 8], 2).unwrap();
        let run = |a, b| kernel_distance(&a, &b).unwrap_err();
        assert!(matches!(run(three, four), MetricError::TooFew { what: "generated samples", needed: 4, found: 3, .. }));
        assert!(matches!(run(four, three), MetricError::TooFew { what: "real samples", needed: 4, found: 3, .. }));
        assert!(matches!(run(four, plane), MetricError::DimensionMismatch { expected: 1, found: 2, .. }));
    }
}
