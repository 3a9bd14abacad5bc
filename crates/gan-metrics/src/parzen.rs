//! The Parzen-window log-likelihood of Goodfellow et al. 2014, section 5 and Table 1 (after Breuleux et al. 2009).
//!
//! ```text
//! log p(x) = log (1/m) sum_i exp(-|x - s_i|^2 / (2 sigma^2))  -  d log(sigma sqrt(2 pi))
//! ```
//!
//! for samples `s_1 .. s_m` of `d` values each, in nats. The protocol: `sigma` is chosen on [`GRID`] by the mean
//! log-likelihood of a validation set, then the mean over the test set and its standard error are reported. The estimate
//! grows with the number of samples and says little of quality (Theis et al. 2016): compare figures of equally many samples
//! only, and beside those of real data.
//!
//! One matrix product gives the distances, `|x - s|^2 = |x|^2 + (|s|^2 - 2 x.s)`, and all `sigma` share it. It is made in
//! blocks that stay in cache; of a block remain the least distance of each point and one sum for each `sigma`, so that nothing as
//! large as points times samples is ever stored. Products are f32, sums over blocks f64. The data are moved so that the mean
//! of the samples is the origin: else `|x|^2` would hide what differs. The error of a squared distance is then at most some
//! 3e-7 of `|x|^2 + |s|^2`, and that of `log p` larger by `1 / (2 sigma^2)`: about 1e-3 nats for one image in [0, 1] and `sigma` of
//! 0.1, and far less for the mean over many. Bandwidths so small that it could exceed [`TOLERANCE`] are computed from the
//! differences in f64, which takes many times longer.

use gan_kernels::gemm::{Matrix, Panels, gemm};
use gan_kernels::reduce::{exp_sum, fold_all};
use gan_kernels::{Element, Team, panels};
use serde::Serialize;

use crate::{MetricError, Samples};

/// The bandwidths of the published protocol: ten from 0.1 to 1, evenly spaced in their logarithm.
pub const GRID: [f64; 10] = [
    0.1,
    0.129_154_966_501_488_4,
    0.166_810_053_720_005_87,
    0.215_443_469_003_188_34,
    0.278_255_940_220_712_4,
    0.359_381_366_380_462_75,
    0.464_158_883_361_277_86,
    0.599_484_250_318_940_9,
    0.774_263_682_681_127,
    1.0,
];

/// Most nats by which rounding may change the log-likelihood of a point.
pub const TOLERANCE: f64 = 0.02;

/// Error of a squared distance that comes from a product, relative to `|x|^2 + |s|^2`.
const ERROR: f64 = 3e-7;
/// Windows below `exp(-DEPTH)` of the largest one of a product are lost when they are added to it: all of them together are below its
/// rounding error.
const DEPTH: f32 = 25.0;
/// Samples in one product: whole panels.
const SAMPLES: usize = 16 * panels::WIDTH;
/// Most points in one product; their distances from the samples stay in cache.
const MOST_POINTS: usize = 252;
/// Points are taken in multiples of the rows of a tile, 6 or 14.
const TILES: usize = 42;

/// Log-likelihoods of points under one Parzen window for each of some bandwidths, in nats.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogLikelihood {
    /// The bandwidths.
    pub sigmas: Vec<f64>,
    /// For each bandwidth the log-likelihood of every point, in the order of the points.
    pub values: Vec<Vec<f64>>,
}

impl LogLikelihood {
    /// Mean over the points for bandwidth number `s`.
    pub fn mean(&self, s: usize) -> f64 {
        mean(&self.values[s])
    }

