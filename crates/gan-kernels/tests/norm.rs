//! Normalisation against its definition: statistics, result, gradients, far means, empty sizes.

mod support;

use gan_kernels::norm::{self, Backward, Layout, Second};
use gan_kernels::{Element, Isa, Pool, Team};
use support::{close, numbers, pools, same_bits, tolerance};

both!(agrees_with_the_definition, a_far_mean_costs_no_digits, nothing_to_normalise, scale_and_shift, gradient_of_the_gradient);

/// `[outer, rows, groups, width]`: batch, instance, group and layer norm; narrow rows, one part and several.
const LAYOUTS: [[usize; 4]; 18] = [
    [1, 1, 1, 1],
    [1, 7, 1, 1],
    [1, 333, 3, 1],
    [1, 8193, 1, 1],
    [1, 1001, 15, 1],
    [1, 1, 33, 1],
    [1, 100, 333, 1],
    [1, 700, 64, 1],
    [1, 1025, 107, 1],
    [5, 31, 7, 1],
    [20, 600, 33, 1],
    [3, 9001, 4, 1],
    [3, 64, 4, 8],
    [2, 31, 1, 7],
    [33, 1, 1, 31],
    [2, 1, 1, 8193],
    [333, 1, 1, 64],
    [7, 1, 3, 11],
];

fn layout([outer, rows, groups, width]: [usize; 4]) -> Layout {
    Layout { outer, rows, groups, width }
}

fn leaky<E: Element>(x: E) -> E {
    if x < E::ZERO { x * E::from_f64(0.25) } else { x }
}

fn mask<E: Element>(dy: E, z: E) -> E {
    if z > E::ZERO { dy } else { dy * E::from_f64(0.25) }
}

const EPSILON: f64 = 1e-3;

/// Result, means, reciprocal deviations; gradients of x, gain, shift.
fn naive(l: Layout, [x, gain, shift, dy]: [&[f64]; 4], extra: Option<[&[f64]; 2]>) -> [Vec<f64>; 6] {
    let c = l.channels();
    let (mut y, mut dx) = (vec![0.0; l.len()], vec![0.0; l.len()]);
    let (mut mean, mut rstd) = (vec![0.0; l.statistics()], vec![0.0; l.statistics()]);
    let (mut dgain, mut dshift) = (vec![0.0; c], vec![0.0; c]);
    for s in 0..l.statistics() {
        let (o, g) = (s / l.groups, s % l.groups);
        let at: Vec<(usize, usize)> = (0..l.rows)
            .flat_map(|r| (0..l.width).map(move |w| (r, g * l.width + w)))
            .map(|(r, k)| ((o * l.rows + r) * c + k, k))
            .collect();
        let n = at.len() as f64;
        let m = at.iter().map(|&(i, _)| x[i]).sum::<f64>() / n;
        let r = 1.0 / (at.iter().map(|&(i, _)| (x[i] - m).powi(2)).sum::<f64>() / n + EPSILON).sqrt();
        (mean[s], rstd[s]) = (m, r);
        let (mut h, mut hu) = (0.0, 0.0);
        for &(i, k) in &at {
            let u = (x[i] - m) * r;
            let z = u * gain[k] + shift[k];
            y[i] = leaky(z);
            let g = mask(dy[i], z);
            dshift[k] += g;
            dgain[k] += g * u;
            h += g * gain[k] / n;
            hu += g * gain[k] * u / n;
        }
        for &(i, k) in &at {
            let u = (x[i] - m) * r;
            dx[i] = r * (mask(dy[i], u * gain[k] + shift[k]) * gain[k] - h - u * hu);
            if let Some([dm, dr]) = extra {
                dx[i] += dm[s] / n - dr[s] * r.powi(3) * (x[i] - m) / n;
            }
        }
    }
    [y, mean, rstd, dx, dgain, dshift]
}

fn wide<E: Element>(x: &[E]) -> Vec<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}

