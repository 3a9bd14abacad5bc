//! Groups that are runs of memory: layer norm, and group norm of examples without positions.

use super::{Backward, Layout};
use crate::pool::Parts;
use crate::{Element, Isa, Team};

/// Elements a thread takes at a time, at least.
const PART: usize = 16_384;
/// Most pieces of the work whose gradients of gain and shift are added up at the end.
const PIECES: usize = 16;
/// Lines that are read a second time together, so many columns at a time, so that what belongs to the columns stays in the
/// first cache.
const TOGETHER: usize = 8;
const COLUMNS: usize = 1024;
/// Independent accumulators of a sum.
pub(super) const LANES: usize = 32;
/// Elements after which accumulators are added to the total.
pub(super) const RUN: usize = 4096;

/// Adds the accumulators up, halves first.
#[inline(always)]
pub(super) fn fold<E: Element, const W: usize>(mut lanes: [E; W]) -> E {
    let mut width = W / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] += lanes[i + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The sums of `x - near` and of its square.
#[inline(always)]
fn moments<E: Element>(x: &[E], near: E) -> (E, E) {
    let (mut total, mut squares) = (E::ZERO, E::ZERO);
    for run in x.chunks(RUN) {
        let (mut s, mut q) = ([E::ZERO; LANES], [E::ZERO; LANES]);
        let whole = run.chunks_exact(LANES);
        let rest = whole.remainder();
        for x in whole {
            for l in 0..LANES {
                let d = x[l] - near;
                s[l] += d;
                q[l] += d * d;
            }
        }
        for (l, &x) in rest.iter().enumerate() {
            let d = x - near;
            s[l] += d;
            q[l] += d * d;
        }
        total += fold(s);
        squares += fold(q);
    }
    (total, squares)
}

simd! {
    /// Mean and reciprocal standard deviation of a line.
    fn statistics[E: Element](x: &[E], epsilon: E) -> (E, E) {
        let n = E::from_f64(x.len() as f64);
        // the sum of deviations from what is nearly the mean corrects it, and the squares
        let near = x[0] + moments(x, x[0]).0 / n;
        let (rest, squares) = moments(x, near);
        let variance = ((squares - rest * (rest / n)) / n).maximum(E::ZERO);
        (near + rest / n, E::ONE / (variance + epsilon).sqrt())
    }
}

simd! {
    fn apply[E: Element, F: Fn(E) -> E](x: &[E], y: &mut [E], statistics: (E, E), gain: &[E], shift: &[E], f: F) {
        let (m, r) = statistics;
        if x.is_empty() {
            for ((y, &a), &b) in y.iter_mut().zip(gain).zip(shift) { *y = f((*y - m) * (r * a) + b); }
        } else {
            for (((y, &x), &a), &b) in y.iter_mut().zip(x).zip(gain).zip(shift) { *y = f((x - m) * (r * a) + b); }
        }
    }
}

pub(super) fn forward<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    (x, gain, shift): (&[E], &[E], &[E]),
    epsilon: E,
    (y, mean, rstd): (&mut [E], &mut [E], &mut [E]),
    f: impl Fn(E) -> E + Copy + Sync,
) {
    let (isa, w, lines) = (team.isa(), layout.width, layout.statistics());
    let (y, mean, rstd) = (Parts(y.as_mut_ptr()), Parts(mean.as_mut_ptr()), Parts(rstd.as_mut_ptr()));
    let several = (PART / w).max(1);
    team.for_each(lines.div_ceil(several), |t| {
        for i in t * several..lines.min((t + 1) * several) {
            // SAFETY: line `i` belongs to this thread.
            let (y, mean, rstd) = unsafe { (y.slice(i * w, w), mean.slice(i, 1), rstd.slice(i, 1)) };
            let x = if x.is_empty() { x } else { &x[i * w..(i + 1) * w] };
            let both = statistics(isa, if x.is_empty() { &*y } else { x }, epsilon);
            (mean[0], rstd[0]) = both;
            let at = i % layout.groups * w;
            apply(isa, x, y, both, &gain[at..at + w], &shift[at..at + w], f);
        }
    });
}

/// A line of a gradient: its `dy` (empty: in `dx`), `x`, gain and shift.
type Line<'a, E> = [&'a [E]; 4];

simd! {
    /// The sums of `h = g gain` and of `h (x - mean)`.
    fn sums[E: Element, F: Fn(E, E) -> E](line: Line<'_, E>, statistics: (E, E), mask: F) -> (E, E) {
        let ([dy, x, gain, shift], (m, r)) = (line, statistics);
        let term = |dy: E, x: E, a: E, b: E| {
            let d = x - m;
            let h = mask(dy, d * (r * a) + b) * a;
            (h, h * d)
        };
        let (mut total, mut product) = (E::ZERO, E::ZERO);
        let runs = dy.chunks(RUN).zip(x.chunks(RUN)).zip(gain.chunks(RUN)).zip(shift.chunks(RUN));
        for (((dy, x), gain), shift) in runs {
            let (mut s, mut q) = ([E::ZERO; LANES], [E::ZERO; LANES]);
            let whole = dy.chunks_exact(LANES).zip(x.chunks_exact(LANES)).zip(gain.chunks_exact(LANES)).zip(shift.chunks_exact(LANES));
            for (((dy, x), gain), shift) in whole {
                for l in 0..LANES {
                    let (h, hd) = term(dy[l], x[l], gain[l], shift[l]);
                    s[l] += h;
                    q[l] += hd;
                }
            }
            for (l, i) in (x.len() / LANES * LANES..x.len()).enumerate() {
                let (h, hd) = term(dy[i], x[i], gain[i], shift[i]);
                s[l] += h;
                q[l] += hd;
            }
            total += fold(s);
            product += fold(q);
        }
        (total, product)
    }
}

