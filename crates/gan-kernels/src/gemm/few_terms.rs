//! The update with a gradient of few terms: the outer products are summed on the way, and weight and states go by once, in the order in
//! which they lie in memory. What takes time is moving them, not arithmetic.

use super::Matrix;
use super::descend::{Places, Squares};
use super::engine::part;
use super::micro::PANEL;
use crate::pool::Parts;
use crate::update::{Average, Rule};
use crate::{Element, Team};

/// Most terms: with more, tiles read the operands less often.
pub(super) const MOST: usize = 8;

/// Weights of a piece of work: their update takes longer than handing it over.
const PIECE: usize = 16 * 1024;

/// Bands of rows and groups of panels, by the sizes alone. Panels lie one after the other in memory, or else rows do.
fn cut(m: usize, n: usize, packed: bool) -> (usize, usize) {
    let wanted = (m * n / PIECE).clamp(1, 16);
    let groups = if packed { n.div_ceil(PANEL).clamp(1, wanted) } else { 1 };
    ((wanted / groups).min(m), groups)
}

/// Bands of rows whose columns' squares are summed apart.
pub(super) fn bands(m: usize, n: usize, packed: bool) -> usize {
    cut(m, n, packed).0
}

/// Updates all weights of `to` with `g = a b` (`[m, n]`), whose `k` terms are between 1 and [`MOST`].
pub(super) fn run<E: Element, R: Rule<E>>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    (a, b): (Matrix<'_, E>, Matrix<'_, E>),
    to: &Places<E>,
    (rule, average): (R, Option<Average<E>>),
    squares: &Parts<Squares<E>>,
) {
    let isa = team.isa();
    let (bands, groups) = cut(m, n, to.packed);
    team.for_each(bands * groups, |t| {
        let band = t / groups;
        let (i, h) = part(band, bands, m, 1);
        let (j, w) = part(t % groups, groups, n, PANEL);
        // SAFETY: a piece is worked on by one thread.
        let squares = unsafe { &mut squares.slice(t, 1)[0] };
        let panels = (j..j + w).step_by(PANEL);
        if to.packed {
            panels.for_each(|j| strip(isa, (&a, &b, k), to, (band, i, h, j), rule, average, squares));
        } else {
            for i in i..i + h {
                panels.clone().for_each(|j| strip(isa, (&a, &b, k), to, (band, i, 1, j), rule, average, squares));
            }
        }
    });
}

simd! {
    /// Updates `h` rows of the panel that begins at column `j`.
    fn strip[E: Element, R: Rule<E>](
        operands: (&Matrix<'_, E>, &Matrix<'_, E>, usize),
        to: &Places<E>,
        place: (usize, usize, usize, usize),
        rule: R,
        average: Option<Average<E>>,
        squares: &mut Squares<E>,
    ) {
        // of whole panels the compiler knows the width
        let columns = PANEL.min(to.n - place.3);
        if columns == PANEL {
            rows(operands, to, place, PANEL, (rule, average), squares);
        } else {
            rows(operands, to, place, columns, (rule, average), squares);
        }
    }
}

#[inline(always)]
fn rows<E: Element, R: Rule<E>>(
    (a, b, k): (&Matrix<'_, E>, &Matrix<'_, E>, usize),
    to: &Places<E>,
    (band, i, h, j): (usize, usize, usize, usize),
    columns: usize,
    (rule, average): (R, Option<Average<E>>),
    squares: &mut Squares<E>,
) {
    let mut terms = [[E::ZERO; PANEL]; MOST];
    for (p, term) in terms.iter_mut().enumerate().take(k) {
        for (c, x) in term.iter_mut().enumerate().take(columns) {
            *x = b.data[p * b.row + (j + c) * b.col];
        }
    }
    let (mut sums, mut changes) = ([E::ZERO; PANEL], *squares);
    let (start, step) = to.at(i, j);
    for r in 0..h {
        let mut g = [E::ZERO; PANEL];
        let mut left = a.data.as_ptr().wrapping_add((i + r) * a.row);
        for term in &terms[..k] {
            // SAFETY: the left operand holds its elements.
            let x = unsafe { *left };
            left = left.wrapping_add(a.col);
            for (g, &b) in g.iter_mut().zip(term) {
                *g += x * b;
            }
        }
        let at = start + r * step;
        // SAFETY: the panel's row lies within the matrices, whose sizes were checked, and belongs to this piece of work; there are as many
        // states as the rule says.
        let (w, first) = unsafe { (to.weight.slice(at, columns), to.states[0].slice(at, columns)) };
        let second = if R::STATES == 2 {
            // SAFETY: as above.
            unsafe { to.states[1].slice(at, columns) }
        } else {
            &mut []
        };
        rule.row(w, first, second, &g[..columns], &mut changes);
        if let Some(average) = average {
            // SAFETY: as above, and the average is there.
            average.row(unsafe { to.average.slice(at, columns) }, w);
        }
        if to.columns.is_some() {
            for (sum, &w) in sums.iter_mut().zip(&*w) {
                *sum += w * w;
            }
        }
    }
    *squares = changes;
    if let Some(all) = &to.columns {
        // SAFETY: a band has its own sums, and a panel of it belongs to one piece.
        let all = unsafe { all.slice(band * to.n + j, columns) };
        for (all, &sum) in all.iter_mut().zip(&sums) {
            *all += sum;
        }
    }
}
