//! A sum of products as one product, and the sums of the right operands' columns as one more row of it.
//!
//! `sum over s of a_s b_s` has the terms of all: `[a_1 a_2 ..] [b_1; b_2; ..]`. A row of ones below the left operand makes a row of the
//! product that is the sum over the right operand's terms, which for `x^T g` is the gradient of a bias.

use std::ops::Range;

use super::Matrix;
use super::micro::PANEL;
use super::operand::{Block, Heights, Left, Right, copy_columns};
use crate::{Element, Isa};

/// One of several products that are summed.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a, E> {
    /// Number of terms.
    pub k: usize,
    /// The left operand `[m, k]`.
    pub a: Matrix<'a, E>,
    /// The right operand `[k, n]`.
    pub b: Matrix<'a, E>,
    /// Whether the sums of the right operand's columns are wanted.
    pub sums: bool,
}

/// Both operands of the sum of the products.
pub(super) struct Joined<'a, E> {
    products: &'a [Product<'a, E>],
    /// Rows of the left operands; a row of ones or zeros is below them if there are sums.
    m: usize,
}

/// Terms that lie in one product: its number, the first of its terms, how many, and where they begin among all that are asked for.
struct Run {
    product: usize,
    first: usize,
    len: usize,
    at: usize,
}

impl<'a, E: Element> Joined<'a, E> {
    pub fn new(products: &'a [Product<'a, E>], m: usize) -> Self {
        Self { products, m }
    }

    /// Number of terms.
    pub fn terms(&self) -> usize {
        self.products.iter().map(|s| s.k).sum()
    }

    /// Whether there is a row of sums.
    pub fn sums(&self) -> bool {
        self.products.iter().any(|s| s.sums)
    }

    /// Terms `p..p + w`, product after product.
    fn runs(&self, p: usize, w: usize) -> impl Iterator<Item = Run> {
        let mut start = 0;
        self.products.iter().enumerate().filter_map(move |(product, s)| {
            let (from, to) = (p.max(start), (p + w).min(start + s.k));
            let run = Run { product, first: from.saturating_sub(start), len: to.saturating_sub(from), at: from - p };
            start += s.k;
            (from < to).then_some(run)
        })
    }

    /// Each term: the operands, and its number among theirs.
    pub fn each_term(&self) -> impl Iterator<Item = (&Matrix<'a, E>, &Matrix<'a, E>, usize)> {
        self.products.iter().flat_map(|s| (0..s.k).map(move |p| (&s.a, &s.b, p)))
    }

    /// The sums of the columns of those right operands of which they are wanted.
    pub fn sum_columns(&self, sums: &mut [E]) {
        sums.fill(E::ZERO);
        for s in self.products.iter().filter(|s| s.sums) {
            for p in 0..s.k {
                sums.iter_mut().enumerate().for_each(|(j, sum)| *sum += s.b.data[p * s.b.row + j * s.b.col]);
            }
        }
    }

    /// The only product.
    fn only(&self) -> Option<&Product<'a, E>> {
        if let [only] = self.products { Some(only) } else { None }
    }
}

impl<E: Element> Left<E> for Joined<'_, E> {
    fn copies(&self) -> bool {
        self.sums() || self.only().is_none_or(|only| only.a.copies())
    }

    fn tallest(&self) -> usize {
        if self.copies() { usize::MAX } else { self.only().map_or(usize::MAX, |only| only.a.tallest()) }
    }

    fn block(&self, isa: Isa, i: usize, tiles: Heights, p: usize, w: usize, to: &mut [E]) -> Block<E> {
        if let Some(only) = self.only().filter(|_| !self.copies()) {
            return only.a.block(isa, i, tiles, p, w, to);
        }
        for run in self.runs(p, w) {
            let Product { a, sums, .. } = &self.products[run.product];
            if a.row == 1 {
                copy_columns(isa, a, (i, tiles), (run.first, run.len), (run.at, w), to);
            }
            for (r, h) in tiles.iter() {
                let to = &mut to[r * w + run.at * h..][..run.len * h];
                let all = if a.row == 1 { self.m.clamp(i + r, i + r + h) } else { i + r };
                for row in all..i + r + h {
                    let to = to.iter_mut().skip(row - i - r).step_by(h);
                    if row == self.m {
                        let one = if *sums { E::ONE } else { E::ZERO };
                        to.for_each(|to| *to = one);
                    } else {
                        to.zip(run.first..).for_each(|(to, p)| *to = a.data[row * a.row + p * a.col]);
                    }
                }
            }
        }
        Block::Tiled
    }
}

impl<E: Element> Right<E> for Joined<'_, E> {
    fn panel(&self, isa: Isa, p: usize, w: usize, j: usize, columns: usize, to: &mut [E]) {
        for run in self.runs(p, w) {
            self.products[run.product].b.panel(isa, run.first, run.len, j, columns, &mut to[run.at * PANEL..]);
        }
    }

    fn in_place(&self, p: usize, j: usize, tiles: usize) -> Option<(*const E, usize)> {
        self.only().and_then(|only| only.b.in_place(p, j, tiles))
    }

    fn prefetch(&self, p: Range<usize>, j: usize) {
        for run in self.runs(p.start, p.len()) {
            self.products[run.product].b.prefetch(run.first..run.first + run.len, j);
        }
    }
}
