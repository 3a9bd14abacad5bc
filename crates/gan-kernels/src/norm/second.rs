//! The gradient of a normalisation's gradient, which penalties on gradients need (Gulrajani et al. 2017).
//!
//! With `g` the cotangent that came in, `h = g gain`, `c = x - mean`, `u = c rstd` and averages `<.>` over a group, the first
//! gradient is `dx = rstd (h - <h> - u <h u>)`, `dgain = sum g u`, `dshift = sum g`. For cotangents `v`, `a`, `b` of these,
//!
//! ```text
//! of g:     gain rstd (v - <v> - u <v u>) + a u + b
//! of x:     rstd (a g - rstd (v <h u> + h <v u>))                                 mean and rstd held fixed
//! of mean:  -rstd (sum a g - rstd n (<v> <h u> + <h> <v u>))
//! of rstd:  sum a g u / rstd + n (<v h> - <v> <h> - 3 <v u> <h u>)
//! of gain:  rstd (sum g v - <v> sum g - <v u> sum g u)                            sums over a channel
//! ```

use super::Layout;
use super::cut::{Cut, repeat};
use super::moments::TILE;
use crate::pool::Parts;
use crate::{Element, Team};

/// What the gradient of a gradient is made of; see [`second`](super::second).
#[derive(Clone, Copy, Debug)]
pub struct Second<'a, E> {
    /// The cotangent of the gradient with respect to `x`.
    pub v: &'a [E],
    /// The cotangent of the gradient with respect to the gain.
    pub dgain: &'a [E],
    /// The cotangent of the gradient with respect to the shift.
    pub dshift: &'a [E],
    /// The gradient with respect to the normalisation's result.
    pub dy: &'a [E],
    /// The operand.
    pub x: &'a [E],
    /// Mean of each group.
    pub mean: &'a [E],
    /// Reciprocal standard deviation of each group.
    pub rstd: &'a [E],
    /// Gain of each channel.
    pub gain: &'a [E],
}

/// Sums of a part: of `g`, `g c`, `v`, `v c`, `g v`.
const SUMS: usize = 5;
/// Numbers of a lane: mean; factors of `v`, `c` and 1 in the first result; of `g` and `v` in the second.
const LINES: usize = 6;

#[inline(always)]
fn block<E: Element, const W: usize>([g, x, v]: [&[E]; 3], mean: &[E], at: usize, sums: &mut [E]) {
    let n = mean.len();
    let mut m = [E::ZERO; W];
    m.copy_from_slice(&mean[at..at + W]);
    let mut all = [[E::ZERO; W]; SUMS];
    for (g, (x, v)) in g.chunks_exact(n).zip(x.chunks_exact(n).zip(v.chunks_exact(n))) {
        let (g, x, v) = (&g[at..at + W], &x[at..at + W], &v[at..at + W]);
        for l in 0..W {
            let c = x[l] - m[l];
            all[0][l] += g[l];
            all[1][l] += g[l] * c;
            all[2][l] += v[l];
            all[3][l] += v[l] * c;
            all[4][l] += g[l] * v[l];
        }
    }
    for (sums, own) in sums.chunks_exact_mut(n).zip(&all) {
        for (s, &o) in sums[at..at + W].iter_mut().zip(own) {
            *s += o;
        }
    }
}

simd! {
    /// Adds a part's sums up, column by column; lanes may be several rows of columns.
    fn sums[E: Element](values: [&[E]; 3], columns: usize, mean: &[E], sums: &mut [E]) {
        let n = mean.len();
        sums.fill(E::ZERO);
        let len = values[0].len();
        for from in (0..len).step_by(TILE * n) {
            let tile = values.map(|x| &x[from..len.min(from + TILE * n)]);
            let cut = tile[0].len() / n * n;
            let whole = tile.map(|x| &x[..cut]);
            let mut at = 0;
            while at + 16 <= n {
                block::<E, 16>(whole, mean, at, sums);
                at += 16;
            }
            while at < n {
                block::<E, 1>(whole, mean, at, sums);
                at += 1;
            }
            let [g, x, v] = tile.map(|x| &x[cut..]);
            for (i, ((&g, &x), &v)) in g.iter().zip(x).zip(v).enumerate() {
                let c = x - mean[i];
                for (k, term) in [g, g * c, v, v * c, g * v].into_iter().enumerate() { sums[k * n + i] += term; }
            }
        }
        for sums in sums.chunks_exact_mut(n) {
            for i in columns..n { sums[i % columns] += sums[i]; }
        }
    }
}