simd! {
    /// `dx = rstd gain g + b (x - mean) + d`; adds `g` and `g (x - mean) rstd` to the gradients of shift and gain.
    fn apply_slopes[E: Element, F: Fn(E, E) -> E](line: Line<'_, E>, dx: &mut [E], numbers: [E; 4], dgain: &mut [E], dshift: &mut [E], mask: F) {
        let ([dy, x, gain, shift], [m, r, b, d]) = (line, numbers);
        let one = |dy: E, x: E, a: E, s: E, dg: &mut E, ds: &mut E| {
            let c = x - m;
            let g = mask(dy, c * (r * a) + s);
            *ds += g;
            *dg += g * (c * r);
            (r * a) * g + (b * c + d)
        };
        let with = x.iter().zip(gain).zip(shift).zip(dgain.iter_mut().zip(dshift));
        if dy.is_empty() {
            for (o, (((&x, &a), &s), (dg, ds))) in dx.iter_mut().zip(with) { *o = one(*o, x, a, s, dg, ds); }
        } else {
            for ((o, &dy), (((&x, &a), &s), (dg, ds))) in dx.iter_mut().zip(dy).zip(with) { *o = one(dy, x, a, s, dg, ds); }
        }
    }
}

/// Blocks of a piece, and the number of pieces.
pub(super) fn pieces(layout: Layout) -> (usize, usize) {
    let blocks = layout.outer.div_ceil(PIECES).max((PART / layout.channels().max(1)).max(1));
    (blocks, layout.outer.div_ceil(blocks))
}

pub(super) fn backward_scratch(layout: Layout) -> usize {
    2 * layout.channels() * pieces(layout).1
}

pub(super) fn backward<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    b: Backward<'_, E>,
    (dx, dgain, dshift): (&mut [E], &mut [E], &mut [E]),
    scratch: &mut [E],
    mask: impl Fn(E, E) -> E + Copy + Sync,
) {
    let isa: Isa = team.isa();
    let (blocks, n) = pieces(layout);
    let (channels, groups, w) = (layout.channels(), layout.groups, layout.width);
    let partial = &mut scratch[..2 * channels * n];
    team.chunks2((dx, blocks * channels), (&mut *partial, 2 * channels), |t, dx, partial| {
        partial.fill(E::ZERO);
        let (dgain, dshift) = partial.split_at_mut(channels);
        for (i, dx) in dx.chunks_mut(TOGETHER * channels).enumerate() {
            for g in 0..groups {
                let first = (t * blocks + i * TOGETHER) * groups + g;
                let at = g * w..(g + 1) * w;
                let (gain, shift) = (&b.gain[at.clone()], &b.shift[at.clone()]);
                let mut numbers = [[E::ZERO; 4]; TOGETHER];
                for (k, (dx, numbers)) in dx.chunks_exact(channels).zip(&mut numbers).enumerate() {
                    let line = first + k * groups;
                    let from = line * w;
                    let dy = if b.dy.is_empty() { &dx[at.clone()] } else { &b.dy[from..from + w] };
                    let (m, r) = (b.mean[line], b.rstd[line]);
                    let (h, hd) = sums(isa, [dy, &b.x[from..from + w], gain, shift], (m, r), mask);
                    let (mut slope, mut offset) = (-(r * r * r * hd), -(r * h));
                    if let Some((dmean, drstd)) = b.statistics {
                        slope = slope - r * r * r * drstd[line];
                        offset += dmean[line];
                    }
                    let count = E::from_f64(w as f64);
                    *numbers = [m, r, slope / count, offset / count];
                }
                for from in (0..w).step_by(COLUMNS) {
                    let to = w.min(from + COLUMNS);
                    let c = at.start + from..at.start + to;
                    for (k, (dx, &numbers)) in dx.chunks_exact_mut(channels).zip(&numbers).enumerate() {
                        let own = (first + k * groups) * w + from..(first + k * groups) * w + to;
                        let dy = if b.dy.is_empty() { b.dy } else { &b.dy[own.clone()] };
                        let line = [dy, &b.x[own], &gain[from..to], &shift[from..to]];
                        let (dgain, dshift) = (&mut dgain[c.clone()], &mut dshift[c.clone()]);
                        apply_slopes(isa, line, &mut dx[c.clone()], numbers, dgain, dshift, mask);
                    }
                }
            }
        }
    });
    let partial = &*partial;
    let step = crate::map::CHUNK / PIECES;
    team.chunks2((dgain, step), (dshift, step), |i, dgain, dshift| {
        dgain.fill(E::ZERO);
        dshift.fill(E::ZERO);
        for p in partial.chunks_exact(2 * channels) {
            let (g, s) = (&p[i * step..], &p[channels + i * step..]);
            for ((dg, ds), (&g, &s)) in dgain.iter_mut().zip(dshift.iter_mut()).zip(g.iter().zip(s)) {
                *dg += g;
                *ds += s;
            }
        }
    });
}
