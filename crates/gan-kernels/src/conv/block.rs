//! Blocks of products on one thread: the left operand copied or in place, the right one in panels.

use std::ops::Range;

use crate::gemm::micro::{PANEL, Tiles};
use crate::gemm::{self, Heights, Matrix, Right};
use crate::pool::Parts;
use crate::{Element, Team};

/// Terms whose products are summed before a tile goes to memory: a panel of so many fits the first-level cache.
pub(super) const TERMS: usize = 256;
/// Rows of that many terms in a block; it stays in the second-level cache.
pub(super) const ROWS: usize = 192;

/// `c[i ldc + j] = sum over p < k of a(i, p) b[p bs + j]`, or added to what is there, for `rows` rows and `columns` columns.
///
/// # Safety
/// `a` holds `rows` rows of `k` terms. `b` may be read at `p bs + j` for every `j` below the next multiple of 16 after
/// `columns`, which is at most [`PANEL`]. `c` may be written at `i ldc + j` for the rows and columns, by nobody else.
#[allow(clippy::too_many_arguments)]
pub(super) unsafe fn panel<E: Element>(
    tiles: &Tiles<E>,
    a: Matrix<'_, E>,
    (rows, columns, k): (usize, usize, usize),
    b: *const E,
    bs: usize,
    c: *mut E,
    ldc: usize,
    add: bool,
) {
    for (r, h) in Heights::new(rows, tiles.wide.len()).iter() {
        // SAFETY: the caller's promise, for these rows.
        unsafe {
            let start = a.data.as_ptr().add(r * a.row);
            tiles.run((h, columns, k), (start, a.row, a.col), (b, bs), (c.add(r * ldc), ldc), add);
        }
    }
}

/// A right operand in panels of [`PANEL`] columns, one after the other, each with all its terms.
#[derive(Clone, Copy)]
pub(super) struct Panels<'a, E> {
    pub data: &'a [E],
    pub terms: usize,
    pub columns: usize,
}

impl<E> Panels<'_, E> {
    /// Numbers that panels of so many terms and columns take.
    pub fn len(terms: usize, columns: usize) -> usize {
        terms * columns.next_multiple_of(PANEL)
    }
}

impl<'a, E: Element> Panels<'a, E> {
    /// `c (+)= a b` for terms `terms` and the panels `panels` of this operand; the columns of `c` begin with those panels.
    ///
    /// # Safety
    /// `a` holds `rows` rows of the terms, and `c` may be written at `i ldc + j` for the rows and the panels' columns, by nobody
    /// else.
    #[allow(clippy::too_many_arguments)]
    pub unsafe fn times(
        &self,
        tiles: &Tiles<E>,
        a: Matrix<'_, E>,
        rows: usize,
        terms: Range<usize>,
        panels: Range<usize>,
        c: (*mut E, usize),
        add: bool,
    ) {
        for j in panels.clone() {
            let columns = (self.columns - j * PANEL).min(PANEL);
            let b = &self.data[(j * self.terms + terms.start) * PANEL..][..terms.len() * PANEL];
            // SAFETY: the caller's promise; `b` holds whole rows of a panel.
            unsafe {
                let c0 = c.0.add((j - panels.start) * PANEL);
                panel(tiles, a, (rows, columns, terms.len()), b.as_ptr(), PANEL, c0, c.1, add);
            }
        }
    }
}

/// Packs `matrices` right operands one after the other: `place(i)` says where in `out` the `i`-th begins, how many terms and
/// columns it has, which of its terms come from one matrix, and that matrix.
pub(super) fn pack<'m, E: Element>(team: &Team<'_>, parts: usize, part: impl Fn(usize) -> Part<'m, E> + Sync, out: &mut [E]) {
    let isa = team.isa();
    let len = out.len();
    let dst = Parts(out.as_mut_ptr());
    team.for_each(parts, |i| {
        let Part { begins, terms, columns, of, matrix } = part(i);
        for j in 0..columns.div_ceil(PANEL) {
            let at = begins + (j * terms + of.start) * PANEL;
            assert!(at + of.len() * PANEL <= len);
            // SAFETY: within `out`; every part has terms of its own.
            let to = unsafe { dst.slice(at, of.len() * PANEL) };
            matrix.panel(isa, 0, of.len(), j * PANEL, (columns - j * PANEL).min(PANEL), to);
        }
    });
}

/// A piece of packed weights.
pub(super) struct Part<'m, E> {
    /// Where the panels of its operand begin.
    pub begins: usize,
    /// Terms and columns of that operand.
    pub terms: usize,
    pub columns: usize,
    /// The terms that this piece makes up.
    pub of: Range<usize>,
    /// Those terms.
    pub matrix: Matrix<'m, E>,
}

/// How the rows and the panels of a product are cut into tasks, by its sizes alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub rows: usize,
    pub panels: usize,
}

impl Cut {
    /// For `rows` rows, `columns` columns and `terms` terms: tasks of some tens of microseconds, not so many that the rows
    /// are copied or the weights are read more often than needed.
    pub fn new(rows: usize, columns: usize, terms: usize) -> Cut {
        let wanted = ((2.0 * rows as f64 * columns as f64 * terms as f64 / 8e6) as usize).clamp(1, 24);
        let by_rows = wanted.clamp(1, rows.div_ceil(128).max(1));
        let panels = columns.div_ceil(PANEL).max(1);
        Cut { rows: by_rows, panels: wanted.div_ceil(by_rows).clamp(1, panels) }
    }
}

/// Part `t` of `parts` nearly equal ones of `0..len`.
pub(super) fn part(t: usize, parts: usize, len: usize) -> Range<usize> {
    let (start, len) = gemm::part(t, parts, len, 1);
    start..start + len
}

/// `range` in steps of nearly equal length, at most `most`.
pub(super) fn steps(range: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> + Clone {
    let (start, len) = (range.start, range.len());
    let n = len.div_ceil(most);
    (0..n).map(move |t| {
        let p = part(t, n, len);
        start + p.start..start + p.end
    })
}