/// From the sums over a group of `h`, `h u`, `v`, `v u`, `v h`, `a g`, `a g u`: the averages of `v`, `v u` and `h u`, and the
/// cotangents of mean and rstd.
#[inline(always)]
pub(super) fn of_group<E: Element>(count: E, r: E, [h, hu, v, vu, vh, ag, agu]: [E; 7]) -> ([E; 3], [E; 2]) {
    let share = E::ONE / count;
    let [h, hu, v, vu] = [h * share, hu * share, v * share, vu * share];
    let dmean = r * (r * count * (v * hu + h * vu) - ag);
    let drstd = agu / r + vh - count * (v * h + E::from_f64(3.0) * vu * hu);
    ([v, vu, hu], [dmean, drstd])
}

simd! {
    /// From the sums of block `o` the lines of its second reading, the cotangents of its statistics, and, in the place of the
    /// first sums, its share of the gain's.
    fn gather[E: Element](cut: &Cut, o: usize, s: &Second<'_, E>, parts: &mut [E], lines: &mut [E], statistics: (&mut [E], &mut [E])) {
        let Layout { groups, width, .. } = cut.layout;
        let (n, columns) = (cut.lanes, cut.layout.channels());
        let (sums, rest) = parts.split_at_mut(SUMS * n);
        for part in rest.chunks_exact(SUMS * n) {
            for (s, &p) in sums.iter_mut().zip(part) { *s += p; }
        }
        let count = E::from_f64(cut.layout.count() as f64);
        let rstds = &s.rstd[o * groups..(o + 1) * groups];
        let (first, others) = sums.split_at_mut(n);
        // slices of one length, so that the loops need no checks
        let sg = &mut first[..columns];
        let [sgc, sv, svc, sgv] = std::array::from_fn(|i| &others[i * n..][..columns]);
        let (gain, dgain, dshift) = (&s.gain[..columns], &s.dgain[..columns], &s.dshift[..columns]);
        let (la, rest) = lines[n..].split_at_mut(n);
        let (lb, rest) = rest.split_at_mut(n);
        let (lc, rest) = rest.split_at_mut(n);
        let (lp, lq) = rest.split_at_mut(n);
        let [la, lb, lc, lp, lq] = [la, lb, lc, lp, lq].map(|l| &mut l[..columns]);
        let terms = |c: usize, r: E, sg: E| {
            let (sgu, a) = (sgc[c] * r, dgain[c]);
            [sg * gain[c], sgu * gain[c], sv[c], svc[c] * r, sgv[c] * gain[c], a * sg, a * sgu]
        };
        let (dmean, drstd) = (&mut statistics.0[..groups], &mut statistics.1[..groups]);
        let mut finish = |c: usize, r: E, sg: &mut [E], [v, vu, hu]: [E; 3]| {
            let (a, scale) = (dgain[c], r * gain[c]);
            sg[c] = r * (sgv[c] - v * sg[c] - vu * r * sgc[c]);
            la[c] = scale;
            lb[c] = r * (a - scale * vu);
            lc[c] = dshift[c] - scale * v;
            lp[c] = r * (a - scale * vu);
            lq[c] = -(r * r * hu);
        };
        if width == 1 {
            for c in 0..columns {
                let r = rstds[c];
                let (averages, both) = of_group(count, r, terms(c, r, sg[c]));
                [dmean[c], drstd[c]] = both;
                finish(c, r, &mut *sg, averages);
            }
        } else {
            for (g, &r) in rstds.iter().enumerate() {
                let mut total = [E::ZERO; 7];
                for (c, &sg) in sg.iter().enumerate().skip(g * width).take(width) {
                    for (t, term) in total.iter_mut().zip(terms(c, r, sg)) { *t += term; }
                }
                let (averages, both) = of_group(count, r, total);
                [dmean[g], drstd[g]] = both;
                (g * width..(g + 1) * width).for_each(|c| finish(c, r, &mut *sg, averages));
            }
        }
        lines.chunks_exact_mut(n).for_each(|x| repeat(x, columns));
    }
}

