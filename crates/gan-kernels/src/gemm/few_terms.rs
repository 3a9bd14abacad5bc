//! The update with a gradient of few terms: the outer products are summed on the way, and weight and states go by once, in the order in
//! which they lie in memory. What takes time is moving them, not arithmetic.

use super::descend::{Places, Squares};
use super::engine::part;
use super::joined::Joined;
use super::micro::PANEL;
use crate::pool::Parts;
use crate::update::{Average, Rule, SETTLED};
use crate::{Element, Team};

/// Most terms: with more, tiles read the operands less often.
pub(super) const MOST: usize = 8;

/// Most columns whose terms are at hand at once.
const WIDEST: usize = 512;

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
    // what lies in one piece of memory in each row
    let width = if to.packed { PANEL } else { WIDEST };
    team.for_each(bands * groups, |t| {
        let band = t / groups;
        let (i, h) = part(band, bands, m, 1);
        let (j, w) = part(t % groups, groups, n, PANEL);
        // SAFETY: a piece is worked on by one thread.
        let squares = unsafe { &mut squares.slice(t, 1)[0] };
        for j in (j..j + w).step_by(width) {
            strip(isa, products, to, (band, i, h, j, width.min(n - j)), rule, average, squares);
        }
    });
}

simd! {
    /// Updates `h` rows of the `columns` from column `j` on, at most [`WIDEST`].
    fn strip[E: Element, R: Rule<E>](
        products: &Joined<'_, E>,
        to: &Places<E>,
        place: (usize, usize, usize, usize, usize),
        rule: R,
        average: Option<Average<E>>,
        squares: &mut Squares<E>,
    ) {
        let (band, i, h, j, columns) = place;
        // of whole panels the compiler knows the width
        if columns == PANEL {
            rows::<E, R, PANEL>(products, to, (band, i, h, j, PANEL), (rule, average), squares);
        } else {
            rows::<E, R, WIDEST>(products, to, (band, i, h, j, columns), (rule, average), squares);
        }
    }
}

#[inline(always)]
fn rows<E: Element, R: Rule<E>, const W: usize>(
    products: &Joined<'_, E>,
    to: &Places<E>,
    (band, i, h, j, columns): (usize, usize, usize, usize, usize),
    (rule, average): (R, Option<Average<E>>),
    squares: &mut Squares<E>,
) {
    let (mut left, mut terms) = ([(std::ptr::null(), 0); MOST], [[E::ZERO; W]; MOST]);
    let mut k = 0;
    for (a, b, p) in products.each_term() {
        left[k] = (a.data.as_ptr().wrapping_add(i * a.row + p * a.col), a.row);
        for (c, x) in terms[k].iter_mut().enumerate().take(columns) {
            *x = b.data[p * b.row + (j + c) * b.col];
        }
        k += 1;
    }
    let (mut sums, mut changes) = ([E::ZERO; W], *squares);
    let (start, step) = to.at(i, j);
    for r in 0..h {
        let mut g = [E::ZERO; W];
        for (term, (left, row)) in terms.iter().zip(&mut left).take(k) {
            // SAFETY: the left operand holds its elements.
            let x = unsafe { **left };
            *left = left.wrapping_add(*row);
            // products that are settled are not taken: gradients that a saturated sigmoid made are full of them
            let least = E::from_f64(SETTLED) / x.abs();
            for (g, &b) in g[..columns].iter_mut().zip(&term[..columns]) {
                *g += x * if b.abs() < least { E::ZERO } else { b };
            }
        }
        // SAFETY: the columns of the row lie within the matrices, whose sizes were checked, and belong to this piece of work.
        unsafe { to.update((start + r * step, columns), &g[..columns], (rule, average), &mut changes, &mut sums[..columns]) };
    }
    *squares = changes;
    // SAFETY: a band has its own sums, and a column of it belongs to one piece.
    unsafe { to.add_squares(band, j, &sums[..columns]) };
}
