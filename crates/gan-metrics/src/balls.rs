//! Balls around samples that reach to their k-th neighbour: the manifold estimate of Kynkaanniemi et al. 2019 and Naeem et al. 2020.
//!
//! As in [`search`](crate::search) a product in f32 decides all pairs but those that its rounding error leaves open, and these are measured
//! in f64 from the differences: the results are exact. A pass over `n` points and `m` centres of `d` values takes `2 n m d` operations.

use nalgebra::{DMatrix, DMatrixView};
use rayon::prelude::*;

use crate::search::{error_bound, squared_distance, squared_norm};
use crate::{MetricError, Samples};

/// Centres in one product.
const CENTRES: usize = 512;
/// Points in one product.
const POINTS: usize = 128;
/// Open centres of a point that are kept before they are measured.
const MOST_OPEN: usize = 1024;

/// The closed ball around each centre that reaches to its `k`-th nearest other one.
pub(crate) struct Balls<'a> {
    centres: Samples<'a>,
    blocks: Vec<Block>,
    squared_radii: Vec<f64>,
}

impl<'a> Balls<'a> {
    /// # Errors
    /// [`MetricError::InvalidOption`] for `k = 0`, [`MetricError::TooFew`] for at most `k` centres, which are called `what`.
    pub(crate) fn new(metric: &'static str, what: &'static str, centres: &Samples<'a>, k: usize) -> Result<Self, MetricError> {
        if k == 0 {
            return Err(MetricError::InvalidOption { option: "k", expected: "at least 1 neighbour", found: 0.0 });
        }
        centres.check_count(metric, what, k.saturating_add(1))?;
        let size = CENTRES * centres.dim();
        let blocks: Vec<Block> = centres.values().par_chunks(size).map(|rows| Block::new(rows, centres.dim())).collect();
        let squared_radii = tasks(centres, |first, points| reaches(first, points, centres, &blocks, k));
        Ok(Self { centres: *centres, blocks, squared_radii })
    }

    /// Squared radius of each ball.
    pub(crate) fn squared_radii(&self) -> &[f64] {
        &self.squared_radii
    }

    /// For each point the number of balls that hold it.
    pub(crate) fn holding(&self, points: &Samples<'_>) -> Vec<usize> {
        tasks(points, |_, points| self.count(points))
    }

    /// For each centre the number of balls of other centres that hold it.
    ///
    /// It is more than 0 exactly if the centre, left out, lies in a ball of the others: leaving it out enlarges the balls of the centres
    /// whose `k` nearest it is among, which hold it before and after, and changes no other.
    pub(crate) fn holding_others(&self) -> Vec<usize> {
        // a ball holds its own centre
        self.holding(&self.centres).into_iter().map(|count| count - 1).collect()
    }

    fn count(&self, points: &[f32]) -> Vec<usize> {
        let dim = self.centres.dim();
        let queries = DMatrixView::from_slice(points, dim, points.len() / dim);
        let norms: Vec<f64> = points.chunks_exact(dim).map(squared_norm).collect();
        let mut counts = vec![0; norms.len()];
        let mut products = DMatrix::zeros(0, 0);
        let mut first = 0;
        for block in &self.blocks {
            let radii = &self.squared_radii[first..first + block.norms.len()];
            let largest = radii.iter().copied().fold(0.0, f64::max);
            // |r|^2 - 2 q.r is to be at most this, less |q|^2
            let limits: Vec<f32> = radii.iter().zip(&block.norms).map(|(radius, norm)| (radius - norm) as f32).collect();
            block.multiply(&queries, &mut products);
            for (i, (count, norm)) in counts.iter_mut().zip(&norms).enumerate() {
                let column = products.column(i);
                let (scores, bound) = (column.as_slice(), error_bound(dim, norm + block.largest_norm + largest));
                let exact = |row: usize| {
                    let centre = self.centres.row(first + row);
                    squared_distance(&points[i * dim..(i + 1) * dim], centre) <= radii[row]
                };
                if !bound.is_finite() {
                    *count += (0..radii.len()).filter(|&row| exact(row)).count();
                    continue;
                }
                let (sure, possible) = ((-norm - bound) as f32, (bound - norm) as f32);
                let below = |limit: f32| scores.iter().zip(&limits).map(|(s, l)| u32::from(s - l < limit)).sum::<u32>();
                let inside = below(sure);
                *count += inside as usize;
                if below(possible) != inside {
                    let open = |row: &usize| (sure..possible).contains(&(scores[*row] - limits[*row]));
                    *count += (0..radii.len()).filter(open).filter(|&row| exact(row)).count();
                }
            }
            first += radii.len();
        }
        counts
    }
}