fn agrees_with_the_definition<E: Element>() {
    for (sizes, used, in_place) in LAYOUTS.into_iter().flat_map(|l| [(l, false, true), (l, true, false)]) {
        let l = layout(sizes);
        let (n, c, s) = (l.len(), l.channels(), l.statistics());
        // means away from 0, whose errors are measured against themselves
        let x: Vec<E> = numbers::<E>(n, 1).into_iter().map(|x| x + E::from_f64(2.0)).collect();
        let dy = numbers::<E>(n, 2);
        let [gain, shift] = [3, 4].map(|salt| numbers::<E>(c, salt));
        let [dmean, drstd] = [5, 6].map(|salt| numbers::<E>(s, salt));
        let kernel = |pool: &mut Pool| {
            let (mut y, mut mean, mut rstd) = (vec![E::ONE; n], vec![E::ONE; s], vec![E::ONE; s]);
            let (mut dx, mut dgain, mut dshift) = (vec![E::ONE; n], vec![E::ONE; c], vec![E::ONE; c]);
            let mut scratch = vec![E::from_f64(f64::NAN); norm::forward_scratch(l).max(norm::backward_scratch(l))];
            if in_place {
                y.copy_from_slice(&x);
                dx.copy_from_slice(&dy);
            }
            pool.region(|t| {
                let given = (if in_place { &[] } else { &x[..] }, &gain[..], &shift[..]);
                let out = (&mut y[..], &mut mean[..], &mut rstd[..]);
                norm::forward(t, l, given, E::from_f64(EPSILON), out, &mut scratch, leaky);
                let b = Backward {
                    dy: if in_place { &[] } else { &dy },
                    x: &x,
                    mean: &mean,
                    rstd: &rstd,
                    gain: &gain,
                    shift: &shift,
                    statistics: used.then_some((&dmean[..], &drstd[..])),
                };
                norm::backward(t, l, b, (&mut dx, &mut dgain, &mut dshift), &mut scratch, mask);
            });
            [y, mean, rstd, dx, dgain, dshift].concat()
        };
        let inputs = [&x, &gain, &shift, &dy, &dmean, &drstd].map(|x| wide(x));
        let [x, gain, shift, dy, dmean, drstd] = inputs.each_ref().map(|x| &x[..]);
        let expected = naive(l, [x, gain, shift, dy], used.then_some([dmean, drstd]));
        same_bits(kernel, |mut all, isa| {
            for (want, what) in expected.iter().zip(["y", "mean", "rstd", "dx", "dgain", "dshift"]) {
                let (got, rest) = all.split_at(want.len());
                all = rest;
                // a group of one value has a gradient of 0, the difference of numbers as large as these
                if l.count() > 1 || what != "dx" {
                    close(got, want, &format!("{what} of {sizes:?} on {isa}, statistics used: {used}, in place: {in_place}"));
                }
            }
        });
    }
}

fn a_far_mean_costs_no_digits<E: Element>() {
    for sizes in [[1, 5000, 3, 1], [1, 2000, 64, 1], [4, 1, 1, 5000], [40, 500, 2, 3]] {
        let l = layout(sizes);
        // multiples of 1/64 near 1000, which both types hold exactly
        let x: Vec<E> = numbers::<f64>(l.len(), 1).iter().map(|x| E::from_f64(1000.0 + (x * 64.0).round() / 64.0)).collect();
        let (gain, shift) = (vec![E::ONE; l.channels()], vec![E::ZERO; l.channels()]);
        let dy = vec![0.0; l.len()];
        let [y, ..] = naive(l, [&wide(&x), &wide(&gain), &wide(&shift), &dy], None);
        for mut pool in pools(2) {
            let mut got = vec![E::ZERO; l.len()];
            let (mut mean, mut rstd) = (vec![E::ZERO; l.statistics()], vec![E::ZERO; l.statistics()]);
            let mut scratch = vec![E::ZERO; norm::forward_scratch(l)];
            let out = (&mut got[..], &mut mean[..], &mut rstd[..]);
            pool.region(|t| norm::forward(t, l, (&x, &gain, &shift), E::from_f64(EPSILON), out, &mut scratch, leaky));
            // half a unit of the mean's last place, against a deviation of 1.7
            let bound = 1000.0 * if E::NAME == "f32" { f64::from(f32::EPSILON) } else { f64::EPSILON };
            let worst = got.iter().zip(&y).map(|(g, w)| (g.to_f64() - w).abs()).fold(0.0, f64::max);
            assert!(worst <= bound, "{sizes:?} on {}: {worst:e}", pool.isa());
        }
    }
}

