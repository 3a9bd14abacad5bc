//! Groups whose values are columns of a matrix: batch, instance and group norm.
//!
//! A block is cut into parts of rows whose sums stand in the scratch space. Where there are many blocks, a thread takes
//! whole ones and reads their values again while they are in its cache; where there are few, threads share the parts.

use super::moments::{TILE, moments, slopes};
use super::{Backward, Layout};
use crate::pool::Parts;
use crate::{Element, Isa, Team};

/// Elements of a part: they stay in the second cache between two readings.
const PART: usize = 16_384;
/// Blocks from which on each is the work of one thread.
const MANY: usize = 16;
/// Rows shorter than this are read several at a time.
const NARROW: usize = 16;

/// How a layout is cut: depends on its sizes alone.
#[derive(Clone, Copy)]
struct Cut {
    layout: Layout,
    /// Lanes of the accumulators: the channels, of several rows where rows are short.
    lanes: usize,
    part_rows: usize,
    parts: usize,
    /// Blocks a thread takes at a time, if it takes whole ones.
    whole: Option<usize>,
}

impl Cut {
    fn of(layout: Layout) -> Cut {
        let channels = layout.channels().max(1);
        let several = if channels < NARROW { 64 / channels } else { 1 };
        let part_rows = (PART / channels).max(1).next_multiple_of(several * TILE);
        let parts = layout.rows.div_ceil(part_rows).max(1);
        let whole = (parts == 1 || layout.outer >= MANY).then(|| (PART / layout.block().max(1)).max(1));
        Cut { layout, lanes: channels * several, part_rows, parts, whole }
    }

    /// Where part `i` of a block lies in it, and its length.
    fn part(&self, i: usize) -> (usize, usize) {
        let c = self.layout.channels();
        let from = i * self.part_rows;
        (from * c, self.part_rows.min(self.layout.rows - from) * c)
    }

    /// Rows of part `i`, as a number.
    fn rows<E: Element>(&self, i: usize) -> E {
        E::from_f64((self.part(i).1 / self.layout.channels()) as f64)
    }

    /// Calls `before` for every block, `first` for each of its parts, then `between` for the block, then `last` for its parts.
    fn run(
        &self,
        team: &Team<'_>,
        before: impl Fn(usize) + Sync,
        first: impl Fn(usize, usize) + Sync,
        between: impl Fn(usize) + Sync,
        last: impl Fn(usize, usize) + Sync,
    ) {
        let (outer, parts) = (self.layout.outer, self.parts);
        match self.whole {
            Some(blocks) => team.for_each(outer.div_ceil(blocks), |t| {
                for o in t * blocks..outer.min((t + 1) * blocks) {
                    before(o);
                    (0..parts).for_each(|i| first(o, i));
                    between(o);
                    (0..parts).for_each(|i| last(o, i));
                }
            }),
            None => {
                team.for_each(outer, before);
                team.for_each(outer * parts, |t| first(t / parts, t % parts));
                team.for_each(outer, between);
                // backwards: what was read last is still in the caches
                let n = outer * parts;
                team.for_each(n, |t| last((n - 1 - t) / parts, (n - 1 - t) % parts));
            }
        }
    }
}

pub(super) fn forward_scratch(layout: Layout) -> usize {
    let cut = Cut::of(layout);
    layout.outer * cut.parts * 3 * cut.lanes
}

pub(super) fn backward_scratch(layout: Layout) -> usize {
    let cut = Cut::of(layout);
    layout.outer * (5 + 2 * cut.parts) * cut.lanes
}

