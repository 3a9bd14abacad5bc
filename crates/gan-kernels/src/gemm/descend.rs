//! The gradient of a weight matrix and the update with it in one pass: the gradient is never stored.

use super::engine::{Cut, DEEPEST, MOST_PIECES};
use super::few_terms;
use super::joined::{Joined, Product};
use super::micro::PANEL;
use super::operand::{Left, near};
use super::{Target, Tile, product};
use crate::panels::index;
use crate::pool::Parts;
use crate::update::{Adam, Average, Momentum, Rule, shrinking};
use crate::{Element, Team};

/// Most terms of a gradient that can be used at once.
pub const MOST_TERMS: usize = DEEPEST;

/// What a gradient updates. Every slice is a matrix as large as the gradient, and all lie in memory alike.
#[derive(Debug)]
pub struct Descent<'a, E> {
    /// The weight.
    pub weight: &'a mut [E],
    /// The states of the rule: a velocity, or two moments.
    pub states: [&'a mut [E]; 2],
    /// A moving average of the weight, taken after its update.
    pub average: Option<(&'a mut [E], Average<E>)>,
    /// The largest norm of a column, and [`scratch`] space; not together with an average.
    pub max_column_norm: Option<(E, &'a mut [E])>,
    /// Is set to the sums of the columns of those right operands whose product says so: the gradient of a bias, `[n]`.
    pub sums: Option<&'a mut [E]>,
    /// Whether the matrices lie in panels of 32 columns, one after the other, and not row by row.
    pub packed: bool,
}

/// Where tiles of the matrices of a [`Descent`] lie.
pub(super) struct Places<E> {
    weight: Parts<E>,
    states: [Parts<E>; 2],
    average: Parts<E>,
    /// Where the last row of the product goes that is below the gradient.
    sums: Parts<E>,
    /// Sums of the squares of the columns' new weights, a row for each band.
    columns: Option<Parts<E>>,
    m: usize,
    pub(super) n: usize,
    pub(super) packed: bool,
    /// Whether the next tile is asked for while this one is worked on.
    ahead: bool,
}

impl<E: Element> Places<E> {
    /// Offset of element `(i, j)`, where `j` begins a panel, and distance between rows.
    pub(super) fn at(&self, i: usize, j: usize) -> (usize, usize) {
        if self.packed { (index(self.m, self.n, i, j), PANEL.min(self.n - j)) } else { (i * self.n + j, self.n) }
    }
}

impl<E: Element> Places<E> {
    /// Updates the weights from `at` on, whole rows of `columns`, with their gradients `g`; adds the squares of the changes, and those of
    /// the new weights in each column to `columns_squares` where columns are bounded.
    ///
    /// # Safety
    /// The weights lie within the matrices, of which there are as many as the rule and the average say, and nobody else touches them.
    #[inline(always)]
    pub(super) unsafe fn update<R: Rule<E>>(
        &self,
        (at, columns): (usize, usize),
        g: &[E],
        (rule, average): (R, Option<Average<E>>),
        squares: &mut Squares<E>,
        columns_squares: &mut [E],
    ) {
        // SAFETY: the caller's promise.
        let (w, first) = unsafe { (self.weight.slice(at, g.len()), self.states[0].slice(at, g.len())) };
        let second = if R::STATES == 2 {
            // SAFETY: as above.
            unsafe { self.states[1].slice(at, g.len()) }
        } else {
            &mut []
        };
        rule.row(w, first, second, g, squares);
        if let Some(average) = average {
            // SAFETY: as above.
            average.row(unsafe { self.average.slice(at, g.len()) }, w);
        }
        if self.columns.is_some() {
            for w in w.chunks_exact(columns) {
                for (sum, &w) in columns_squares.iter_mut().zip(w) {
                    *sum += w * w;
                }
            }
        }
    }

    /// Adds to the squares of the columns from `j` on, those of a band of rows, where columns are bounded.
    ///
    /// # Safety
    /// Nobody else adds to these columns of the band.
    #[inline(always)]
    pub(super) unsafe fn add_squares(&self, band: usize, j: usize, squares: &[E]) {
        if let Some(all) = &self.columns {
            // SAFETY: the caller's promise.
            let all = unsafe { all.slice(band * self.n + j, squares.len()) };
            all.iter_mut().zip(squares).for_each(|(all, &sum)| *all += sum);
        }
    }
}

impl<E> Places<E> {
    /// Asks for the lines of 32 weights and their states.
    #[inline(always)]
    fn ask(&self, at: usize, states: usize) {
        let line = 64 / size_of::<E>();
        for parts in [&self.weight].into_iter().chain(&self.states[..states]) {
            (0..PANEL).step_by(line).for_each(|c| near(parts.0.wrapping_add(at + c)));
        }
    }
}

/// The numbers of scratch space that a [`Descent`] with a bound on its columns needs.
pub fn scratch(m: usize, n: usize, k: usize) -> usize {
    if is_few(k) {
        return [false, true].into_iter().map(|packed| few_terms::bands(m, n, packed)).max().unwrap_or(1) * n;
    }
    // copied or not, with a row of sums or not, a product has at most as many bands
    let bands = |m: usize| [false, true].map(|left| Cut::new(left, (m, n, k)).rows).into_iter().max();
    bands(m).max(bands(m + 1)).unwrap_or(1) * n
}

/// Whether a gradient of `k` terms is summed on the way instead of in tiles.
fn is_few(k: usize) -> bool {
    (1..=few_terms::MOST).contains(&k)
}

/// How a weight and its states change with the gradient.
#[derive(Clone, Copy, Debug)]
pub enum Update<E> {
    /// One state, the velocity.
    Momentum(Momentum<E>),
    /// Two states, the moments.
    Adam(Adam<E>),
}

/// `g = sum over s of a_s b_s` (`[m, n]`) and at once the update of `to` with it; returns the sum of the squared changes of the weight.
///
/// # Panics
/// More than [`MOST_TERMS`] terms of all products, or sizes that do not fit.
pub fn descend<E: Element>(
    team: &Team<'_>,
    size: (usize, usize),
    products: &[Product<'_, E>],
    to: Descent<'_, E>,
    update: Update<E>,
) -> E {
    match update {
        Update::Momentum(rule) => by_rule(team, size, products, to, rule),
        Update::Adam(rule) => by_rule(team, size, products, to, rule.prepared()),
    }
}

/// Partial sums of a piece of work, a vector of them.
pub(super) type Squares<E> = [E; 16];

fn by_rule<E: Element, R: Rule<E>>(
    team: &Team<'_>,
    (m, n): (usize, usize),
    products: &[Product<'_, E>],
    to: Descent<'_, E>,
    rule: R,
) -> E {
    let Descent { weight, states: [first, second], average, max_column_norm, sums, packed } = to;
    let joined = Joined::new(products, m);
    let k = joined.terms();
    let rows = m + usize::from(joined.sums());
    let len = m * n;
    let second_fits = if R::STATES == 2 { second.len() == len } else { true };
    assert!(weight.len() == len && first.len() == len && second_fits, "weight, states and gradient are equally large");
    assert!(products.iter().all(|s| s.a.holds(m, s.k) && s.b.holds(s.k, n)), "a matrix product's operands hold their elements");
    let sums = sums.unwrap_or_default();
    assert!(sums.len() == if joined.sums() { n } else { 0 }, "a sum of each column");
    if n == 0 {
        return E::ZERO;
    }
    let isa = team.isa();
    let (averages, average) = match average {
        Some((values, rule)) => {
            assert!(values.len() == len, "an average of each weight");
            (Parts(values.as_mut_ptr()), Some(rule))
        }
        None => (Parts(std::ptr::dangling_mut()), None),
    };
    let (max, columns) = max_column_norm.map_or((None, &mut [][..]), |(max, scratch)| (Some(max), scratch));
    let bands = columns.len() / n;
    let used = if is_few(k) { few_terms::bands(m, n, packed) } else { Cut::new(joined.copies(), (rows, n, k)).rows };
    assert!(max.is_none() || bands >= used, "scratch space for the columns");
    columns.fill(E::ZERO);
    let places = Places {
        weight: Parts(weight.as_mut_ptr()),
        states: [Parts(first.as_mut_ptr()), Parts(second.as_mut_ptr())],
        average: averages,
        sums: Parts(sums.as_mut_ptr()),
        columns: max.map(|_| Parts(columns.as_mut_ptr())),
        m,
        n,
        packed,
        ahead: k >= 32,
    };
    let mut squares = [[E::ZERO; 16]; MOST_PIECES];
    let partial = Parts(squares.as_mut_ptr());
    if is_few(k) {
        joined.sum_columns(sums);
        few_terms::run(team, (m, n), &joined, &places, (rule, average), &partial);
    } else {
        product(team, (rows, n, k), &joined, &joined, Target::Epilogue, |tile| {
            // SAFETY: a piece is worked on by one thread.
            let squares = unsafe { &mut partial.slice(tile.piece, 1)[0] };
            update_tile(isa, tile, &places, rule, average, squares);
        });
    }
    if let Some(max) = max {
        bound_columns(team, places, columns, max);
    }
    squares.iter().flatten().fold(E::ZERO, |sum, &x| sum + x)
}

simd! {
    fn update_tile[E: Element, R: Rule<E>](
        g: Tile<'_, E>,
        places: &Places<E>,
        rule: R,
        average: Option<Average<E>>,
        squares: &mut Squares<E>,
    ) {
        let mut g = g;
        let (mut rows, columns) = (g.rows(), g.columns());
        if g.i + rows > places.m {
            rows -= 1;
            // SAFETY: the columns of the last row belong to one tile; if there is such a row, there is a place for it.
            unsafe { places.sums.slice(g.j, columns) }.copy_from_slice(g.row(rows));
        }
        let (at, step) = places.at(g.i, g.j);
        // the tile below comes next: its lines are asked for now, if there is time before it
        if places.ahead {
            for r in rows..2 * rows {
                places.ask(at + r * step, R::STATES);
            }
        }
        let mut sums = [E::ZERO; PANEL];
        // what lies in one piece is updated in one go
        let together = step == columns && rows > 0 && g.whole().is_some();
        let (runs, length) = if together { (1, rows * columns) } else { (rows, columns) };
        for r in 0..runs {
            let g = if together { &g.whole().unwrap_or_default()[..length] } else { &*g.row(r) };
            let at = at + r * step;
            // SAFETY: tiles are disjoint and lie within the matrices, whose sizes were checked.
            unsafe { places.update((at, columns), g, (rule, average), squares, &mut sums) };
        }
        // SAFETY: a band has its own sums, and a panel of it belongs to one piece.
        unsafe { places.add_squares(g.band, g.j, &sums[..columns]) };
    }
}

/// Shrinks the columns whose squares, summed over the bands in `squares`, exceed the bound.
fn bound_columns<E: Element>(team: &Team<'_>, places: Places<E>, squares: &mut [E], max: E) {
    let n = places.n;
    let (factors, others) = squares.split_at_mut(n);
    for band in others.chunks_exact(n) {
        factors.iter_mut().zip(band).for_each(|(sum, &x)| *sum += x);
    }
    factors.iter_mut().for_each(|f| *f = shrinking(*f, max));
    let factors = &*factors;
    if factors.iter().all(|&f| f == E::ONE) {
        return;
    }
    let isa = team.isa();
    team.for_each(n.div_ceil(PANEL), |t| {
        let j = t * PANEL;
        let factors = &factors[j..(j + PANEL).min(n)];
        if factors.iter().any(|&f| f != E::ONE) {
            shrink(isa, &places, j, factors);
        }
    });
}

simd! {
    /// Scales the columns of the panel that begins at `j`.
    fn shrink[E: Element](places: &Places<E>, j: usize, factors: &[E]) {
        for i in 0..places.m {
            // SAFETY: a panel belongs to one piece of work, and lies within the weight.
            let w = unsafe { places.weight.slice(places.at(i, j).0, factors.len()) };
            for (w, &f) in w.iter_mut().zip(factors) { *w = *w * f; }
        }
    }
}