/// Results for every point, computed for some of them at a time from the number of the first one and their values.
fn tasks<T: Send>(points: &Samples<'_>, f: impl Fn(usize, &[f32]) -> Vec<T> + Sync) -> Vec<T> {
    let size = points.n().div_ceil(4 * rayon::current_num_threads()).clamp(16, POINTS);
    points.values().par_chunks(size * points.dim()).enumerate().flat_map_iter(|(task, rows)| f(task * size, rows)).collect()
}

/// Consecutive centres.
struct Block {
    /// `[centres, dim]`, column-major.
    rows: DMatrix<f32>,
    norms: Vec<f64>,
    largest_norm: f64,
}

impl Block {
    fn new(rows: &[f32], dim: usize) -> Self {
        let norms: Vec<f64> = rows.chunks_exact(dim).map(squared_norm).collect();
        let largest_norm = norms.iter().copied().fold(0.0, f64::max);
        Self { rows: DMatrix::from_row_slice(norms.len(), dim, rows), norms, largest_norm }
    }

    /// `-2 q.r`, `[centres, queries]`: a column for each query.
    fn multiply(&self, queries: &DMatrixView<'_, f32>, out: &mut DMatrix<f32>) {
        out.resize_mut(self.rows.nrows(), queries.ncols(), 0.0);
        out.gemm(-2.0, &self.rows, queries, 0.0);
    }
}

/// Squared distance of each point, row `first` and following of the centres, from its `k`-th nearest other centre.
fn reaches(first: usize, points: &[f32], centres: &Samples<'_>, blocks: &[Block], k: usize) -> Vec<f64> {
    let dim = centres.dim();
    let queries = DMatrixView::from_slice(points, dim, points.len() / dim);
    let mut states: Vec<Nearest<'_>> =
        points.chunks_exact(dim).enumerate().map(|(i, point)| Nearest::new(point, first + i, k)).collect();
    let mut products = DMatrix::zeros(0, 0);
    let mut start = 0;
    for block in blocks {
        block.multiply(&queries, &mut products);
        for (i, state) in states.iter_mut().enumerate() {
            state.visit(start, block, products.column(i).as_slice(), centres);
        }
        start += block.norms.len();
    }
    states.into_iter().map(|state| state.finish(centres)).collect()
}

/// The search for the `k` nearest centres of one point.
struct Nearest<'a> {
    point: &'a [f32],
    norm: f64,
    own: usize,
    /// Upper bounds of the `k` least `|r|^2 - 2 q.r`.
    upper: Least,
    /// The `k` least squared distances of those that were measured.
    measured: Least,
    /// Centres not yet measured, with a lower bound of `|r|^2 - 2 q.r`.
    open: Vec<(usize, f64)>,
}

impl<'a> Nearest<'a> {
    fn new(point: &'a [f32], own: usize, k: usize) -> Self {
        Self { point, norm: squared_norm(point), own, upper: Least::new(k), measured: Least::new(k), open: Vec::new() }
    }

    fn visit(&mut self, first: usize, block: &Block, products: &[f32], centres: &Samples<'_>) {
        let bound = error_bound(self.point.len(), self.norm + block.largest_norm);
        for (i, (&product, norm)) in products.iter().zip(&block.norms).enumerate() {
            let (row, score) = (first + i, f64::from(product) + norm);
            // without a bound the score says nothing, and may be NaN
            let lower = if bound.is_finite() { score - bound } else { f64::NEG_INFINITY };
            if lower > self.limit() || row == self.own {
                continue;
            }
            if bound.is_finite() {
                self.upper.insert(score + bound);
            }
            self.open.push((row, lower));
            if self.open.len() == MOST_OPEN {
                self.measure(centres);
            }
        }
    }

    /// What `|r|^2 - 2 q.r` may be at most for one of the `k` nearest.
    fn limit(&self) -> f64 {
        let distance = self.measured.largest();
        let slack = (self.point.len() as f64 + 8.0) * f64::EPSILON * (distance + self.norm);
        self.upper.largest().min(distance - self.norm + slack)
    }

    fn measure(&mut self, centres: &Samples<'_>) {
        for (row, lower) in std::mem::take(&mut self.open) {
            if lower <= self.limit() {
                self.measured.insert(squared_distance(self.point, centres.row(row)));
            }
        }
    }

    fn finish(mut self, centres: &Samples<'_>) -> f64 {
        self.measure(centres);
        self.measured.largest()
    }
}

/// The `k` least of some numbers, ascending.
struct Least {
    values: Vec<f64>,
    k: usize,
}

