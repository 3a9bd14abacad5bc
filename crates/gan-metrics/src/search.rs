//! The exact nearest row by squared L2 distance, at the speed of a matrix product.
//!
//! `|q - r|^2 = |q|^2 - 2 q.r + |r|^2` turns the search into a product, but in f32 the three terms cancel and
//! may rank close rows wrongly. So the product only excludes: rows whose distance, less a rigorous bound of the
//! rounding error, exceeds the best distance plus its bound. The few rows that remain are measured in f64 from
//! the differences. The result is therefore the exact one, whatever the blocks, threads or instruction set.

use nalgebra::{DMatrix, DMatrixView};
use rayon::prelude::*;

use crate::{Neighbour, Samples};

/// Reference rows in one product: with 784 values each, about what the second-level cache holds.
const REFERENCE_BLOCK: usize = 512;
/// Most queries in one product; each product packs its reference rows anew, so more are cheaper.
const MOST_QUERIES: usize = 128;
/// Candidates of a query that are kept before they are measured.
const MOST_CANDIDATES: usize = 1024;
/// Unit roundoff of f32.
const ROUNDOFF: f64 = 1.0 / (1_u32 << 24) as f64;

/// The nearest reference row of each query, the lowest index among equals.
///
/// `excluded[i]` is a reference row that query `i` may not have. The dimensions must agree, and at least one
/// row must be left for each query.
pub(crate) fn nearest_rows(queries: &Samples<'_>, reference: &Samples<'_>, excluded: Option<&[usize]>) -> Vec<Neighbour> {
    let blocks: Vec<Block<'_>> =
        reference.values().par_chunks(REFERENCE_BLOCK * reference.dim()).map(|rows| Block::new(rows, reference.dim())).collect();
    // Enough tasks for every thread; the result does not depend on how the queries are cut.
    let tasks = 4 * rayon::current_num_threads();
    let queries_a_task = queries.n().div_ceil(tasks).clamp(16, MOST_QUERIES);
    queries
        .values()
        .par_chunks(queries_a_task * queries.dim())
        .enumerate()
        .flat_map_iter(|(task, rows)| {
            let first = task * queries_a_task;
            let excluded = excluded.map(|e| &e[first..first + rows.len() / queries.dim()]);
            search(rows, reference, &blocks, excluded)
        })
        .collect()
}

/// Consecutive reference rows.
struct Block<'a> {
    rows: &'a [f32],
    /// `|r|^2` of each row, computed in f64.
    norms: Vec<f32>,
    largest_norm: f64,
}

impl<'a> Block<'a> {
    fn new(rows: &'a [f32], dim: usize) -> Self {
        let exact: Vec<f64> = rows.chunks_exact(dim).map(squared_norm).collect();
        let largest_norm = exact.iter().copied().fold(0.0, f64::max);
        Self { rows, norms: exact.iter().map(|&n| n as f32).collect(), largest_norm }
    }

    /// `|r|^2 - 2 q.r` for every query and row, `[queries, rows]`, and its least value for each query.
    ///
    /// `queries` is `[queries, dim]`: an owned transposition, as nalgebra 0.35.0 reads strided columns past
    /// their end in small products (`axcpy_uninit`).
    fn score(&self, queries: &DMatrix<f32>, excluded: impl Iterator<Item = (usize, usize)>, out: &mut Scores) {
        let rows = DMatrixView::from_slice(self.rows, queries.ncols(), self.norms.len());
        out.all.resize_mut(queries.nrows(), self.norms.len(), 0.0);
        out.all.gemm(-2.0, queries, &rows, 0.0);
        for (query, row) in excluded {
            out.all[(query, row)] = f32::INFINITY;
        }
        out.least.clear();
        out.least.resize(queries.nrows(), f32::INFINITY);
        for (mut column, &norm) in out.all.column_iter_mut().zip(&self.norms) {
            for (score, least) in column.as_mut_slice().iter_mut().zip(&mut out.least) {
                *score += norm;
                *least = if *score < *least { *score } else { *least };
            }
        }
    }
}

/// Bound of the error of `|r|^2 - 2 q.r` in f32 for rows of `dim` values, with `scale` at least `|q|^2 + |r|^2` and any further terms that
/// are added.
///
/// A sum of `d` products in any order, fused or not, errs by at most `d u / (1 - d u) |q| |r|` (Higham 2002,
/// section 3.1), and `2 |q| |r| <= |q|^2 + |r|^2`; rounding the norms and the last additions adds less than 8 u.
/// The last term covers products that underflow. Infinite where f32 could overflow.
pub(crate) fn error_bound(dim: usize, scale: f64) -> f64 {
    let steps = (dim as f64 + 12.0) * ROUNDOFF;
    if scale > 1e37 || steps > 0.05 {
        return f64::INFINITY;
    }
    1.1 * steps * scale + dim as f64 * f64::from(f32::MIN_POSITIVE)
}