    /// Standard error of that mean: the deviation from point to point over the root of their number. It does not tell how far
    /// the figure of another training run would be.
    pub fn standard_error(&self, s: usize) -> f64 {
        let (values, mean) = (&self.values[s], self.mean(s));
        let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
        squares.sqrt() / values.len() as f64
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The bandwidth that a validation set prefers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bandwidth {
    /// The best of those tried.
    pub sigma: f64,
    /// Whether it is the smallest or largest tried: the best may lie outside.
    pub at_edge: bool,
    /// Every bandwidth tried, with the mean log-likelihood of the validation set.
    pub tried: Vec<(f64, f64)>,
}

/// A figure as it stands in tables: see [`estimate`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Mean log-likelihood of the test points, in nats.
    pub mean: f64,
    /// Its standard error over the test points.
    pub standard_error: f64,
    /// How the bandwidth was found.
    pub bandwidth: Bandwidth,
    /// Number of samples.
    pub samples: usize,
    /// Number of test points.
    pub points: usize,
}

/// The log-likelihood of every point for every `sigma`; the samples are the centres.
///
/// Uses the threads of `team`; results do not depend on their number.
///
/// ```
/// use gan_kernels::Team;
/// use gan_metrics::{Samples, parzen};
/// let samples = Samples::new(&[-1.0, 1.0], 1)?;
/// let found = parzen::log_likelihood(&Team::serial(), &samples, &Samples::new(&[0.0], 1)?, &[1.0])?;
/// // both centres at distance 1: -1/2 - log sqrt(2 pi)
/// assert!((found.values[0][0] + 1.418_938_5).abs() < 1e-6);
/// # Ok::<(), gan_metrics::MetricError>(())
/// ```
///
/// # Errors
/// [`MetricError::DimensionMismatch`]; [`MetricError::Empty`] without a `sigma`; [`MetricError::InvalidBandwidth`].
pub fn log_likelihood(
    team: &Team<'_>,
    samples: &Samples<'_>,
    points: &Samples<'_>,
    sigmas: &[f64],
) -> Result<LogLikelihood, MetricError> {
    samples.check_dim("points", points.dim())?;
    if sigmas.is_empty() {
        return Err(MetricError::Empty { what: "sigmas" });
    }
    if let Some(&sigma) = sigmas.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
        return Err(MetricError::InvalidBandwidth { sigma });
    }
    let space = Space::around(samples, points);
    let centres = space.rows(team, samples, 1.0, |norm| norm as f32);
    let queries = space.rows(team, points, -2.0, |_| 1.0);
    let centres = Rows { values: centres.panels(team), ..centres };
    let largest = |rows: &Rows| rows.norms.iter().copied().fold(0.0, f64::max);
    let error = ERROR * (largest(&centres) + largest(&queries));
    // in the units of the space
    let factors = sigmas.iter().map(|s| (space.unit / s).powi(2) / 2.0);
    let (smooth, sharp): (Vec<_>, Vec<_>) = factors.enumerate().partition(|(_, f)| f * error <= TOLERANCE);

    let mut values = vec![Vec::new(); sigmas.len()];
    let factors: Vec<f64> = smooth.iter().map(|s| s.1).collect();
    if !smooth.is_empty() {
        let sums = by_products(team, &centres, &queries, &factors);
        for (i, &(s, _)) in smooth.iter().enumerate() {
            values[s] = sums.iter().skip(i).step_by(smooth.len()).copied().collect();
        }
    }
    for (s, _) in sharp {
        values[s] = by_differences(team, samples, points, sigmas[s]);
    }
    for (values, sigma) in values.iter_mut().zip(sigmas) {
        let constant = (samples.n() as f64).ln() + samples.dim() as f64 * (sigma * std::f64::consts::TAU.sqrt()).ln();
        values.iter_mut().for_each(|v| *v -= constant);
    }
    Ok(LogLikelihood { sigmas: sigmas.to_vec(), values })
}

/// `log sum_i exp(-f |x - s_i|^2)` for every point and factor `f`, `[points, factors]`.
fn by_products(team: &Team<'_>, centres: &Rows, queries: &Rows, factors: &[f64]) -> Vec<f64> {
    let (n, count) = (queries.norms.len(), factors.len());
    // enough pieces for many threads; how points are cut does not depend on the team
    let block = n.div_ceil(64).next_multiple_of(if n > 16 * TILES { TILES } else { 16 }).min(MOST_POINTS);
    let mut sums = vec![0.0; n * count];
    team.chunks(&mut sums, block * count, |b, sums| {
        let rows = &queries.values[b * block * queries.width..][..sums.len() / count * queries.width];
        window_sums(centres, rows, factors, sums);
        for (sums, norm) in sums.chunks_exact_mut(count).zip(&queries.norms[b * block..]) {
            sums.iter_mut().zip(factors).for_each(|(s, f)| *s -= norm * f);
        }
    });
    sums
}