fn nothing_to_normalise<E: Element>() {
    for sizes in [[1, 0, 5, 1], [0, 1, 1, 5], [0, 9, 5, 1], [4, 0, 2, 2], [4, 3, 0, 1]] {
        let l = layout(sizes);
        let (gain, shift) = (vec![E::ONE; l.channels()], vec![E::ONE; l.channels()]);
        let (mut mean, mut rstd) = (vec![E::ONE; l.statistics()], vec![E::ZERO; l.statistics()]);
        let (mut dgain, mut dshift) = (gain.clone(), shift.clone());
        for mut pool in pools(2) {
            pool.region(|t| {
                let out = (&mut [][..], &mut mean[..], &mut rstd[..]);
                norm::forward(t, l, (&[], &gain, &shift), E::from_f64(0.25), out, &mut [], |x| x);
                let (dy, x) = (&[][..], &[][..]);
                let b = Backward { dy, x, mean: &mean, rstd: &rstd, gain: &gain, shift: &shift, statistics: None };
                norm::backward(t, l, b, (&mut [], &mut dgain, &mut dshift), &mut [], |dy, _| dy);
            });
            assert!(mean.iter().all(|&m| m == E::ZERO) && rstd.iter().all(|r| (r.to_f64() - 2.0).abs() < 1e-6));
            assert!(dgain.iter().chain(&dshift).all(|&d| d == E::ZERO));
        }
    }
}

fn scale_and_shift<E: Element>() {
    for (rows, channels) in [(0, 3), (1, 1), (7, 31), (333, 33), (40_001, 1), (2, 8193)] {
        let x = numbers::<E>(rows * channels, 1);
        let [scale, shift] = [2, 3].map(|salt| numbers::<E>(channels, salt));
        let want: Vec<f64> = x
            .iter()
            .enumerate()
            .map(|(i, x)| leaky(x.to_f64() * scale[i % channels].to_f64() + shift[i % channels].to_f64()))
            .collect();
        let run = |pool: &mut Pool, x: &[E], mut y: Vec<E>| {
            pool.region(|t| norm::scale_shift(t, x, (&scale, &shift), &mut y, leaky));
            y
        };
        let check = |y: &[E], isa: Isa| close(y, &want, &format!("{rows} x {channels} on {isa}"));
        same_bits(|pool| run(pool, &x, vec![E::ONE; x.len()]), check);
        same_bits(|pool| run(pool, &[], x.clone()), check);
    }
}

