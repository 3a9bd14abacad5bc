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

/// From the sums of block `o` the lines of its second reading, the cotangents of its statistics, and, in the place of the
/// first sums, its share of the gain's.
fn gather<E: Element>(
    cut: &Cut,
    o: usize,
    s: &Second<'_, E>,
    parts: &mut [E],
    lines: &mut [E],
    (dmean, drstd): (&mut [E], &mut [E]),
) {
    let Layout { groups, width, .. } = cut.layout;
    let (n, columns) = (cut.lanes, cut.layout.channels());
    let (sums, rest) = parts.split_at_mut(SUMS * n);
    for part in rest.chunks_exact(SUMS * n) {
        for (s, &p) in sums.iter_mut().zip(part) {
            *s += p;
        }
    }
    let count = E::from_f64(cut.layout.count() as f64);
    let three = E::from_f64(3.0);
    for g in 0..groups {
        let r = s.rstd[o * groups + g];
        let [mut h, mut hu, mut v, mut vu, mut vh, mut ag, mut agu] = [E::ZERO; 7];
        for c in g * width..(g + 1) * width {
            let [sg, sgu, sv, svu, sgv] = [sums[c], sums[n + c] * r, sums[2 * n + c], sums[3 * n + c] * r, sums[4 * n + c]];
            (h, hu, v, vu) = (h + sg * s.gain[c], hu + sgu * s.gain[c], v + sv, vu + svu);
            (vh, ag, agu) = (vh + sgv * s.gain[c], ag + s.dgain[c] * sg, agu + s.dgain[c] * sgu);
        }
        [h, hu, v, vu] = [h, hu, v, vu].map(|x| x / count);
        dmean[g] = r * (r * count * (v * hu + h * vu) - ag);
        drstd[g] = agu / r + vh - count * (v * h + three * vu * hu);
        for c in g * width..(g + 1) * width {
            let (a, scale) = (s.dgain[c], r * s.gain[c]);
            sums[c] = r * (sums[4 * n + c] - v * sums[c] - vu * r * sums[n + c]);
            lines[n + c] = scale;
            lines[2 * n + c] = r * (a - scale * vu);
            lines[3 * n + c] = s.dshift[c] - scale * v;
            lines[4 * n + c] = r * (a - scale * vu);
            lines[5 * n + c] = -(r * r * hu);
        }
    }
    lines.chunks_exact_mut(n).for_each(|x| repeat(x, columns));
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
                    gather(&cut, o, &s, sums, lines.slice(o * LINES * n, LINES * n), statistics);
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