/// `log sum_i exp(-|x - s_i|^2 / (2 sigma^2))` for every point, as the formula has it.
fn by_differences(team: &Team<'_>, samples: &Samples<'_>, points: &Samples<'_>, sigma: f64) -> Vec<f64> {
    let mut out = vec![0.0; points.n()];
    team.chunks(&mut out, 1, |i, out| {
        let x = points.row(i);
        let half = |s: &[f32]| s.iter().zip(x).map(|(&s, &x)| ((f64::from(x) - f64::from(s)) / sigma).powi(2)).sum::<f64>() / 2.0;
        let exponents: Vec<f64> = samples.rows().map(half).collect();
        let least = exponents.iter().copied().fold(f64::INFINITY, f64::min);
        // a distance beyond all numbers has no likelihood
        let sum: f64 = if least.is_finite() { exponents.iter().map(|e| (least - e).exp()).sum() } else { 1.0 };
        out[0] = sum.ln() - least;
    });
    out
}

/// The `sigma` of the grid under which the validation points are likeliest; the first of equals.
///
/// # Errors
/// As [`log_likelihood`].
pub fn choose_sigma(
    team: &Team<'_>,
    samples: &Samples<'_>,
    validation: &Samples<'_>,
    grid: &[f64],
) -> Result<Bandwidth, MetricError> {
    let found = log_likelihood(team, samples, validation, grid)?;
    let tried: Vec<(f64, f64)> = grid.iter().enumerate().map(|(s, &sigma)| (sigma, found.mean(s))).collect();
    let best = tried.iter().rev().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    let sigma = best.map_or(f64::NAN, |b| b.0);
    let at_edge = grid.iter().all(|s| *s >= sigma) || grid.iter().all(|s| *s <= sigma);
    Ok(Bandwidth { sigma, at_edge, tried })
}

/// The whole protocol: [`choose_sigma`] on the validation points, then the mean over the test points and its standard error.
///
/// In the published experiments there are 10,000 samples and 10,000 test images, the bandwidths are [`GRID`], and the
/// validation points are the first 1,000 of the validation images.
///
/// # Errors
/// As [`log_likelihood`].
pub fn estimate(
    team: &Team<'_>,
    samples: &Samples<'_>,
    validation: &Samples<'_>,
    test: &Samples<'_>,
    grid: &[f64],
) -> Result<Estimate, MetricError> {
    let bandwidth = choose_sigma(team, samples, validation, grid)?;
    let found = log_likelihood(team, samples, test, &[bandwidth.sigma])?;
    Ok(Estimate {
        mean: found.mean(0),
        standard_error: found.standard_error(0),
        bandwidth,
        samples: samples.n(),
        points: test.n(),
    })
}

/// Coordinates in which distances are computed: the samples' mean is the origin, the largest value is below 2.
struct Space {
    origin: Vec<f64>,
    /// A power of two, so that nothing is rounded.
    unit: f64,
}

/// Rows `[f x', g(|x'|^2)]` of `dim + 1` numbers, and `|x'|^2`, for the coordinates `x'` of some data.
struct Rows {
    values: Vec<f32>,
    width: usize,
    norms: Vec<f64>,
}

impl Space {
    fn around(samples: &Samples<'_>, points: &Samples<'_>) -> Self {
        let mut origin = vec![0.0; samples.dim()];
        for row in samples.rows() {
            origin.iter_mut().zip(row).for_each(|(o, &x)| *o += f64::from(x));
        }
        origin.iter_mut().for_each(|o| *o /= samples.n() as f64);
        let farthest = samples
            .rows()
            .chain(points.rows())
            .fold(0.0, |most: f64, row| row.iter().zip(&origin).fold(most, |most, (&x, o)| most.max((f64::from(x) - o).abs())));
        let unit = if farthest > 0.0 { farthest.log2().floor().exp2() } else { 1.0 };
        Self { origin, unit }
    }

    fn rows(&self, team: &Team<'_>, data: &Samples<'_>, factor: f32, last: impl Fn(f64) -> f32 + Sync) -> Rows {
        let (dim, width) = (data.dim(), data.dim() + 1);
        let mut values = vec![0.0; data.n() * width];
        let mut norms = vec![0.0; data.n()];
        let block = 64;
        team.chunks2((&mut values, block * width), (&mut norms, block), |b, values, norms| {
            for (r, (out, norm)) in values.chunks_exact_mut(width).zip(norms).enumerate() {
                let row = data.row(b * block + r);
                for ((out, &x), o) in out.iter_mut().zip(row).zip(&self.origin) {
                    let x = ((f64::from(x) - o) / self.unit) as f32;
                    *norm += f64::from(x).powi(2);
                    *out = factor * x;
                }
                out[dim] = last(*norm);
            }
        });
        Rows { values, width, norms }
    }
}