/// Repeats the first `columns` elements.
fn repeat<E: Copy>(x: &mut [E], columns: usize) {
    for i in columns..x.len() {
        x[i] = x[i - columns];
    }
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

simd! {
    /// `dx = scale g + b (x - mean) + d`, row by row, with `g = mask(dy, (x - mean) scale + shift)`; an empty `dy` stands in `dx`.
    fn apply_slopes[E: Element, F: Fn(E, E) -> E](dy: &[E], x: &[E], dx: &mut [E], lines: [&[E]; 5], mask: F) {
        let [mean, scale, shift, b, d] = lines;
        let n = mean.len();
        let own = dy.is_empty();
        for (i, (dx, x)) in dx.chunks_mut(n).zip(x.chunks(n)).enumerate() {
            let coefficients = mean.iter().zip(scale).zip(shift).zip(b.iter().zip(d));
            if own {
                for ((o, &x), (((&m, &a), &s), (&b, &d))) in dx.iter_mut().zip(x).zip(coefficients) {
                    let c = x - m;
                    *o = a * mask(*o, c * a + s) + (b * c + d);
                }
            } else {
                let dy = &dy[i * n..][..x.len()];
                for (((o, &x), &dy), (((&m, &a), &s), (&b, &d))) in dx.iter_mut().zip(x).zip(dy).zip(coefficients) {
                    let c = x - m;
                    *o = a * mask(dy, c * a + s) + (b * c + d);
                }
            }
        }
    }
}

simd! {
    /// Mean, scale and shift of each lane of block `o`.
    fn prepare[E: Element](cut: &Cut, o: usize, b: &Backward<'_, E>, lines: &mut [E]) {
        let Layout { groups, width, .. } = cut.layout;
        let columns = cut.layout.channels();
        let (mean, rest) = lines.split_at_mut(cut.lanes);
        let (scale, rest) = rest.split_at_mut(cut.lanes);
        let shift = &mut rest[..cut.lanes];
        let (means, rstds) = (&b.mean[o * groups..(o + 1) * groups], &b.rstd[o * groups..(o + 1) * groups]);
        if width == 1 {
            mean[..columns].copy_from_slice(means);
            for ((s, &r), &gain) in scale.iter_mut().zip(rstds).zip(b.gain) { *s = r * gain; }
        } else {
            for (g, (&m, &r)) in means.iter().zip(rstds).enumerate() {
                let at = g * width..(g + 1) * width;
                mean[at.clone()].fill(m);
                for (s, &gain) in scale[at.clone()].iter_mut().zip(&b.gain[at]) { *s = r * gain; }
            }
        }
        shift[..columns].copy_from_slice(b.shift);
        [mean, scale, shift].into_iter().for_each(|x| repeat(x, columns));
    }
}

simd! {
    /// Adds up the parts' sums of block `o` in its first part, there multiplies the second by `rstd`, and appends to the lines
    /// what the groups' averages contribute.
    fn gather[E: Element](cut: &Cut, o: usize, b: &Backward<'_, E>, parts: &mut [E], lines: &mut [E]) {
        let Layout { groups, width, .. } = cut.layout;
        let (columns, lanes) = (cut.layout.channels(), cut.lanes);
        let (first, rest) = parts.split_at_mut(2 * lanes);
        for part in rest.chunks_exact(2 * lanes) {
            for (s, &p) in first.iter_mut().zip(part) { *s += p; }
        }
        let (sum, product) = first.split_at_mut(lanes);
        let (slope, offset) = lines[3 * lanes..].split_at_mut(lanes);
        let count = E::from_f64(cut.layout.count() as f64);
        let rstds = &b.rstd[o * groups..(o + 1) * groups];
        if width == 1 {
            let results = slope.iter_mut().zip(offset.iter_mut());
            for ((((slope, offset), &r), &gain), (&s, p)) in results.zip(rstds).zip(b.gain).zip(sum.iter().zip(product.iter_mut())) {
                *p = *p * r;
                *slope = -(r * r * (*p * gain)) / count;
                *offset = -(r * (s * gain)) / count;
            }
        } else {
            for (g, &r) in rstds.iter().enumerate() {
                let at = g * width..(g + 1) * width;
                let (mut h, mut hu) = (E::ZERO, E::ZERO);
                for ((&s, p), &gain) in sum[at.clone()].iter().zip(&mut product[at.clone()]).zip(&b.gain[at.clone()]) {
                    *p = *p * r;
                    h += s * gain;
                    hu += *p * gain;
                }
                slope[at.clone()].fill(-(r * r * hu) / count);
                offset[at].fill(-(r * h) / count);
            }
        }
        if let Some((dmean, drstd)) = b.statistics {
            for c in 0..columns {
                let (g, r) = (o * groups + c / width, rstds[c / width]);
                slope[c] = slope[c] - r * r * r * drstd[g] / count;
                offset[c] += dmean[g] / count;
            }
        }
        [slope, offset].into_iter().for_each(|x| repeat(&mut x[..lanes], columns));
    }
}

pub(super) fn backward<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    b: Backward<'_, E>,
    (dx, dgain, dshift): (&mut [E], &mut [E], &mut [E]),
    scratch: &mut [E],
    mask: impl Fn(E, E) -> E + Copy + Sync,
) {
    let cut = Cut::of(layout);
    let (lanes, block, columns) = (cut.lanes, layout.block(), layout.channels());
    let (all_lines, all_sums) = scratch[..backward_scratch(layout)].split_at_mut(5 * lanes * layout.outer);
    {
        let (dx, lines, sums) = (Parts(dx.as_mut_ptr()), Parts(all_lines.as_mut_ptr()), Parts(all_sums.as_mut_ptr()));
        backward_phases(team, &cut, &b, [&dx, &lines, &sums], mask, block, columns);
    }
    dgain.fill(E::ZERO);
    dshift.fill(E::ZERO);
    for first in all_sums.chunks_exact(2 * lanes).step_by(cut.parts) {
        for ((ds, dg), (&s, &p)) in dshift.iter_mut().zip(dgain.iter_mut()).zip(first.iter().zip(&first[lanes..])) {
            *ds += s;
            *dg += p;
        }
    }
}