/// The cotangents of `g`, `x`, mean, rstd and gain: derivatives of `sum v dx + a dgain + b dshift` by the product rule.
fn naive_second(l: Layout, [v, g, x]: [&[f64]; 3], [mean, rstd]: [&[f64]; 2], [gain, a, b]: [&[f64]; 3]) -> [Vec<f64>; 5] {
    let c = l.channels();
    let (mut dg, mut dx, mut dgain) = (vec![0.0; l.len()], vec![0.0; l.len()], vec![0.0; c]);
    let (mut dmean, mut drstd) = (vec![0.0; l.statistics()], vec![0.0; l.statistics()]);
    for s in 0..l.statistics() {
        let (o, group) = (s / l.groups, s % l.groups);
        let at: Vec<(usize, usize)> = (0..l.rows)
            .flat_map(|r| (0..l.width).map(move |w| (r, group * l.width + w)))
            .map(|(r, k)| ((o * l.rows + r) * c + k, k))
            .collect();
        let (m, r) = (mean[s], rstd[s]);
        let average = |f: &dyn Fn(usize, usize) -> f64| at.iter().map(|&(i, k)| f(i, k)).sum::<f64>() / at.len() as f64;
        let u = |i: usize| (x[i] - m) * r;
        let h = |i: usize, k: usize| g[i] * gain[k];
        let (h1, hu) = (average(&h), average(&|i, k| h(i, k) * u(i)));
        let (v1, vu) = (average(&|i, _| v[i]), average(&|i, _| v[i] * u(i)));
        for &(i, k) in &at {
            // dx = r (h - <h> - u <h u>) is symmetric in v and h
            let dh = r * (v[i] - v1 - u(i) * vu);
            dg[i] = dh * gain[k] + a[k] * u(i) + b[k];
            dgain[k] += dh * g[i];
            let du = -r * (v[i] * hu + h(i, k) * vu) + a[k] * g[i];
            dx[i] = du * r;
            dmean[s] -= du * r;
            drstd[s] += du * (x[i] - m) + v[i] * (h(i, k) - h1 - u(i) * hu);
        }
    }
    [dg, dx, dmean, drstd, dgain]
}

fn gradient_of_the_gradient<E: Element>() {
    for sizes in LAYOUTS {
        let l = layout(sizes);
        let (n, c, s) = (l.len(), l.channels(), l.statistics());
        let [v, g, x] = [1, 2, 3].map(|salt| numbers::<E>(n, salt));
        let [gain, a, b] = [4, 5, 6].map(|salt| numbers::<E>(c, salt));
        let mean = numbers::<E>(s, 7);
        let rstd: Vec<E> = numbers::<E>(s, 8).into_iter().map(|x| x.abs() + E::from_f64(0.2)).collect();
        let kernel = |pool: &mut Pool| {
            let [mut dg, mut dx] = [(); 2].map(|()| vec![E::ONE; n]);
            let (mut statistics, mut dgain) = (vec![E::ONE; 2 * s], vec![E::ONE; c]);
            let mut scratch = vec![E::from_f64(f64::NAN); norm::second_scratch(l)];
            let second = Second { v: &v, dgain: &a, dshift: &b, dy: &g, x: &x, mean: &mean, rstd: &rstd, gain: &gain };
            pool.region(|t| norm::second(t, l, second, (&mut dg, &mut dx, &mut statistics, &mut dgain), &mut scratch));
            [dg, dx, statistics, dgain].concat()
        };
        let wide = [&v, &g, &x, &mean, &rstd, &gain, &a, &b].map(|x| wide(x));
        let [v, g, x, mean, rstd, gain, a, b] = wide.each_ref().map(|x| &x[..]);
        let expected = naive_second(l, [v, g, x], [mean, rstd], [gain, a, b]);
        same_bits(kernel, |mut all, isa| {
            for (want, what) in expected.iter().zip(["g", "x", "mean", "rstd", "gain"]) {
                let (got, rest) = all.split_at(want.len());
                all = rest;
                // sums of terms that cancel, over all values of a group
                let room = 1.0 + want.iter().fold(0.0, |m: f64, w| m.max(w.abs()));
                let worst = got.iter().zip(want).map(|(g, w)| (g.to_f64() - w).abs()).fold(0.0, f64::max);
                let terms = if matches!(what, "mean" | "rstd" | "gain") { (l.len() as f64).sqrt() } else { 1.0 };
                let bound = tolerance::<E>() * room.max(terms);
                assert!(worst <= bound, "{what} of {sizes:?} on {isa}: {worst:e}, at most {bound:e}");
            }
        });
    }
}

#[test]
#[should_panic(expected = "operands of a normalisation")]
fn operands_that_do_not_fit_are_refused() {
    let l = layout([1, 2, 3, 1]);
    let (x, mut y) = ([0.0f32; 6], [0.0; 6]);
    norm::forward(&Team::serial(), l, (&x, &[1.0; 2], &[0.0; 3]), 1e-5, (&mut y, &mut [0.0; 3], &mut [0.0; 3]), &mut [], |x| x);
}
