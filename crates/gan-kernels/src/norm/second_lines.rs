//! The gradient of a normalisation's gradient over groups that are runs of memory; the formulas stand in `second.rs`.

use super::Layout;
use super::lines::{LANES, RUN, fold, pieces};
use super::second::{Second, of_group};
use crate::{Element, Team};

/// A line's `g`, `x`, `v`, gain, and the cotangents of the gradients of gain and shift.
type Line<'a, E> = [&'a [E]; 6];

simd! {
    /// The sums of `h`, `h c`, `v`, `v c`, `v h`, `a g`, `a g c`.
    fn sums[E: Element](line: Line<'_, E>, mean: E) -> [E; 7] {
        let [g, x, v, gain, a, _] = line;
        let mut total = [E::ZERO; 7];
        let terms = |g: E, x: E, v: E, gain: E, a: E| {
            let (c, h, ag) = (x - mean, g * gain, a * g);
            [h, h * c, v, v * c, v * h, ag, ag * c]
        };
        for from in (0..x.len()).step_by(RUN) {
            let [g, x, v, gain, a] = [g, x, v, gain, a].map(|s| &s[from..s.len().min(from + RUN)]);
            let mut lanes = [[E::ZERO; LANES]; 7];
            let whole = g.chunks_exact(LANES).zip(x.chunks_exact(LANES)).zip(v.chunks_exact(LANES)).zip(gain.chunks_exact(LANES)).zip(a.chunks_exact(LANES));
            for ((((g, x), v), gain), a) in whole {
                for l in 0..LANES {
                    let terms = terms(g[l], x[l], v[l], gain[l], a[l]);
                    for k in 0..7 { lanes[k][l] += terms[k]; }
                }
            }
            for (l, i) in (x.len() / LANES * LANES..x.len()).enumerate() {
                let terms = terms(g[i], x[i], v[i], gain[i], a[i]);
                for k in 0..7 { lanes[k][l] += terms[k]; }
            }
            for (t, lanes) in total.iter_mut().zip(lanes) { *t += fold(lanes); }
        }
        total
    }
}

simd! {
    /// The results of a line, and its share of the gain's cotangent.
    fn apply[E: Element](line: Line<'_, E>, numbers: [E; 5], dg: &mut [E], dx: &mut [E], dgain: &mut [E]) {
        let ([g, x, v, gain, a, b], [m, r, mean_v, vu, hu]) = (line, numbers);
        let ins = g.iter().zip(x).zip(v).zip(gain).zip(a.iter().zip(b));
        for (((((&g, &x), &v), &gain), (&a, &b)), (dg, (dx, dgain))) in ins.zip(dg.iter_mut().zip(dx.iter_mut().zip(dgain))) {
            let u = (x - m) * r;
            let slope = r * (v - mean_v - u * vu);
            *dgain += g * slope;
            *dg = slope * gain + (a * u + b);
            *dx = r * (a * g - r * (v * hu + g * gain * vu));
        }
    }
}

pub(super) fn scratch(layout: Layout) -> usize {
    layout.channels() * pieces(layout).1
}

pub(super) fn lines<E: Element>(
    team: &Team<'_>,
    layout: Layout,
    s: Second<'_, E>,
    (dg, dx, statistics, dgain): (&mut [E], &mut [E], &mut [E], &mut [E]),
    scratch: &mut [E],
) {
    let isa = team.isa();
    let (blocks, n) = pieces(layout);
    let (channels, groups, w) = (layout.channels(), layout.groups, layout.width);
    let partial = &mut scratch[..channels * n];
    let (dmean, drstd) = statistics.split_at_mut(layout.statistics());
    let [dg, dx, dmean, drstd, partial_] = [dg, dx, dmean, drstd, &mut *partial].map(|x| crate::pool::Parts(x.as_mut_ptr()));
    let count = E::from_f64(w as f64);
    team.for_each(n, |t| {
        // SAFETY: each piece has a sum of its own.
        let dgain = unsafe { partial_.slice(t * channels, channels) };
        dgain.fill(E::ZERO);
        for i in t * blocks * groups..layout.outer.min((t + 1) * blocks) * groups {
            let (at, from) = (i % groups * w..(i % groups + 1) * w, i * w..(i + 1) * w);
            let line = [
                &s.dy[from.clone()],
                &s.x[from.clone()],
                &s.v[from],
                &s.gain[at.clone()],
                &s.dgain[at.clone()],
                &s.dshift[at.clone()],
            ];
            let (m, r) = (s.mean[i], s.rstd[i]);
            let [h, hc, v, vc, vh, ag, agc] = sums(isa, line, m);
            let ([v, vu, hu], [of_mean, of_rstd]) = of_group(count, r, [h, hc * r, v, vc * r, vh, ag, agc * r]);
            // SAFETY: line `i` belongs to this piece.
            unsafe {
                dmean.slice(i, 1)[0] = of_mean;
                drstd.slice(i, 1)[0] = of_rstd;
                apply(isa, line, [m, r, v, vu, hu], dg.slice(i * w, w), dx.slice(i * w, w), &mut dgain[at]);
            }
        }
    });
    dgain.fill(E::ZERO);
    for part in partial.chunks_exact(channels) {
        for (d, &p) in dgain.iter_mut().zip(part) {
            *d += p;
        }
    }
}