fn backward_phases<E: Element>(
    team: &Team<'_>,
    cut: &Cut,
    b: &Backward<'_, E>,
    [dx, lines, sums]: [&Parts<E>; 3],
    mask: impl Fn(E, E) -> E + Copy + Sync,
    block: usize,
    columns: usize,
) {
    let (isa, lanes): (Isa, usize) = (team.isa(), cut.lanes);
    let at = |o: usize, i: usize| {
        let (from, len) = cut.part(i);
        (o * block + from, len)
    };
    cut.run(
        team,
        |o| {
            // SAFETY: block `o` has lines of its own.
            let lines = unsafe { lines.slice(o * 5 * lanes, 5 * lanes) };
            prepare(isa, cut, o, b, lines);
        },
        |o, i| {
            let (from, len) = at(o, i);
            // SAFETY: in this phase `dx` and the lines are read only; each part has sums of its own.
            let (dy, lines, sums) = unsafe {
                let dy = if b.dy.is_empty() { &*dx.slice(from, len) } else { &b.dy[from..from + len] };
                (dy, &*lines.slice(o * 5 * lanes, 3 * lanes), sums.slice((o * cut.parts + i) * 2 * lanes, 2 * lanes))
            };
            let (s, q) = sums.split_at_mut(lanes);
            let lines = [&lines[..lanes], &lines[lanes..2 * lanes], &lines[2 * lanes..]];
            slopes(isa, dy, &b.x[from..from + len], columns, lines, s, q, mask);
        },
        |o| {
            // SAFETY: block `o` has sums and lines of its own.
            let (sums, lines) =
                unsafe { (sums.slice(o * cut.parts * 2 * lanes, cut.parts * 2 * lanes), lines.slice(o * 5 * lanes, 5 * lanes)) };
            gather(isa, cut, o, b, sums, lines);
        },
        |o, i| {
            let (from, len) = at(o, i);
            // SAFETY: parts of `dx` are disjoint; in this phase the lines are read only.
            let (dx, lines) = unsafe { (dx.slice(from, len), &*lines.slice(o * 5 * lanes, 5 * lanes)) };
            let dy = if b.dy.is_empty() { b.dy } else { &b.dy[from..from + len] };
            let lines = std::array::from_fn(|i| &lines[i * lanes..(i + 1) * lanes]);
            apply_slopes(isa, dy, &b.x[from..from + len], dx, lines, mask);
        },
    );
}
