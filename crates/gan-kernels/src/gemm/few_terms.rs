//! The update with a gradient of few terms: the outer products are summed on the way, and weight and states go by once, in the order in
//! which they lie in memory. What takes time is moving them, not arithmetic.

use super::descend::{Places, Squares};
use super::engine::part;
use super::joined::Joined;
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
    ((wanted / groups).clamp(1, m.max(1)), groups)
}

/// Bands of rows whose columns' squares are summed apart.
pub(super) fn bands(m: usize, n: usize, packed: bool) -> usize {
    cut(m, n, packed).0
}

/// Updates all weights of `to` with the sum `[m, n]` of the products, whose terms are between 1 and [`MOST`].
pub(super) fn run<E: Element, R: Rule<E>>(
    team: &Team<'_>,
    (m, n): (usize, usize),
    products: &Joined<'_, E>,
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
            panels.for_each(|j| strip(isa, products, to, (band, i, h, j), rule, average, squares));
        } else {
            for i in i..i + h {
                panels.clone().for_each(|j| strip(isa, products, to, (band, i, 1, j), rule, average, squares));
            }
        }
    });
}

simd! {
    /// Updates `h` rows of the panel that begins at column `j`.
    fn strip[E: Element, R: Rule<E>](
        products: &Joined<'_, E>,
        to: &Places<E>,
        place: (usize, usize, usize, usize),
        rule: R,
        average: Option<Average<E>>,
        squares: &mut Squares<E>,
    ) {
        // of whole panels the compiler knows the width
        let columns = PANEL.min(to.n - place.3);
        if columns == PANEL {
            rows(products, to, place, PANEL, (rule, average), squares);
        } else {
            rows(products, to, place, columns, (rule, average), squares);
        }
    }
}

#[inline(always)]
fn rows<E: Element, R: Rule<E>>(
    products: &Joined<'_, E>,
    to: &Places<E>,
    (band, i, h, j): (usize, usize, usize, usize),
    columns: usize,
    (rule, average): (R, Option<Average<E>>),
    squares: &mut Squares<E>,
) {
    let (mut left, mut terms) = ([(std::ptr::null(), 0); MOST], [[E::ZERO; PANEL]; MOST]);
    let mut k = 0;
    for (a, b, p) in products.each_term() {
        left[k] = (a.data.as_ptr().wrapping_add(i * a.row + p * a.col), a.row);
        for (c, x) in terms[k].iter_mut().enumerate().take(columns) {
            *x = b.data[p * b.row + (j + c) * b.col];
        }
        k += 1;
    }
    let (mut sums, mut changes) = ([E::ZERO; PANEL], *squares);
    let (start, step) = to.at(i, j);
    for r in 0..h {
        let mut g = [E::ZERO; PANEL];
        for (term, (left, row)) in terms.iter().zip(&mut left).take(k) {
            // SAFETY: the left operand holds its elements.
            let x = unsafe { **left };
            *left = left.wrapping_add(*row);
            for (g, &b) in g.iter_mut().zip(term) {
                *g += x * b;
            }
        }
        // SAFETY: the panel's row lies within the matrices, whose sizes were checked, and belongs to this piece of work.
        unsafe { to.update((start + r * step, columns), &g[..columns], (rule, average), &mut changes, &mut sums) };
    }
    *squares = changes;
    // SAFETY: a band has its own sums, and a panel of it belongs to one piece.
    unsafe { to.add_squares(band, j, &sums[..columns]) };
}
