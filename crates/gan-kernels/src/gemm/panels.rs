//! A right operand that is kept as panels of columns ([`crate::panels`]), or its transpose.

use std::ops::Range;

use super::engine::part;
use super::operand::{Right, near};
use super::tile::Tile;
use super::{Matrix, transpose};
use crate::panels::WIDTH;
use crate::pool::Parts;
use crate::{Element, Isa, Team};

/// A matrix `[rows, cols]` kept as panels of columns, transposed on the fly if `transposed`.
#[derive(Clone, Copy, Debug)]
pub struct Panels<'a, E> {
    /// The elements, panel after panel.
    pub data: &'a [E],
    /// Rows as they are kept.
    pub rows: usize,
    /// Columns as they are kept.
    pub cols: usize,
    /// Whether the operand is the transpose.
    pub transposed: bool,
}

impl<'a, E> Panels<'a, E> {
    /// The same as strides, where there is one panel only.
    pub(super) fn as_matrix(&self) -> Option<Matrix<'a, E>> {
        (self.cols <= WIDTH || self.rows <= 1).then(|| Matrix::new(self.data, self.cols, self.transposed))
    }

    pub(super) fn holds(&self, k: usize, n: usize) -> bool {
        let (rows, cols) = if self.transposed { (n, k) } else { (k, n) };
        self.rows == rows && self.cols == cols && rows.checked_mul(cols) == Some(self.data.len())
    }

    /// The panel of column `j`: its first column, its width, and its elements from row `row` on.
    fn panel_of(&self, j: usize, row: usize) -> (usize, usize, &'a [E]) {
        let first = j / WIDTH * WIDTH;
        let width = WIDTH.min(self.cols - first);
        (first, width, &self.data[first * self.rows + row * width..])
    }
}

impl<E: Element> Right<E> for Panels<'_, E> {
    fn panel(&self, isa: Isa, p: usize, w: usize, j: usize, columns: usize, to: &mut [E]) {
        if self.transposed {
            let mut done = 0;
            while done < w {
                let (first, width, rows) = self.panel_of(p + done, j);
                let skip = p + done - first;
                let terms = (width - skip).min(w - done);
                transpose::panel(isa, &rows[skip..], width, columns, terms, &mut to[done * WIDTH..]);
                done += terms;
            }
            return;
        }
        let (_, width, rows) = self.panel_of(j, p);
        for (to, from) in to.as_chunks_mut::<WIDTH>().0.iter_mut().zip(rows.chunks_exact(width)).take(w) {
            to[..columns].copy_from_slice(&from[..columns]);
            to[columns..columns.next_multiple_of(16)].fill(E::ZERO);
        }
    }

    fn in_place(&self, p: usize, j: usize, _: usize) -> Option<(*const E, usize)> {
        (!self.transposed).then(|| (self.panel_of(j, p).2.as_ptr(), WIDTH))
    }

    fn prefetch(&self, p: Range<usize>, j: usize) {
        let line = 64 / size_of::<E>();
        if !self.transposed {
            let (_, width, rows) = self.panel_of(j, p.start);
            (0..p.len() * width).step_by(line).for_each(|c| near(rows.as_ptr().wrapping_add(c)));
            return;
        }
        // a line of each row and half a panel holds the next terms
        for q in p.filter(|q| q.is_multiple_of(line)) {
            let (first, width, rows) = self.panel_of(q, j);
            (0..WIDTH).for_each(|c| near(rows.as_ptr().wrapping_add(c * width + q - first)));
        }
    }
}

/// Most rows of a left operand for which [`few_rows`] beats tiles.
const FEW: usize = 2;
/// The same for transposed panels.
const FEW_TRANSPOSED: usize = 4;

/// `out = a b` for few rows of `a`: the panels are read once, in the order of memory, and not in tiles half a panel wide or transposed
/// for a few rows alone. Returns whether it was done; `epilogue` as for [`gemm_then`](super::gemm_then).
pub(super) fn few_rows<E: Element>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, E>,
    b: &Panels<'_, E>,
    out: &mut [E],
    epilogue: &(impl Fn(Tile<'_, E>) + Sync),
) -> bool {
    let most = if b.transposed { FEW_TRANSPOSED } else { FEW };
    if m > most || m == 0 || (b.transposed && a.col != 1) {
        return false;
    }
    let thin = E::tiles(team.isa()).thin;
    let pieces = if m * n * k < 100_000 { 1 } else { n.div_ceil(64).min(16) };
    let out = Parts(out.as_mut_ptr());
    team.for_each(pieces, |t| {
        let (i, h) = part(t, pieces, n, if b.transposed { 16 } else { WIDTH });
        if b.transposed {
            // a column is a row of each panel: scalar products
            for first in (0..k).step_by(WIDTH) {
                let width = WIDTH.min(k - first);
                let (x, w) = (&a.data[first..], &b.data[first * n + i * width..][..h * width]);
                // SAFETY: the left operand holds `m` rows; pieces are runs of columns that do not overlap, within the result of `m` rows and
                // `n` columns.
                unsafe { thin.dots((m, h, width), (x.as_ptr(), a.row), (w.as_ptr(), width), (out.0.add(i), n), first > 0) };
            }
        } else {
            for j in (i..i + h).step_by(WIDTH) {
                let (_, width, rows) = b.panel_of(j, 0);
                // SAFETY: as above.
                unsafe {
                    thin.multiples((m, width, k), (a.data.as_ptr(), a.row, a.col), (rows.as_ptr(), width), (out.0.add(j), n))
                };
            }
        }
        for r in 0..m {
            // SAFETY: as above.
            epilogue(Tile::of_row(r, i, unsafe { out.slice(r * n + i, h) }));
        }
    });
    true
}