/// Scores of one block of reference rows, for all queries of a task.
struct Scores {
    all: DMatrix<f32>,
    least: Vec<f32>,
}

fn search(rows: &[f32], reference: &Samples<'_>, blocks: &[Block<'_>], excluded: Option<&[usize]>) -> Vec<Neighbour> {
    let dim = reference.dim();
    let queries = DMatrix::from_row_slice(rows.len() / dim, dim, rows);
    let mut scores = Scores { all: DMatrix::zeros(0, 0), least: Vec::new() };
    let mut states: Vec<Candidates<'_>> =
        rows.chunks_exact(dim).enumerate().map(|(i, query)| Candidates::new(query, excluded.map(|e| e[i]))).collect();
    let mut first = 0;
    for block in blocks {
        let range = first..first + block.norms.len();
        let own_rows = states
            .iter()
            .enumerate()
            .filter_map(|(query, state)| state.excluded.filter(|row| range.contains(row)).map(|row| (query, row - range.start)));
        block.score(&queries, own_rows, &mut scores);
        for (query, state) in states.iter_mut().enumerate() {
            state.visit(first, block, scores.least[query], scores.all.row(query).iter(), reference);
        }
        first = range.end;
    }
    states.into_iter().map(|state| state.finish(reference)).collect()
}

/// The search of one query: what is known of its nearest row so far.
struct Candidates<'a> {
    query: &'a [f32],
    norm: f64,
    excluded: Option<usize>,
    /// Upper bound of the least `|r|^2 - 2 q.r`.
    upper: f64,
    /// Rows not yet measured, ascending, each with a lower bound of its `|r|^2 - 2 q.r`.
    open: Vec<(usize, f64)>,
    best: Option<Neighbour>,
}

impl<'a> Candidates<'a> {
    fn new(query: &'a [f32], excluded: Option<usize>) -> Self {
        let norm = squared_norm(query);
        Self { query, norm, excluded, upper: f64::INFINITY, open: Vec::new(), best: None }
    }

    /// Takes up the rows of a block that may be nearest, from their scores and the least of them.
    fn visit<'s>(
        &mut self,
        first: usize,
        block: &Block<'_>,
        least: f32,
        scores: impl Iterator<Item = &'s f32>,
        reference: &Samples<'_>,
    ) {
        let bound = error_bound(self.query.len(), self.norm + block.largest_norm);
        if bound.is_finite() {
            if f64::from(least) - bound > self.upper {
                return;
            }
            self.upper = self.upper.min(f64::from(least) + bound);
        }
        for (row, &score) in (first..).zip(scores) {
            // Without a bound the score says nothing, and may be NaN.
            let lower = if bound.is_finite() { f64::from(score) - bound } else { f64::NEG_INFINITY };
            if lower <= self.upper && self.excluded != Some(row) {
                self.open.push((row, lower));
                if self.open.len() == MOST_CANDIDATES {
                    self.measure(reference);
                }
            }
        }
    }

    /// Measures the open rows that can still be nearest.
    fn measure(&mut self, reference: &Samples<'_>) {
        for (index, lower) in self.open.drain(..) {
            // Rows come in ascending order, so an earlier one at the same distance stays: nothing beats 0.
            if lower > self.upper || self.best.is_some_and(|best| best.squared_distance == 0.0) {
                continue;
            }
            let squared_distance = squared_distance(self.query, reference.row(index));
            if self.best.is_none_or(|best| squared_distance < best.squared_distance) {
                self.best = Some(Neighbour { index, squared_distance });
                // The slack covers the rounding of the f64 sums, however long the rows.
                let slack = (self.query.len() as f64 + 8.0) * f64::EPSILON * (squared_distance + self.norm);
                self.upper = self.upper.min(squared_distance - self.norm + slack);
            }
        }
    }

    fn finish(mut self, reference: &Samples<'_>) -> Neighbour {
        self.measure(reference);
        self.best.expect("the caller leaves at least one row for each query")
    }
}

pub(crate) fn squared_norm(row: &[f32]) -> f64 {
    lane_sum(row.len(), |i| f64::from(row[i]).powi(2))
}

/// `|a - b|^2` in f64, in a fixed order.
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let b = &b[..a.len()];
    lane_sum(a.len(), |i| (f64::from(a[i]) - f64::from(b[i])).powi(2))
}

/// Sum of `n` terms in eight interleaved partial sums, always in the same order.
pub(crate) fn lane_sum(n: usize, term: impl Fn(usize) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let whole = n - n % 8;
    for start in (0..whole).step_by(8) {
        for (lane, sum) in lanes.iter_mut().enumerate() {
            *sum += term(start + lane);
        }
    }
    let rest: f64 = (whole..n).map(term).sum();
    lanes.iter().sum::<f64>() + rest
}
