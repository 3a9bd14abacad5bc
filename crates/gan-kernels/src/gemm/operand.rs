//! What the two operands of a product look like to the loops over tiles.
//!
//! The left operand is read by rows: in place where its terms lie next to each other, else a block of it is copied.
//! The right operand is copied into panels of [`PANEL`] columns, term by term. Copying is where an operand
//! may be transposed, or be the patches of a picture: the loops know nothing of it.

use std::ops::Range;

use super::micro::PANEL;
use super::{Matrix, transpose};
use crate::{Element, Isa};

/// A block of the left operand as a tile reads it.
#[derive(Clone, Copy)]
pub enum Block<E> {
    /// In place: `(i, p)` lies at `i * rs + p * cs`.
    Strided {
        /// The first row's first term.
        start: *const E,
        /// Distance between rows.
        rs: usize,
        /// Distance between terms.
        cs: usize,
    },
    /// Copied tile after tile: of a tile of `h` rows that starts at row `r`, `(i, p)` lies at `r * terms + p * h + i`.
    Tiled,
    /// Copied row after row: `(i, p)` lies at `i * terms + p`.
    Rows,
}

/// The left operand: rows of terms.
pub trait Left<E: Element>: Sync {
    /// Whether blocks are copied; then a product is cut so that a block is used for as many columns as possible.
    fn copies(&self) -> bool;

    /// Most rows that a tile should read at once.
    fn tallest(&self) -> usize {
        usize::MAX
    }

    /// Rows `i..i + tiles.sum()`, terms `p..p + w`. May copy them into `to`, which holds so many numbers; `tiles` are the heights
    /// of the tiles that will read them, one after the other.
    fn block(&self, isa: Isa, i: usize, tiles: Heights, p: usize, w: usize, to: &mut [E]) -> Block<E>;
}

/// `rows` rows cut into tiles of nearly equal height.
#[derive(Clone, Copy)]
pub struct Heights {
    rows: usize,
    tiles: usize,
}

impl Heights {
    pub(crate) fn new(rows: usize, most: usize) -> Self {
        Self { rows, tiles: rows.div_ceil(most) }
    }
    /// Number of rows of all tiles.
    pub fn rows(&self) -> usize {
        self.rows
    }
    /// First row and height of each tile.
    pub fn iter(self) -> impl Iterator<Item = (usize, usize)> {
        let edge = move |t: usize| t * self.rows / self.tiles;
        (0..self.tiles).map(move |t| (edge(t), edge(t + 1) - edge(t)))
    }
    pub(crate) fn count(self) -> usize {
        self.tiles
    }
}

/// The right operand: terms of columns.
pub trait Right<E: Element>: Sync {
    /// Copies terms `p..p + w` of columns `j..j + columns` (at most [`PANEL`]) to `to`, a term every [`PANEL`] numbers; what lies
    /// beyond `columns` is set to 0 up to the next multiple of 16.
    fn panel(&self, isa: Isa, p: usize, w: usize, j: usize, columns: usize, to: &mut [E]);

    /// Where terms `p..` of the [`PANEL`] columns from `j` on lie in place, with the distance of two terms, if columns are
    /// neighbours and so many tiles read them better there than from a copy.
    fn in_place(&self, _p: usize, _j: usize, _tiles: usize) -> Option<(*const E, usize)> {
        None
    }

    /// Asks for the terms `p` of columns `j..j + PANEL`, as far as they exist, to be brought near.
    fn prefetch(&self, _p: Range<usize>, _j: usize) {}
}

impl<E: Element> Left<E> for Matrix<'_, E> {
    fn copies(&self) -> bool {
        self.col != 1
    }

    fn tallest(&self) -> usize {
        // rows a multiple of 2048 bytes apart fall into the same few sets of the first-level cache
        if self.col == 1 && self.row >= 512 && (self.row * size_of::<E>()).is_multiple_of(2048) { 7 } else { usize::MAX }
    }

    fn block(&self, isa: Isa, i: usize, tiles: Heights, p: usize, w: usize, to: &mut [E]) -> Block<E> {
        let at = i * self.row + p * self.col;
        if self.col == 1 {
            return Block::Strided { start: self.data.as_ptr().wrapping_add(at), rs: self.row, cs: 1 };
        }
        if self.row == 1 {
            copy_columns(isa, self, (i, tiles), (p, w), (0, w), to);
            return Block::Tiled;
        }
        for r in 0..tiles.rows() {
            let from = at + r * self.row;
            for (q, x) in to[r * w..][..w].iter_mut().enumerate() {
                *x = self.data[from + q * self.col];
            }
        }
        Block::Rows
    }
}

