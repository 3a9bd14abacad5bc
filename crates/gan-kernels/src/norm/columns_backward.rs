//! The gradient over groups whose values are columns of a matrix.

use super::cut::{Cut, repeat};
use super::moments::slopes;
use super::{Backward, Layout};
use crate::pool::Parts;
use crate::{Element, Isa, Team};

pub(super) fn backward_scratch(layout: Layout) -> usize {
    let cut = Cut::of(layout);
    layout.outer * (5 + 2 * cut.parts) * cut.lanes
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