simd! {
    /// `dg = A v + B c + C` and `dx = P g + Q v`, row by row.
    fn apply[E: Element](values: [&[E]; 3], lines: [&[E]; LINES], dg: &mut [E], dx: &mut [E]) {
        let [mean, a, b, c, p, q] = lines;
        let n = mean.len();
        let [g, x, v] = values;
        let rows = g.chunks(n).zip(x.chunks(n)).zip(v.chunks(n)).zip(dg.chunks_mut(n).zip(dx.chunks_mut(n)));
        for (((g, x), v), (dg, dx)) in rows {
            let first = mean.iter().zip(a).zip(b.iter().zip(c));
            for (((o, &x), &v), ((&m, &a), (&b, &c))) in dg.iter_mut().zip(x).zip(v).zip(first) { *o = a * v + (b * (x - m) + c); }
            for (((o, &g), &v), (&p, &q)) in dx.iter_mut().zip(g).zip(v).zip(p.iter().zip(q)) { *o = p * g + q * v; }
        }
    }
}

pub(super) fn scratch(layout: Layout) -> usize {
    let cut = Cut::of(layout);
    layout.outer * (LINES + SUMS * cut.parts) * cut.lanes
}

pub(super) fn columns<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    s: Second<'_, E>,
    (dg, dx, statistics, dgain): (&mut [E], &mut [E], &mut [E], &mut [E]),
    scratch: &mut [E],
) {
    let cut = Cut::of(layout);
    let (isa, n, block, groups) = (team.isa(), cut.lanes, layout.block(), layout.groups);
    let (all_lines, all_sums) = scratch[..self::scratch(layout)].split_at_mut(LINES * n * layout.outer);
    {
        let (dmean, drstd) = statistics.split_at_mut(layout.statistics());
        let [dg, dx, lines, sums_] = [dg, dx, &mut *all_lines, &mut *all_sums].map(|x| Parts(x.as_mut_ptr()));
        let [dmean, drstd] = [dmean, drstd].map(|x| Parts(x.as_mut_ptr()));
        let values = |o: usize, i: usize| {
            let (from, len) = cut.part(i);
            let at = o * block + from..o * block + from + len;
            (at.start, [&s.dy[at.clone()], &s.x[at.clone()], &s.v[at]])
        };
        cut.run(
            team,
            |o| {
                // SAFETY: block `o` has lines of its own.
                let mean = unsafe { lines.slice(o * LINES * n, n) };
                for (mean, &m) in mean.chunks_mut(layout.width).zip(&s.mean[o * groups..(o + 1) * groups]) {
                    mean.fill(m);
                }
                repeat(mean, layout.channels());
            },
            |o, i| {
                // SAFETY: each part has sums of its own; in this phase the lines are read only.
                let (mean, own) =
                    unsafe { (&*lines.slice(o * LINES * n, n), sums_.slice((o * cut.parts + i) * SUMS * n, SUMS * n)) };
                sums(isa, values(o, i).1, layout.channels(), mean, own);
            },
            |o| {
                // SAFETY: block `o` has sums, lines and statistics of its own.
                unsafe {
                    let sums = sums_.slice(o * cut.parts * SUMS * n, cut.parts * SUMS * n);
                    let statistics = (dmean.slice(o * groups, groups), drstd.slice(o * groups, groups));
                    gather(isa, &cut, o, &s, sums, lines.slice(o * LINES * n, LINES * n), statistics);
                }
            },
            |o, i| {
                let (from, values) = values(o, i);
                // SAFETY: parts of the results are disjoint; in this phase the lines are read only.
                let (dg, dx, lines) = unsafe {
                    (dg.slice(from, values[0].len()), dx.slice(from, values[0].len()), &*lines.slice(o * LINES * n, LINES * n))
                };
                apply(isa, values, std::array::from_fn(|i| &lines[i * n..(i + 1) * n]), dg, dx);
            },
        );
    }
    dgain.fill(E::ZERO);
    for sums in all_sums.chunks_exact(SUMS * n).step_by(cut.parts) {
        for (d, &s) in dgain.iter_mut().zip(sums) {
            *d += s;
        }
    }
}