impl Rows {
    /// The rows as columns of a matrix `[dim + 1, rows]` that is stored as panels, the order in which products read it: each of many products
    /// would have to copy them.
    fn panels(&self, team: &Team<'_>) -> Vec<f32> {
        let (mut out, width) = (vec![0.0; self.values.len()], self.width);
        team.chunks(&mut out, panels::WIDTH * width, |b, panel| {
            let rows = &self.values[b * panels::WIDTH * width..][..panel.len()];
            let columns = panel.len() / width;
            // some terms at a time, so that they stay in cache until all rows have been there
            for first in (0..width).step_by(32) {
                for (j, row) in rows.chunks_exact(width).enumerate() {
                    for p in first..(first + 32).min(width) {
                        panel[p * columns + j] = row[p];
                    }
                }
            }
        });
        out
    }
}

/// For every query and factor `f`: `log sum_i exp(-f t_i)` with `t_i = |s_i|^2 - 2 x.s_i`. The centres are stored as panels.
fn window_sums(centres: &Rows, queries: &[f32], factors: &[f64], out: &mut [f64]) {
    let (width, count, n) = (centres.width, factors.len(), queries.len() / centres.width);
    let team = Team::serial();
    let mut distances = vec![0f32; n * SAMPLES];
    let mut least = vec![f64::INFINITY; n];
    out.fill(0.0);
    for block in centres.values.chunks(SAMPLES * width) {
        let m = block.len() / width;
        let distances = &mut distances[..n * m];
        let block = Panels { data: block, rows: width, cols: m, transposed: false };
        gemm(&team, (n, m, width), Matrix::new(queries, width, false), block, distances);
        for ((t, least), sums) in distances.chunks_exact(m).zip(&mut least).zip(out.chunks_exact_mut(count)) {
            let here = fold_all(&team, t, f32::INFINITY, |x| x, Element::minimum);
            let before = *least;
            *least = least.min(f64::from(here));
            for (sum, &f) in sums.iter_mut().zip(factors) {
                // relative to the least so far
                *sum *= if before.is_finite() { (f * (*least - before)).exp() } else { 0.0 };
                let new = exp_sum(team.isa(), t, here, f as f32, DEPTH);
                *sum += f64::from(new) * (f * (*least - f64::from(here))).exp();
            }
        }
    }
    for (sums, least) in out.chunks_exact_mut(count).zip(&least) {
        sums.iter_mut().zip(factors).for_each(|(s, f)| *s = s.ln() - f * least);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_kernels::random::{Key, uniform};
    use gan_kernels::{Isa, Pool};

    fn numbers(n: usize, seed: u64) -> Vec<f32> {
        let mut x = vec![0f32; n];
        uniform(&Team::serial(), Key { seed, draw: 0, stream: 0 }, n, (0.0, 1.0), &mut x);
        x
    }

    #[test]
    fn products_agree_with_differences() {
        // sizes around the blocks; far from the origin; on every instruction set and any number of threads
        for (m, n, dim, shift) in [(1, 1, 1, 0.0), (513, 17, 3, 0.0), (1200, 70, 64, 50.0), (300, 40, 784, -1.0)] {
            let near: Vec<f32> = numbers(m * dim, 1).iter().map(|x| x + shift).collect();
            let mut far: Vec<f32> = numbers(n * dim, 2).iter().map(|x| x + shift).collect();
            // one point is a sample
            far[..dim].copy_from_slice(&near[(m - 1) * dim..]);
            let (samples, points) = (Samples::new(&near, dim).unwrap(), Samples::new(&far, dim).unwrap());
            let wanted = GRID.map(|sigma| by_differences(&Team::serial(), &samples, &points, sigma));
            for (isa, threads) in Isa::ALL.into_iter().zip([1, 2, 3]) {
                let found = Pool::with_isa(threads, isa).region(|team| log_likelihood(team, &samples, &points, &GRID)).unwrap();
                for (s, sigma) in GRID.into_iter().enumerate() {
                    let constant = (m as f64).ln() + dim as f64 * (sigma * std::f64::consts::TAU.sqrt()).ln();
                    let error = |(a, b): (&f64, &f64)| (a - (b - constant)).abs();
                    let worst = found.values[s].iter().zip(&wanted[s]).map(error).fold(0.0, f64::max);
                    assert!(worst < 2e-3, "{m} {n} {dim} {sigma}: {worst}");
                    let mean = wanted[s].iter().sum::<f64>() / n as f64 - constant;
                    assert!((found.mean(s) - mean).abs() < 1e-3, "{m} {n} {dim} {sigma}");
                }
            }
        }
    }

    #[test]
    fn the_bits_do_not_depend_on_the_threads() {
        let (near, far) = (numbers(600 * 50, 1), numbers(300 * 50, 2));
        let (samples, points) = (Samples::new(&near, 50).unwrap(), Samples::new(&far, 50).unwrap());
        let found = |t| Pool::new(t).region(|team| log_likelihood(team, &samples, &points, &[1e-4, 0.2, 1.0])).unwrap();
        assert!(found(1) == found(3));
    }

    #[test]
    fn extremes() {
        let found = |values: [f32; 3], sigma: f64| {
            let samples = Samples::new(&values, 1).unwrap();
            log_likelihood(&Team::serial(), &samples, &samples, &[sigma]).unwrap().values.remove(0)
        };
        // each point is a sample and sees its own window alone, or all three as one
        let own = |sigma: f64, share: f64| -(sigma * std::f64::consts::TAU.sqrt()).ln() + share.ln();
        let third = 1.0 / 3.0;
        for (values, sigma, share) in [
            ([0.0, 3e38, -3e38], 1e-3, third),
            ([0.0, 3e38, -3e38], 1e30, third),
            ([1e-38, 2e-38, 0.0], 1e30, 1.0),
            ([5.0; 3], 1e-300, 1.0),
        ] {
            for v in found(values, sigma) {
                assert!((v - own(sigma, share)).abs() < 1e-6, "{values:?} {sigma}: {v}");
            }
        }
        let beyond =
            log_likelihood(&Team::serial(), &Samples::new(&[0.0], 1).unwrap(), &Samples::new(&[1.0], 1).unwrap(), &[1e-300]);
        assert_eq!(beyond.unwrap().values, [[f64::NEG_INFINITY]]);
    }

    #[test]
    fn the_protocol() {
        let (near, validation) = (numbers(400 * 8, 1), numbers(50 * 8, 2));
        let (samples, points) = (Samples::new(&near, 8).unwrap(), Samples::new(&validation, 8).unwrap());
        let team = Team::serial();
        let chosen = choose_sigma(&team, &samples, &points, &GRID).unwrap();
        let best = chosen.tried.iter().map(|t| t.1).fold(f64::NEG_INFINITY, f64::max);
        assert!(!chosen.at_edge && chosen.tried.contains(&(chosen.sigma, best)));
        assert!(choose_sigma(&team, &samples, &points, &GRID[6..]).unwrap().at_edge);
        let found = estimate(&team, &samples, &points, &points, &GRID).unwrap();
        let values = log_likelihood(&team, &samples, &points, &[chosen.sigma]).unwrap().values.remove(0);
        let deviation = (values.iter().map(|v| (v - best).powi(2)).sum::<f64>() / 50.0).sqrt();
        assert!((found.mean - best).abs() < 1e-6 && (found.standard_error - deviation / 50f64.sqrt()).abs() < 1e-6);
        assert_eq!((found.samples, found.points), (400, 50));
    }

    #[test]
    fn names_what_is_wrong() {
        let line = Samples::new(&[0.0, 1.0], 1).unwrap();
        let plane = Samples::new(&[0.0, 1.0], 2).unwrap();
        let team = Team::serial();
        let mismatch = MetricError::DimensionMismatch { what: "points", expected: 1, found: 2 };
        assert_eq!(log_likelihood(&team, &line, &plane, &[1.0]), Err(mismatch));
        assert_eq!(log_likelihood(&team, &line, &line, &[]), Err(MetricError::Empty { what: "sigmas" }));
        for sigma in [0.0, -1.0, f64::INFINITY, f64::NAN] {
            let fault = log_likelihood(&team, &line, &line, &[1.0, sigma]).unwrap_err();
            assert!(matches!(fault, MetricError::InvalidBandwidth { .. }), "{fault}");
        }
    }
}
