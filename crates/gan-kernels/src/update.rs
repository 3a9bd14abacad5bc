//! Fused optimiser updates: one pass over weight, state and gradient.
//!
//! Each returns the sum of the squared changes of the weights, the trainer's sign that an update
//! was finite and of sane size.

use crate::pool::Parts;
use crate::{Element, Team};

const PARTIALS: usize = 256;

/// Runs `f(start, len)` over fixed chunks of `0..n` and adds the partial results in order.
fn summed<E: Element>(team: &Team<'_>, n: usize, f: impl Fn(usize, usize) -> E + Sync) -> E {
    let chunk = n.div_ceil(PARTIALS).max(4096).next_multiple_of(16);
    let mut partials = [E::ZERO; PARTIALS];
    team.chunks(&mut partials[..n.div_ceil(chunk)], 1, |i, p| p[0] = f(i * chunk, chunk.min(n - i * chunk)));
    partials.iter().fold(E::ZERO, |a, &b| a + b)
}

simd! {
    fn momentum_chunk[E: Element](w: &mut [E], v: &mut [E], g: &[E], lr: E, mu: E, nesterov: bool) -> E {
        let mut squares = [E::ZERO; 16];
        let step = |w: &mut E, v: &mut E, g: E, s: &mut E| {
            *v = mu * *v - lr * g;
            let change = if nesterov { mu * *v - lr * g } else { *v };
            *w += change;
            *s += change * change;
        };
        let (mut ws, mut vs, gs) = (w.chunks_exact_mut(16), v.chunks_exact_mut(16), g.chunks_exact(16));
        let rest = gs.remainder();
        for ((w, v), g) in (&mut ws).zip(&mut vs).zip(gs) {
            for (((w, v), &g), s) in w.iter_mut().zip(v).zip(g).zip(&mut squares) { step(w, v, g, s); }
        }
        for (((w, v), &g), s) in ws.into_remainder().iter_mut().zip(vs.into_remainder()).zip(rest).zip(&mut squares) { step(w, v, g, s); }
        squares.into_iter().sum()
    }
}

/// Heavy-ball momentum in place: `v = mu v - lr g`, `w += v`; with `nesterov`, `w += mu v - lr g`.
pub fn momentum<E: Element>(team: &Team<'_>, w: &mut [E], v: &mut [E], g: &[E], lr: E, mu: E, nesterov: bool) -> E {
    let (isa, n) = (team.isa(), g.len());
    assert!(w.len() == n && v.len() == n, "weight, velocity and gradient are equally long");
    let (w, v) = (Parts(w.as_mut_ptr()), Parts(v.as_mut_ptr()));
    summed(team, n, |at, len| {
        // SAFETY: `summed` hands out disjoint ranges within 0..n, the length of every slice.
        let (w, v) = unsafe { (w.slice(at, len), v.slice(at, len)) };
        momentum_chunk(isa, w, v, &g[at..at + len], lr, mu, nesterov)
    })
}

/// The numbers of an Adam update.
#[derive(Clone, Copy, Debug)]
pub struct Adam<E> {
    /// Learning rate.
    pub lr: E,
    /// Decay of the first moment; `1 - beta1` is taken before rounding.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Keeps the quotient finite.
    pub epsilon: E,
    /// `1 - beta1^t`: the first moment's bias correction.
    pub correction1: E,
    /// `1 - beta2^t`.
    pub correction2: E,
}

simd! {
    fn adam_chunk[E: Element](w: &mut [E], m: &mut [E], v: &mut [E], g: &[E], a: Adam<E>) -> E {
        let mut squares = [E::ZERO; 16];
        let (b1, c1) = (E::from_f64(a.beta1), E::from_f64(1.0 - a.beta1));
        let (b2, c2) = (E::from_f64(a.beta2), E::from_f64(1.0 - a.beta2));
        // one division a weight, not three
        let (lr, inverse2) = (a.lr / a.correction1, E::ONE / a.correction2);
        let step = |w: &mut E, m: &mut E, v: &mut E, g: E, s: &mut E| {
            *m = b1 * *m + c1 * g;
            *v = b2 * *v + c2 * g * g;
            let change = lr * *m / ((*v * inverse2).sqrt() + a.epsilon);
            *w = *w - change;
            *s += change * change;
        };
        let (mut ws, mut ms) = (w.chunks_exact_mut(16), m.chunks_exact_mut(16));
        let (mut vs, gs) = (v.chunks_exact_mut(16), g.chunks_exact(16));
        let rest = gs.remainder();
        for (((w, m), v), g) in (&mut ws).zip(&mut ms).zip(&mut vs).zip(gs) {
            for ((((w, m), v), &g), s) in w.iter_mut().zip(m).zip(v).zip(g).zip(&mut squares) { step(w, m, v, g, s); }
        }
        let (w, m, v) = (ws.into_remainder(), ms.into_remainder(), vs.into_remainder());
        for ((((w, m), v), &g), s) in w.iter_mut().zip(m).zip(v).zip(rest).zip(&mut squares) { step(w, m, v, g, s); }
        squares.into_iter().sum()
    }
}

/// Adam (Kingma & Ba 2015, algorithm 1) in place on weight, first and second moment.
pub fn adam<E: Element>(team: &Team<'_>, w: &mut [E], m: &mut [E], v: &mut [E], g: &[E], numbers: Adam<E>) -> E {
    let (isa, n) = (team.isa(), g.len());
    assert!(w.len() == n && m.len() == n && v.len() == n, "weight, moments and gradient are equally long");
    let (w, m, v) = (Parts(w.as_mut_ptr()), Parts(m.as_mut_ptr()), Parts(v.as_mut_ptr()));
    summed(team, n, |at, len| {
        // SAFETY: as in `momentum`.
        let (w, m, v) = unsafe { (w.slice(at, len), m.slice(at, len), v.slice(at, len)) };
        adam_chunk(isa, w, m, v, &g[at..at + len], numbers)
    })
}

simd! {
    fn squares_by_column[E: Element](w: &[E], n: usize, out: &mut [E]) {
        for row in w.chunks(n) {
            for (o, &w) in out.iter_mut().zip(row) { *o += w * w; }
        }
    }
}
simd! {
    fn scale_columns[E: Element](w: &mut [E], n: usize, factors: &[E]) {
        for row in w.chunks_mut(n) {
            for (w, &f) in row.iter_mut().zip(factors) { *w = *w * f; }
        }
    }
}

/// Shrinks each column of `w: [rows, n]` whose L2 norm exceeds `max` to that norm, in place.
/// `scratch` holds one number a column. The incoming weights of a unit are a column.
pub fn max_column_norm<E: Element>(team: &Team<'_>, w: &mut [E], n: usize, max: E, scratch: &mut [E]) {
    if w.is_empty() {
        return;
    }
    assert!(scratch.len() == n && w.len().is_multiple_of(n), "whole rows and one number a column");
    let isa = team.isa();
    let rows = w.len() / n;
    let width = (4 * crate::map::CHUNK / rows).max(1).next_multiple_of(16);
    {
        let w = &*w;
        team.chunks(scratch, width, |i, s| {
            s.fill(E::ZERO);
            squares_by_column(isa, &w[i * width..], n, s);
            for s in s.iter_mut() {
                let norm = s.sqrt();
                *s = if norm > max { max / norm } else { E::ONE };
            }
        });
    }
    let factors = &*scratch;
    if factors.iter().any(|&f| f != E::ONE) {
        let per = (crate::map::CHUNK / n).max(1);
        team.chunks(w, per * n, |_, w| scale_columns(isa, w, n, factors));
    }
}