impl Least {
    fn new(k: usize) -> Self {
        Self { values: Vec::new(), k }
    }

    fn insert(&mut self, value: f64) {
        if value < self.largest() {
            self.values.truncate(self.k - 1);
            self.values.insert(self.values.partition_point(|v| *v <= value), value);
        }
    }

    /// The `k`-th least; infinite while there are fewer.
    fn largest(&self) -> f64 {
        if self.values.len() < self.k { f64::INFINITY } else { self.values[self.k - 1] }
    }
}

#[cfg(test)]
mod tests {
    use gan_kernels::{Team, random};

    use super::*;

    fn uniform(seed: u64, n: usize, dim: usize, steps: f32, scale: f32, shift: f32) -> Vec<f32> {
        let mut values = vec![0.0_f32; n * dim];
        let key = random::Key { seed, draw: 0, stream: 0 };
        random::uniform(&Team::serial(), key, dim, (0.0, 1.0), &mut values);
        values.iter_mut().for_each(|v| *v = if steps > 0.0 { (*v * steps).floor() } else { *v } * scale + shift);
        values
    }

    fn check(centres: &[f32], points: &[f32], dim: usize, k: usize) {
        let (centres, points) = (Samples::new(centres, dim).unwrap(), Samples::new(points, dim).unwrap());
        let radius = |i: usize| {
            let others = centres.rows().enumerate().filter(|(j, _)| *j != i);
            let mut all: Vec<f64> = others.map(|(_, other)| squared_distance(centres.row(i), other)).collect();
            all.sort_by(f64::total_cmp);
            all[k - 1]
        };
        let radii: Vec<f64> = (0..centres.n()).map(radius).collect();
        let found = Balls::new("test", "centres", &centres, k).unwrap();
        assert_eq!(found.squared_radii(), radii, "{dim} {k}");
        let naive = |point: &[f32]| centres.rows().zip(&radii).filter(|(c, r)| squared_distance(point, c) <= **r).count();
        assert_eq!(found.holding(&points), points.rows().map(naive).collect::<Vec<_>>(), "{dim} {k}");
    }

    #[test]
    fn agrees_with_naive_code() {
        for (dim, n, m, k) in [(1, 300, 1100, 3), (2, 200, 700, 1), (7, 90, 513, 5), (64, 50, 600, 40)] {
            check(&uniform(1, m, dim, 0.0, 1.0, 0.0), &uniform(2, n, dim, 0.0, 1.0, 0.0), dim, k);
        }
    }

    /// Ties, offsets that leave f32 no correct digit, squares beyond f32.
    #[test]
    fn hard_data_do_not_confuse_it() {
        for (steps, scale, shift) in [(4.0, 1.0, 0.0), (0.0, 1.0, 4096.0), (0.0, 1e18, 0.0), (0.0, 1e37, 0.0), (0.0, 1e-30, 0.0)]
        {
            check(&uniform(3, 600, 3, steps, scale, shift), &uniform(4, 100, 3, steps, scale, shift), 3, 3);
        }
        // more copies than are kept open
        check(&vec![0.25; 2 * 2100], &[0.25, 0.25, 0.25, 0.5], 2, 3);
    }

    /// Against the definition: each centre is left out in turn.
    #[test]
    fn left_out_centres() {
        let (n, dim, k) = (60, 2, 3);
        let values = uniform(5, n, dim, 0.0, 1.0, 0.0);
        let all = Samples::new(&values, dim).unwrap();
        let found: Vec<bool> = Balls::new("test", "", &all, k).unwrap().holding_others().iter().map(|c| *c > 0).collect();
        for (i, covered) in found.into_iter().enumerate() {
            let others: Vec<f32> = all.rows().enumerate().filter(|(j, _)| *j != i).flat_map(|(_, row)| row).copied().collect();
            let balls = Balls::new("test", "", &Samples::new(&others, dim).unwrap(), k).unwrap();
            assert_eq!(covered, balls.holding(&Samples::new(all.row(i), dim).unwrap())[0] > 0, "{i}");
        }
    }

    #[test]
    fn names_what_is_wrong() {
        let three = Samples::new(&[0.0, 1.0, 2.0], 1).unwrap();
        let run = |k| Balls::new("m", "real samples", &three, k).err();
        assert_eq!(run(3), Some(MetricError::TooFew { metric: "m", what: "real samples", needed: 4, found: 3 }));
        assert!(matches!(run(0), Some(MetricError::InvalidOption { option: "k", .. })));
        assert!(matches!(run(usize::MAX), Some(MetricError::TooFew { .. })));
    }
}
