//! Matrices stored as panels of [`WIDTH`] columns, the order in which products read them.
//!
//! Of a matrix `[k, n]`, panel `b` holds the columns `32 b..min(32 b + 32, n)` row by row, and the panels follow each
//! other: element `(p, j)` lies at `32 k (j / 32) + p width + j % 32` with `width = min(32, n - 32 (j / 32))`. That is a
//! permutation of the row-major order, the same on every instruction set; for up to 32 columns it is that order itself.

use crate::pool::Parts;
use crate::update::shrinking;
use crate::{Element, Team};

/// Columns of a panel; the last one of a matrix may be narrower.
pub const WIDTH: usize = 32;

/// Elements that a thread moves at a time.
const BLOCK: usize = 32_768;

/// Where element `(p, j)` of a matrix `[k, n]` lies.
///
/// ```
/// use gan_kernels::panels::index;
/// assert_eq!(index(10, 40, 3, 5), 3 * 32 + 5);
/// assert_eq!(index(10, 40, 3, 33), 320 + 3 * 8 + 1);
/// ```
pub const fn index(k: usize, n: usize, p: usize, j: usize) -> usize {
    let start = j - j % WIDTH;
    let width = if n - start < WIDTH { n - start } else { WIDTH };
    start * k + p * width + j % WIDTH
}

/// Rows that are moved together, so that a panel's part is long and what lies row-major is read or written from end to end.
fn rows_at_a_time(n: usize) -> usize {
    (BLOCK / n).max(1)
}

/// Stores the row-major matrix `from: [k, n]` as panels.
///
/// # Panics
/// If a slice does not hold `k n` elements.
pub fn pack<E: Element>(team: &Team<'_>, k: usize, n: usize, from: &[E], to: &mut [E]) {
    assert!(from.len() == k * n && to.len() == k * n, "matrices of {k} x {n}");
    if from.is_empty() {
        return;
    }
    let rows = rows_at_a_time(n);
    let to = Parts(to.as_mut_ptr());
    team.for_each(k.div_ceil(rows), |block| {
        let first = block * rows;
        let from = &from[first * n..(first + rows).min(k) * n];
        for start in (0..n).step_by(WIDTH) {
            let width = WIDTH.min(n - start);
            // SAFETY: rows `first..` of the panel at `start`, which lie together; every block has rows of its own.
            let to = unsafe { to.slice(start * k + first * width, from.len() / n * width) };
            for (to, from) in to.chunks_exact_mut(width).zip(from.chunks_exact(n)) {
                copy(&from[start..start + width], to);
            }
        }
    });
}

/// Stores the panels `from` of a matrix `[k, n]` row-major: the inverse of [`pack`].
///
/// # Panics
/// If a slice does not hold `k n` elements.
pub fn unpack<E: Element>(team: &Team<'_>, k: usize, n: usize, from: &[E], to: &mut [E]) {
    assert!(from.len() == k * n && to.len() == k * n, "matrices of {k} x {n}");
    if from.is_empty() {
        return;
    }
    let rows = rows_at_a_time(n);
    team.chunks(to, rows * n, |block, to| {
        for start in (0..n).step_by(WIDTH) {
            let width = WIDTH.min(n - start);
            let from = &from[start * k + block * rows * width..][..to.len() / n * width];
            for (to, from) in to.chunks_exact_mut(n).zip(from.chunks_exact(width)) {
                copy(from, &mut to[start..start + width]);
            }
        }
    });
}

/// Copies a row of a panel; a whole one in a length that the compiler knows.
#[inline(always)]
fn copy<E: Element>(from: &[E], to: &mut [E]) {
    match (from.first_chunk::<WIDTH>(), to.first_chunk_mut::<WIDTH>()) {
        (Some(from), Some(to)) => *to = *from,
        _ => to.copy_from_slice(from),
    }
}

simd! {
    /// Bounds the columns of one panel.
    fn bound_panel[E: Element](panel: &mut [E], width: usize, max: E) {
        let mut factors = [E::ZERO; WIDTH];
        for row in panel.chunks_exact(width) {
            for (s, &w) in factors.iter_mut().zip(row) { *s += w * w; }
        }
        let mut too_long = false;
        for s in &mut factors {
            *s = shrinking(*s, max);
            too_long |= *s != E::ONE;
        }
        if too_long {
            for row in panel.chunks_exact_mut(width) {
                for (w, &f) in row.iter_mut().zip(&factors) { *w = *w * f; }
            }
        }
    }
}

/// [`update::max_column_norm`](crate::update::max_column_norm) for a matrix `[k, n]` that is stored as panels: the same bits.
/// A panel's columns are bounded while it is in cache, and no scratch space is needed.
///
/// # Panics
/// If `w` does not hold `k n` elements.
pub fn max_column_norm<E: Element>(team: &Team<'_>, k: usize, n: usize, w: &mut [E], max: E) {
    assert!(w.len() == k * n, "a matrix of {k} x {n}");
    let isa = team.isa();
    team.chunks(w, WIDTH * k, |b, panel| bound_panel(isa, panel, WIDTH.min(n - b * WIDTH), max));
}
