//! Products whose columns are the pieces of maxout units: the winner of each unit is found while its pieces are in cache.

use std::ops::Range;

use super::engine::{Span, Target, product};
use super::micro::PANEL;
use super::operand::{Place, Right};
use super::thin;
use super::{Matrix, Operand};
use crate::maxout;
use crate::pool::Parts;
use crate::{Element, Isa, Team};

/// Numbers of scratch space for [`linear_maxout`] with `n` columns.
pub fn scratch(m: usize, n: usize, pieces: usize) -> usize {
    m * columns(n / pieces, pieces)
}

/// Columns where every piece of every panel of units has a panel of its own.
fn columns(units: usize, pieces: usize) -> usize {
    units.div_ceil(PANEL) * pieces * PANEL
}

/// A right operand of `pieces` times `units` columns in another order: a panel of units of the first piece, the same units of the second, and
/// so on, then the next units.
struct ByUnits<'a, B> {
    of: &'a B,
    pieces: usize,
    units: usize,
}

impl<B> ByUnits<'_, B> {
    /// The first unit of the panel at column `j`, and its column in the operand.
    fn place(&self, j: usize) -> (usize, usize) {
        let panel = j / PANEL;
        let unit = panel / self.pieces * PANEL;
        (unit, panel % self.pieces * self.units + unit)
    }
}

impl<E: Element, B: Right<E>> Right<E> for ByUnits<'_, B> {
    fn copies(&self) -> bool {
        self.of.copies()
    }
    fn columns(&self, j: usize) -> usize {
        (self.units - self.place(j).0).min(PANEL)
    }
    fn panel(&self, isa: Isa, p: usize, w: usize, j: usize, columns: usize, to: &mut [E]) {
        self.of.panel(isa, p, w, self.place(j).1, columns, to);
    }
    fn in_place(&self, p: usize, j: usize, tiles: usize) -> Option<Place<E>> {
        self.of.in_place(p, self.place(j).1, tiles)
    }
    fn prefetch(&self, p: Range<usize>, j: usize) {
        self.of.prefetch(p, self.place(j).1);
    }
}

/// `out[i, u] = max over p of (a b + bias)[i, p units + u]` and the index of the winner, as [`maxout::forward`] says, for `a: [m, k]` and
/// `b: [k, n]` with `n = pieces units`. `space` holds [`scratch`] numbers.
#[allow(clippy::too_many_arguments)]
pub fn linear_maxout<'b, E: Element>(
    team: &Team<'_>,
    (m, n, k): (usize, usize, usize),
    a: Matrix<'_, E>,
    b: impl Into<Operand<'b, E>>,
    bias: &[E],
    pieces: usize,
    (out, index): (&mut [E], &mut [E]),
    space: &mut [E],
) {
    assert!(pieces > 0 && n.is_multiple_of(pieces) && (bias.is_empty() || bias.len() == n), "one bias a piece and unit");
    let b = b.into();
    let b_holds = match &b {
        Operand::Strided(b) => b.holds(k, n),
        Operand::Panels(b) => b.holds(k, n),
    };
    let units = n / pieces;
    assert!(a.holds(m, k) && b_holds, "a matrix product's operands hold their elements");
    assert!(out.len() == m * units && index.len() == m * units, "a winner for each row and unit");
    match b {
        Operand::Strided(b) => {
            if thin::product(team, (m, n, k), a, b, &mut space[..m * n], &|_| {}) {
                return maxout::forward(team, &space[..m * n], bias, pieces, units, out, index);
            }
            by_units(team, (m, k), a, &ByUnits { of: &b, pieces, units }, bias, (out, index), space);
        }
        Operand::Panels(b) => by_units(team, (m, k), a, &ByUnits { of: &b, pieces, units }, bias, (out, index), space),
    }
}

fn by_units<E: Element, B: Right<E>>(
    team: &Team<'_>,
    (m, k): (usize, usize),
    a: Matrix<'_, E>,
    b: &ByUnits<'_, B>,
    bias: &[E],
    (out, index): (&mut [E], &mut [E]),
    space: &mut [E],
) {
    let (isa, n, pieces, units) = (team.isa(), columns(b.units, b.pieces), b.pieces, b.units);
    let (out, index) = (Parts(out.as_mut_ptr()), Parts(index.as_mut_ptr()));
    let target = Target::Matrix(&mut space[..m * n], Span::Exactly(pieces));
    product(team, (m, n, k), &a, b, target, |mut tile| {
        let unit = b.place(tile.j).0;
        let width = (units - unit).min(PANEL);
        for r in 0..tile.rows() {
            // SAFETY: a row and a panel of units belong to one tile; they lie within results whose lengths were checked.
            let (out, index) = unsafe {
                let at = (tile.i + r) * units + unit;
                (out.slice(at, width), index.slice(at, width))
            };
            win(isa, tile.row(r), bias, (pieces, units, unit), out, index);
        }
    });
}

simd! {
    /// The winners of a row of panels, a piece each.
    fn win[E: Element](x: &[E], bias: &[E], sizes: (usize, usize, usize), out: &mut [E], index: &mut [E]) {
        let (pieces, units, unit) = sizes;
        let none = [E::ZERO; PANEL];
        let bias = |p: usize| if bias.is_empty() { &none[..] } else { &bias[p * units + unit..] };
        for ((o, &x), &b) in out.iter_mut().zip(x).zip(bias(0)) { *o = x + b; }
        index.fill(E::ZERO);
        let mut piece = E::ONE;
        for p in 1..pieces {
            for (((o, i), &x), &b) in out.iter_mut().zip(index.iter_mut()).zip(&x[p * PANEL..]).zip(bias(p)) {
                let x = x + b;
                // a NaN wins, so that it is seen
                let wins = x > *o || !x.eq(&x);
                *o = if wins { x } else { *o };
                *i = if wins { piece } else { *i };
            }
            piece += E::ONE;
        }
    }
}
