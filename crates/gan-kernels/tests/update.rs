//! Updates against the formulas in double precision, in both element types, on every instruction set.

mod support;

use gan_kernels::update::{Adam, Momentum, adam, max_column_norm, momentum};
use gan_kernels::{Element, Pool};
use support::{SIZES, close, numbers, same_bits, tolerance};

both!(heavy_ball_and_nesterov, adam_steps, column_norms, a_fault_shows_in_the_result, states_without_gradient_come_to_rest);

fn wide<E: Element>(x: &[E]) -> Vec<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}

fn heavy_ball_and_nesterov<E: Element>() {
    for n in SIZES {
        for nesterov in [false, true] {
            let (w0, v0, g) = (numbers::<E>(n, 1), numbers::<E>(n, 2), numbers::<E>(n, 3));
            let (lr, mu) = (0.1, 0.7);
            let (mut w, mut v, wide_g) = (wide(&w0), wide(&v0), wide(&g));
            let mut squares = 0.0;
            for ((w, v), g) in w.iter_mut().zip(&mut v).zip(&wide_g) {
                *v = mu * *v - lr * g;
                let change = if nesterov { mu * *v - lr * g } else { *v };
                *w += change;
                squares += change * change;
            }
            let kernel = |pool: &mut Pool| {
                let (mut w, mut v) = (w0.clone(), v0.clone());
                let s = pool
                    .region(|t| momentum(t, &mut w, &mut v, &g, Momentum { lr: E::from_f64(lr), mu: E::from_f64(mu), nesterov }));
                [w, v, vec![s]].concat()
            };
            same_bits(kernel, |got, isa| {
                let what = format!("{isa} {n}");
                close(&got[..n], &w, &what);
                close(&got[n..2 * n], &v, &what);
                close(&got[2 * n..], &[squares], &what);
            });
        }
    }
}

fn adam_steps<E: Element>() {
    for n in SIZES {
        let (w0, g) = (numbers::<E>(n, 1), numbers::<E>(n, 3));
        let m0: Vec<E> = numbers::<E>(n, 2);
        let v0: Vec<E> = numbers::<E>(n, 4).iter().map(|v| v.abs() + E::from_f64(0.1)).collect();
        let (lr, b1, b2, eps) = (0.01, 0.5, 0.999, 1e-8);
        for step in [1, 7] {
            let (c1, c2) = (1.0 - f64::powi(b1, step), 1.0 - f64::powi(b2, step));
            let (mut w, mut m, mut v, wide_g) = (wide(&w0), wide(&m0), wide(&v0), wide(&g));
            let mut squares = 0.0;
            for (((w, m), v), g) in w.iter_mut().zip(&mut m).zip(&mut v).zip(&wide_g) {
                *m = b1 * *m + (1.0 - b1) * g;
                *v = b2 * *v + (1.0 - b2) * g * g;
                let change = lr * (*m / c1) / ((*v / c2).sqrt() + eps);
                *w -= change;
                squares += change * change;
            }
            let e = E::from_f64;
            let numbers = Adam { lr: e(lr), beta1: b1, beta2: b2, epsilon: e(eps), correction1: e(c1), correction2: e(c2) };
            let kernel = |pool: &mut Pool| {
                let (mut w, mut m, mut v) = (w0.clone(), m0.clone(), v0.clone());
                let s = pool.region(|t| adam(t, &mut w, &mut m, &mut v, &g, numbers));
                [w, m, v, vec![s]].concat()
            };
            same_bits(kernel, |got, isa| {
                let what = format!("{isa} {n} step {step}");
                close(&got[..n], &w, &what);
                close(&got[n..2 * n], &m, &what);
                // 1 - beta2 is rounded to the element type before it is used
                for (g, w) in got[2 * n..3 * n].iter().zip(&v) {
                    assert!((g.to_f64() - w).abs() <= 3.0 * tolerance::<E>() * w.abs().max(1.0), "{what}");
                }
                let sum = got[3 * n].to_f64();
                assert!((sum - squares).abs() <= 1e2 * tolerance::<E>() * squares, "{what}: {sum} instead of {squares}");
            });
        }
    }
}

fn column_norms<E: Element>() {
    // the last two are longer than a chunk of columns is high
    for (rows, n) in [(0, 5), (1, 1), (7, 31), (31, 7), (333, 33), (240, 1200), (1, 20_000), (33_000, 3), (70_001, 1)] {
        let w0 = numbers::<E>(rows * n, 1);
        let norm = |j: usize| (0..rows).map(|i| w0[i * n + j].to_f64().powi(2)).sum::<f64>().sqrt();
        let norms: Vec<f64> = (0..n).map(norm).collect();
        // between the norms, so that some columns shrink and others do not
        let max = norms.iter().sum::<f64>() / n as f64;
        let want: Vec<f64> = w0
            .iter()
            .enumerate()
            .map(|(i, w)| if norms[i % n] > max { w.to_f64() * max / norms[i % n] } else { w.to_f64() })
            .collect();
        let kernel = |pool: &mut Pool| {
            let (mut w, mut scratch) = (w0.clone(), vec![E::from_f64(77.0); n]);
            pool.region(|t| max_column_norm(t, &mut w, n, E::from_f64(max), &mut scratch));
            w
        };
        same_bits(kernel, |got, isa| close(got, &want, &format!("{isa} {rows} x {n}")));
        for mut pool in support::pools(2) {
            let (mut w, mut scratch) = (w0.clone(), vec![E::from_f64(77.0); n]);
            pool.region(|t| max_column_norm(t, &mut w, n, E::from_f64(1e9), &mut scratch));
            assert!(w == w0, "columns within the limit keep their bits");
        }
    }
}

fn a_fault_shows_in_the_result<E: Element>() {
    for at in [0, 15, 16, 32] {
        let mut g = numbers::<E>(33, 1);
        g[at] = E::from_f64(f64::NAN);
        let (mut w, mut v, mut m) = (numbers::<E>(33, 2), vec![E::ZERO; 33], vec![E::ZERO; 33]);
        let e = E::from_f64;
        let numbers = Adam { lr: e(0.1), beta1: 0.9, beta2: 0.9, epsilon: e(1e-8), correction1: e(0.1), correction2: e(0.1) };
        for mut pool in support::pools(1) {
            pool.region(|t| {
                assert!(
                    !momentum(t, &mut w.clone(), &mut v.clone(), &g, Momentum { lr: E::ONE, mu: E::ZERO, nesterov: false })
                        .is_finite()
                );
                assert!(!adam(t, &mut w, &mut m, &mut v, &g, numbers).is_finite());
            });
        }
    }
}

/// A velocity that halves for ever would spend its life among numbers that are too small to be computed with quickly.
fn states_without_gradient_come_to_rest<E: Element>() {
    let n = 70;
    let zero = vec![E::ZERO; n];
    for mut pool in support::pools(1) {
        let (mut w, mut v) = (numbers::<E>(n, 1), numbers::<E>(n, 2));
        let before = w.clone();
        for _ in 0..130 {
            let rule = Momentum { lr: E::ONE, mu: E::from_f64(0.5), nesterov: false };
            pool.region(|t| momentum(t, &mut w, &mut v, &zero, rule));
        }
        assert!(v.iter().all(|&v| v == E::ZERO) && w != before, "{}", pool.isa());
    }
}
