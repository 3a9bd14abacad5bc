//! Maxout units (Goodfellow et al. 2013): `h[i, u] = max_p x[i, p, u]`.
//!
//! The pieces lie one after the other, `x: [rows, pieces, units]`, so that a unit's pieces are
//! compared vector by vector. The index of the winning piece (the first one on a tie) is kept
//! as a number of the element type; it is all that the gradient needs.

use crate::{Element, Team};

simd! {
    fn forward_rows[E: Element](x: &[E], bias: &[E], pieces: usize, units: usize, out: &mut [E], index: &mut [E]) {
        let rows = out.chunks_exact_mut(units).zip(index.chunks_exact_mut(units)).zip(x.chunks_exact(pieces * units));
        for ((out, index), x) in rows {
            index.fill(E::ZERO);
            out.copy_from_slice(&x[..units]);
            for (o, &b) in out.iter_mut().zip(bias) { *o += b; }
            let mut piece = E::ONE;
            for p in 1..pieces {
                let x = &x[p * units..][..units];
                if bias.is_empty() {
                    for ((o, i), &x) in out.iter_mut().zip(index.iter_mut()).zip(x) {
                        // a NaN wins, so that it is seen
                        let wins = x > *o || !x.eq(&x);
                        *o = if wins { x } else { *o };
                        *i = if wins { piece } else { *i };
                    }
                } else {
                    let b = &bias[p * units..][..units];
                    for (((o, i), &x), &b) in out.iter_mut().zip(index.iter_mut()).zip(x).zip(b) {
                        let x = x + b;
                        let wins = x > *o || !x.eq(&x);
                        *o = if wins { x } else { *o };
                        *i = if wins { piece } else { *i };
                    }
                }
                piece += E::ONE;
            }
        }
    }
}

/// Whether `len` numbers are whole rows of units, and a unit has a piece.
fn whole(pieces: usize, units: usize, len: usize) -> bool {
    pieces > 0 && units > 0 && len.is_multiple_of(units)
}

/// `out[i, u] = max_p (x[i, p, u] + bias[p, u])` and the index of the winner; an empty `bias` is none.
pub fn forward<E: Element>(team: &Team<'_>, x: &[E], bias: &[E], pieces: usize, units: usize, out: &mut [E], index: &mut [E]) {
    if out.is_empty() {
        return;
    }
    assert!(whole(pieces, units, out.len()) && x.len() == out.len() * pieces && index.len() == out.len(), "sizes of a maxout");
    assert!(bias.is_empty() || bias.len() == pieces * units, "one bias a piece and unit");
    let isa = team.isa();
    let rows = (crate::map::CHUNK / (units * pieces)).max(1);
    team.chunks2((out, rows * units), (index, rows * units), |i, o, idx| {
        let x = &x[i * rows * units * pieces..][..o.len() * pieces];
        forward_rows(isa, x, bias, pieces, units, o, idx);
    });
}

simd! {
    fn scatter_rows[E: Element](g: &[E], index: &[E], pieces: usize, units: usize, out: &mut [E]) {
        for ((out, g), index) in out.chunks_exact_mut(pieces * units).zip(g.chunks_exact(units)).zip(index.chunks_exact(units)) {
            let mut piece = E::ZERO;
            for out in out.chunks_exact_mut(units) {
                for ((o, &g), &i) in out.iter_mut().zip(g).zip(index) { *o = if i == piece { g } else { E::ZERO }; }
                piece += E::ONE;
            }
        }
    }
}

/// The gradient: `out[i, p, u] = g[i, u]` where piece `p` won, 0 elsewhere.
pub fn scatter<E: Element>(team: &Team<'_>, g: &[E], index: &[E], pieces: usize, units: usize, out: &mut [E]) {
    if out.is_empty() {
        return;
    }
    assert!(whole(pieces, units, g.len()) && out.len() == g.len() * pieces && index.len() == g.len(), "sizes of a maxout");
    let isa = team.isa();
    let rows = (crate::map::CHUNK / (units * pieces)).max(1);
    team.chunks(out, rows * units * pieces, |i, o| {
        let n = o.len() / pieces;
        scatter_rows(isa, &g[i * rows * units..][..n], &index[i * rows * units..][..n], pieces, units, o);
    });
}

simd! {
    fn gather_rows[E: Element](x: &[E], index: &[E], pieces: usize, units: usize, out: &mut [E]) {
        for ((out, x), index) in out.chunks_exact_mut(units).zip(x.chunks_exact(pieces * units)).zip(index.chunks_exact(units)) {
            out.fill(E::ZERO);
            let mut piece = E::ZERO;
            for x in x.chunks_exact(units) {
                for ((o, &x), &i) in out.iter_mut().zip(x).zip(index) { *o = if i == piece { x } else { *o }; }
                piece += E::ONE;
            }
        }
    }
}

/// The transpose of [`scatter`]: `out[i, u] = x[i, index[i, u], u]`.
pub fn gather<E: Element>(team: &Team<'_>, x: &[E], index: &[E], pieces: usize, units: usize, out: &mut [E]) {
    if out.is_empty() {
        return;
    }
    assert!(whole(pieces, units, out.len()) && x.len() == out.len() * pieces && index.len() == out.len(), "sizes of a maxout");
    let isa = team.isa();
    let rows = (crate::map::CHUNK / (units * pieces)).max(1);
    team.chunks(out, rows * units, |i, o| {
        let at = i * rows * units;
        gather_rows(isa, &x[at * pieces..][..o.len() * pieces], &index[at..][..o.len()], pieces, units, o);
    });
}
