//! Forward over groups whose values are columns of a matrix: batch, instance and group norm.

use super::Layout;
use super::cut::{Cut, repeat};
use super::moments::moments;
use crate::pool::Parts;
use crate::{Element, Team};

pub(super) fn forward_scratch(layout: Layout) -> usize {
    let cut = Cut::of(layout);
    layout.outer * cut.parts * 3 * cut.lanes
}

simd! {
    /// `y = f((x - mean) scale + shift)`, row by row.
    fn apply[E: Element, F: Fn(E) -> E](x: &[E], y: &mut [E], mean: &[E], scale: &[E], shift: &[E], f: F) {
        let n = mean.len();
        if x.is_empty() {
            for y in y.chunks_mut(n) {
                for (((y, &m), &a), &b) in y.iter_mut().zip(mean).zip(scale).zip(shift) { *y = f((*y - m) * a + b); }
            }
        } else {
            for (y, x) in y.chunks_mut(n).zip(x.chunks(n)) {
                for ((((y, &x), &m), &a), &b) in y.iter_mut().zip(x).zip(mean).zip(scale).zip(shift) { *y = f((x - m) * a + b); }
            }
        }
    }
}

simd! {
    /// `y = f(x scale + shift)`, row by row.
    pub(super) fn line[E: Element, F: Fn(E) -> E](x: &[E], y: &mut [E], scale: &[E], shift: &[E], f: F) {
        let n = scale.len();
        if x.is_empty() {
            for y in y.chunks_mut(n) {
                for ((y, &a), &b) in y.iter_mut().zip(scale).zip(shift) { *y = f(*y * a + b); }
            }
        } else {
            for (y, x) in y.chunks_mut(n).zip(x.chunks(n)) {
                for (((y, &x), &a), &b) in y.iter_mut().zip(x).zip(scale).zip(shift) { *y = f(x * a + b); }
            }
        }
    }
}

simd! {
    /// Puts the parts' means and squares together: into the first part. A part is `[mean | - | squares]`.
    fn combine[E: Element](parts: &mut [E], columns: usize, lanes: usize, counts: (E, E)) {
        let (first, rest) = parts.split_at_mut(3 * lanes);
        let (mean, sq) = first.split_at_mut(lanes);
        let (sum, squares) = sq.split_at_mut(lanes);
        let (mean, sum, squares) = (&mut mean[..columns], &mut sum[..columns], &mut squares[..columns]);
        let others = rest.len() / (3 * lanes);
        // all parts but the last are equally long
        let (n, last) = counts;
        let count = |i: usize| if i + 1 == others { last } else { n };
        let own = if others == 0 { last } else { n };
        let total = n * E::from_f64(others as f64) + last;
        sum.fill(E::ZERO);
        for (i, part) in rest.chunks_exact(3 * lanes).enumerate() {
            let n = count(i);
            for ((s, &m), &other) in sum.iter_mut().zip(mean.iter()).zip(part) { *s += (other - m) * n; }
        }
        for (s, q) in sum.iter_mut().zip(squares.iter_mut()) {
            *s = *s / total;
            *q += *s * *s * own;
        }
        for (i, part) in rest.chunks_exact(3 * lanes).enumerate() {
            let n = count(i);
            let values = part.iter().zip(&part[2 * lanes..]);
            for (((q, &s), &m), (&other, &squares)) in squares.iter_mut().zip(sum.iter()).zip(mean.iter()).zip(values) {
                let d = (other - m) - s;
                *q += squares + d * d * n;
            }
        }
        for (m, &s) in mean.iter_mut().zip(sum.iter()) { *m += s; }
    }
}