simd! {
    /// Copies `w` terms, from term `p` on, of the rows from `i` on to terms `at..` of tiles of `all` terms, as [`Block::Tiled`] says. Rows
    /// lie next to each other; what a tile holds below the last one is undefined.
    pub(super) fn copy_columns[E: Element](
        m: &Matrix<'_, E>,
        rows: (usize, Heights),
        terms: (usize, usize),
        place: (usize, usize),
        to: &mut [E],
    ) {
        let ((i, tiles), (p, w), (at, all)) = (rows, terms, place);
        // some terms at a time: the lines of their rows are used for all tiles while they are near
        for q in (0..w).step_by(TERMS) {
            for (r, h) in tiles.iter() {
                let to = &mut to[r * all + (at + q) * h..][..h * TERMS.min(w - q)];
                let (i, p) = (i + r, p + q);
                // constant heights are copied with vectors
                match h {
                    14 => copy_height::<E, 14>(m, i, p, to),
                    13 => copy_height::<E, 13>(m, i, p, to),
                    12 => copy_height::<E, 12>(m, i, p, to),
                    11 => copy_height::<E, 11>(m, i, p, to),
                    10 => copy_height::<E, 10>(m, i, p, to),
                    9 => copy_height::<E, 9>(m, i, p, to),
                    8 => copy_height::<E, 8>(m, i, p, to),
                    7 => copy_height::<E, 7>(m, i, p, to),
                    6 => copy_height::<E, 6>(m, i, p, to),
                    5 => copy_height::<E, 5>(m, i, p, to),
                    4 => copy_height::<E, 4>(m, i, p, to),
                    3 => copy_height::<E, 3>(m, i, p, to),
                    2 => copy_height::<E, 2>(m, i, p, to),
                    _ => copy_height::<E, 1>(m, i, p, to),
                }
            }
        }
    }
}

/// Terms of a transposed operand that are copied at a time.
const TERMS: usize = 16;

#[inline(always)]
fn copy_height<E: Element, const H: usize>(m: &Matrix<'_, E>, i: usize, p: usize, to: &mut [E]) {
    for (q, to) in to.as_chunks_mut::<H>().0.iter_mut().enumerate() {
        let from = &m.data[(p + q) * m.col + i..];
        match from.first_chunk::<H>() {
            Some(from) => *to = *from,
            None => to.iter_mut().zip(from).for_each(|(to, &from)| *to = from),
        }
    }
}

impl<E: Element> Right<E> for Matrix<'_, E> {
    fn panel(&self, isa: Isa, p: usize, w: usize, j: usize, columns: usize, to: &mut [E]) {
        if self.col == 1 {
            copy_rows(isa, self, p, w, j, columns, to);
        } else if self.row == 1 {
            // column j is a run of terms: rows of the transpose
            transpose::panel(isa, &self.data[j * self.col + p..], self.col, columns, w, to);
        } else {
            for q in 0..w {
                let to = &mut to[q * PANEL..][..columns.next_multiple_of(16)];
                to.fill(E::ZERO);
                for (c, x) in to[..columns].iter_mut().enumerate() {
                    *x = self.data[(p + q) * self.row + (j + c) * self.col];
                }
            }
        }
    }

    fn in_place(&self, p: usize, j: usize, tiles: usize) -> Option<(*const E, usize)> {
        // one or two readings would not pay for the copy
        (self.col == 1 && tiles <= 2).then(|| (self.data.as_ptr().wrapping_add(p * self.row + j), self.row))
    }

    fn prefetch(&self, p: Range<usize>, j: usize) {
        let line = 64 / size_of::<E>();
        if self.col == 1 {
            for q in p {
                (0..PANEL).step_by(line).for_each(|c| near(self.data.as_ptr().wrapping_add(q * self.row + j + c)));
            }
        } else {
            // a line of each column holds the next terms
            for q in p.filter(|q| q.is_multiple_of(line)) {
                (0..PANEL).for_each(|c| near(self.data.as_ptr().wrapping_add(q * self.row + (j + c) * self.col)));
            }
        }
    }
}

/// Asks for a cache line to be brought into the second-level cache. Any address will do: nothing is read.
#[inline(always)]
pub(super) fn near<E>(at: *const E) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch has no effect but on time, whatever the address.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(at.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = at;
}

simd! {
    fn copy_rows[E: Element](m: &Matrix<'_, E>, p: usize, w: usize, j: usize, columns: usize, to: &mut [E]) {
        if columns == PANEL {
            for (q, to) in to[..w * PANEL].as_chunks_mut::<PANEL>().0.iter_mut().enumerate() {
                let from = (p + q) * m.row + j;
                to.copy_from_slice(&m.data[from..from + PANEL]);
            }
        } else {
            for (q, to) in to[..w * PANEL].as_chunks_mut::<PANEL>().0.iter_mut().enumerate() {
                let from = (p + q) * m.row + j;
                to[..columns].copy_from_slice(&m.data[from..from + columns]);
                to[columns..columns.next_multiple_of(16)].fill(E::ZERO);
            }
        }
    }
}