simd! {
    /// From the columns' means and squares the groups' statistics, and mean, scale and shift of each lane in their place.
    fn finish[E: Element](cut: &Cut, part: &mut [E], line: (&[E], &[E]), epsilon: E, statistics: (&mut [E], &mut [E])) {
        let (gain, shift) = line;
        let (mean, rstd) = statistics;
        let Layout { rows, width, .. } = cut.layout;
        let (lanes, columns) = (cut.lanes, cut.layout.channels());
        let (k, sq) = part.split_at_mut(lanes);
        let (s, q) = sq.split_at_mut(lanes);
        let number = |n: usize| E::from_f64(n as f64);
        if width == 1 {
            let n = number(rows);
            mean.copy_from_slice(&k[..columns]);
            for (((r, s), &q), &gain) in rstd.iter_mut().zip(s.iter_mut()).zip(q.iter()).zip(gain) {
                *r = E::ONE / (q / n + epsilon).sqrt();
                *s = *r * gain;
            }
        } else {
            for (g, (mean, rstd)) in mean.iter_mut().zip(rstd).enumerate() {
                let at = g * width..(g + 1) * width;
                let means = &k[at.clone()];
                let first = means[0];
                let m = first + means.iter().fold(E::ZERO, |s, &m| s + (m - first)) / number(width);
                let between = means.iter().fold(E::ZERO, |s, &c| s + (c - m) * (c - m)) * number(rows);
                let squares = q[at.clone()].iter().fold(between, |s, &q| s + q);
                let r = E::ONE / (squares / number(rows * width) + epsilon).sqrt();
                (*mean, *rstd) = (m, r);
                k[at.clone()].fill(m);
                for (s, &gain) in s[at.clone()].iter_mut().zip(&gain[at]) { *s = r * gain; }
            }
        }
        q[..columns].copy_from_slice(shift);
        [k, s, q].into_iter().for_each(|x| repeat(x, columns));
    }
}

pub(super) fn forward<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    (x, gain, shift): (&[E], &[E], &[E]),
    epsilon: E,
    (y, mean, rstd): (&mut [E], &mut [E], &mut [E]),
    scratch: &mut [E],
    f: impl Fn(E) -> E + Copy + Sync,
) {
    let cut = Cut::of(layout);
    let (isa, lanes, block, columns) = (team.isa(), cut.lanes, layout.block(), layout.channels());
    let scratch = &mut scratch[..forward_scratch(layout)];
    let (y, mean, rstd, sums) =
        (Parts(y.as_mut_ptr()), Parts(mean.as_mut_ptr()), Parts(rstd.as_mut_ptr()), Parts(scratch.as_mut_ptr()));
    let at = |o: usize, i: usize| {
        let (from, len) = cut.part(i);
        (o * block + from, len)
    };
    let own = |o: usize, i: usize| (o * cut.parts + i) * 3 * lanes;
    cut.run(
        team,
        |_| {},
        |o, i| {
            let (from, len) = at(o, i);
            // SAFETY: in this phase `y` is read only; each part has a place of its own in the scratch space.
            let (x, s) = unsafe {
                (if x.is_empty() { &*y.slice(from, len) } else { &x[from..from + len] }, sums.slice(own(o, i), 3 * lanes))
            };
            let (k, sq) = s.split_at_mut(lanes);
            let (s, q) = sq.split_at_mut(lanes);
            moments(isa, x, columns, k, s, q);
        },
        |o| {
            let groups = layout.groups;
            // SAFETY: block `o` has places of its own in the scratch space and in the statistics.
            let (parts, mean, rstd) = unsafe {
                (sums.slice(own(o, 0), cut.parts * 3 * lanes), mean.slice(o * groups, groups), rstd.slice(o * groups, groups))
            };
            combine(isa, parts, columns, lanes, (cut.rows(0), cut.rows(cut.parts - 1)));
            finish(isa, &cut, &mut parts[..3 * lanes], (gain, shift), epsilon, (mean, rstd));
        },
        |o, i| {
            let (from, len) = at(o, i);
            // SAFETY: parts of `y` are disjoint; in this phase the scratch space is read only.
            let (y, lines) = unsafe { (y.slice(from, len), &*sums.slice(own(o, 0), 3 * lanes)) };
            let x = if x.is_empty() { x } else { &x[from..from + len] };
            apply(isa, x, y, &lines[..lanes], &lines[lanes..2 * lanes], &lines[2 * lanes..], f);
        },
    );
}
