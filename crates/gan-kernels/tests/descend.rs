//! Updates by a gradient that is never stored, against the stored gradient and the update of it.

mod support;

use gan_kernels::gemm::descend::{Descent, Update, descend, scratch};
use gan_kernels::gemm::{Matrix, Product, gemm};
use gan_kernels::update::{self, Adam, Average, Momentum, max_column_norm};
use gan_kernels::{Element, Pool};
use support::{numbers, same_bits, tolerance};

both!(momentum_rows_and_panels, adam_with_an_average, columns_are_bounded, products_are_summed, tiny_gradients);

/// The last ones have few terms and are cut into bands and groups of panels.
const SIZES: [(usize, usize, usize); 12] = [
    (0, 5, 2),
    (5, 0, 2),
    (1, 1, 1),
    (7, 33, 3),
    (33, 16, 31),
    (31, 64, 1),
    (100, 70, 333),
    (203, 333, 100),
    (5, 100, 1024),
    (203, 333, 2),
    (20, 1300, 4),
    (1203, 31, 8),
];

/// Where element `(i, j)` of an `[m, n]` matrix lies.
fn at(packed: bool, m: usize, n: usize, i: usize, j: usize) -> usize {
    if !packed {
        return i * n + j;
    }
    let panel = j / 32 * 32;
    panel * m + i * 32.min(n - panel) + j % 32
}

/// A matrix row by row from one that lies as `packed` says.
fn rows<E: Element>(packed: bool, m: usize, n: usize, x: &[E]) -> Vec<E> {
    (0..m * n).map(|ij| x[at(packed, m, n, ij / n, ij % n)]).collect()
}

fn near<E: Element>(got: &[E], want: &[E], what: &str) {
    let scale = want.iter().fold(1e-30, |s: f64, w| s.max(w.to_f64().abs()));
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        assert!((g.to_f64() - w.to_f64()).abs() <= tolerance::<E>() * scale, "{what}, {i}: {g} instead of {w}");
    }
}

fn momentum_rows_and_panels<E: Element>() {
    for (m, n, k) in SIZES {
        let (a, b) = (numbers::<E>(m * k, 1), numbers::<E>(k * n, 2));
        let (a, b) = (Matrix::new(&a, m, true), Matrix::new(&b, n, false));
        let (w0, v0) = (numbers::<E>(m * n, 3), numbers::<E>(m * n, 4));
        for (packed, nesterov) in [(false, false), (true, false), (true, true)] {
            let rule = Momentum { lr: E::from_f64(0.01), mu: E::from_f64(0.7), nesterov };
            let kernel = |pool: &mut Pool| {
                let (mut w, mut v) = (w0.clone(), v0.clone());
                let states = [&mut v[..], &mut []];
                let to = Descent { weight: &mut w, states, average: None, max_column_norm: None, sums: None, packed };
                let s = pool.region(|t| descend(t, (m, n), &[Product { k, a, b, sums: false }], to, Update::Momentum(rule)));
                [rows(packed, m, n, &w), rows(packed, m, n, &v), vec![s]].concat()
            };
            let (mut w, mut v) = (rows(packed, m, n, &w0), rows(packed, m, n, &v0));
            let s = Pool::new(1).region(|t| {
                let mut g = vec![E::ZERO; m * n];
                gemm(t, (m, n, k), a, b, &mut g);
                update::momentum(t, &mut w, &mut v, &g, rule)
            });
            same_bits(kernel, |got, isa| {
                let what = format!("{isa} {m} {n} {k} {packed}");
                near(&got[..m * n], &w, &what);
                near(&got[m * n..2 * m * n], &v, &what);
                near(&got[2 * m * n..], &[s], &what);
            });
        }
    }
}

fn adam_with_an_average<E: Element>() {
    let e = E::from_f64;
    for (m, n, k) in SIZES {
        let (a, b) = (numbers::<E>(m * k, 1), numbers::<E>(k * n, 2));
        let (a, b) = (Matrix::new(&a, m, true), Matrix::new(&b, n, false));
        let rule = Adam { lr: e(0.01), beta1: 0.5, beta2: 0.9, epsilon: e(0.1), correction1: e(0.5), correction2: e(0.1) };
        let average = Average { keep: e(0.75), take: e(0.25) };
        let start = |salt| numbers::<E>(m * n, salt);
        let kernel = |pool: &mut Pool| {
            let (mut w, mut m1, mut m2, mut mean) = (start(3), start(4), vec![E::ONE; m * n], start(6));
            let to = Descent {
                weight: &mut w,
                states: [&mut m1, &mut m2],
                average: Some((&mut mean, average)),
                max_column_norm: None,
                sums: None,
                packed: false,
            };
            let s = pool.region(|t| descend(t, (m, n), &[Product { k, a, b, sums: false }], to, Update::Adam(rule)));
            [w, m1, m2, mean, vec![s]].concat()
        };
        let (mut w, mut m1, mut m2, mut mean) = (start(3), start(4), vec![E::ONE; m * n], start(6));
        let s = Pool::new(1).region(|t| {
            let mut g = vec![E::ZERO; m * n];
            gemm(t, (m, n, k), a, b, &mut g);
            update::adam(t, &mut w, &mut m1, &mut m2, &g, rule)
        });
        mean.iter_mut().zip(&w).for_each(|(a, &w)| *a = *a * average.keep + w * average.take);
        let want = [w, m1, m2, mean, vec![s]].concat();
        same_bits(kernel, |got, isa| {
            for (i, (got, want)) in got.chunks((m * n).max(1)).zip(want.chunks((m * n).max(1))).enumerate() {
                near(got, want, &format!("{isa} {m} {n} {k}, result {i}"));
            }
        });
    }
}

fn columns_are_bounded<E: Element>() {
    let max = E::from_f64(2.5);
    for (m, n, k) in SIZES {
        let (a, b) = (numbers::<E>(m * k, 1), numbers::<E>(k * n, 2));
        let (a, b) = (Matrix::new(&a, m, true), Matrix::new(&b, n, false));
        let rule = Momentum { lr: E::from_f64(0.01), mu: E::ZERO, nesterov: false };
        // every other column starts small
        let w0: Vec<E> = numbers::<E>(m * n, 3);
        let w0: Vec<E> = w0.iter().enumerate().map(|(i, &w)| if i % n % 2 == 0 { w * E::from_f64(1e-3) } else { w }).collect();
        for packed in [false, true] {
            let mut lying = w0.clone();
            (0..m * n).for_each(|ij| lying[at(packed, m, n, ij / n, ij % n)] = w0[ij]);
            let kernel = |pool: &mut Pool| {
                let (mut w, mut v) = (lying.clone(), vec![E::ZERO; m * n]);
                let mut space = vec![E::from_f64(f64::NAN); scratch(m, n, k)];
                let states = [&mut v[..], &mut []];
                let bound = Some((max, &mut space[..]));
                let to = Descent { weight: &mut w, states, average: None, max_column_norm: bound, sums: None, packed };
                pool.region(|t| descend(t, (m, n), &[Product { k, a, b, sums: false }], to, Update::Momentum(rule)));
                rows(packed, m, n, &w)
            };
            let (mut w, mut v) = (w0.clone(), vec![E::ZERO; m * n]);
            Pool::new(1).region(|t| {
                let mut g = vec![E::ZERO; m * n];
                gemm(t, (m, n, k), a, b, &mut g);
                update::momentum(t, &mut w, &mut v, &g, rule);
                max_column_norm(t, &mut w, n, max, &mut vec![E::ZERO; n]);
            });
            same_bits(kernel, |got, isa| near(got, &w, &format!("{isa} {m} {n} {k} {packed}")));
        }
    }
}

/// Several products with operands that lie in any order, and the sums of the columns of some right operands.
fn products_are_summed<E: Element>() {
    let rule = Momentum { lr: E::from_f64(0.01), mu: E::from_f64(0.7), nesterov: false };
    for (m, n, k) in SIZES {
        let depths = [k.div_ceil(3), k / 3 + 1, k / 5, 1].map(|k| k.min(400));
        let data: Vec<_> =
            depths.iter().map(|k| (numbers::<E>(m * k, 1 + *k as u64), numbers::<E>(k * n, 2 + *k as u64))).collect();
        for (count, wanted, packed) in [(1, 0b1, true), (2, 0b00, false), (2, 0b01, true), (3, 0b101, false), (4, 0b0110, true)] {
            let product = |s: usize| {
                let k = depths[s];
                // as they lie in gradients, and otherwise
                let a = if s == 2 { Matrix::new(&data[s].0, k, false) } else { Matrix::new(&data[s].0, m, true) };
                let b = if s == 1 { Matrix::new(&data[s].1, k, true) } else { Matrix::new(&data[s].1, n, false) };
                Product { k, a, b, sums: wanted >> s & 1 == 1 }
            };
            let products: Vec<_> = (0..count).map(product).collect();
            let (w0, v0) = (numbers::<E>(m * n, 3), numbers::<E>(m * n, 4));
            let kernel = |pool: &mut Pool| {
                let (mut w, mut v) = (w0.clone(), v0.clone());
                let mut sums = vec![E::from_f64(f64::NAN); n];
                let states = [&mut v[..], &mut []];
                let sums_to = (wanted > 0).then_some(&mut sums[..]);
                let to = Descent { weight: &mut w, states, average: None, max_column_norm: None, sums: sums_to, packed };
                let s = pool.region(|t| descend(t, (m, n), &products, to, Update::Momentum(rule)));
                let sums = if wanted > 0 { sums } else { vec![E::ZERO; n] };
                [rows(packed, m, n, &w), rows(packed, m, n, &v), sums, vec![s]].concat()
            };
            let (mut w, mut v) = (rows(packed, m, n, &w0), rows(packed, m, n, &v0));
            let mut sums = vec![E::ZERO; n];
            let s = Pool::new(1).region(|t| {
                let mut g = vec![E::ZERO; m * n];
                for s in &products {
                    let mut part = vec![E::ZERO; m * n];
                    gemm(t, (m, n, s.k), s.a, s.b, &mut part);
                    g.iter_mut().zip(part).for_each(|(g, x)| *g += x);
                    for (p, j) in (0..s.k).flat_map(|p| (0..n).map(move |j| (p, j))).filter(|_| s.sums) {
                        sums[j] += s.b.data[p * s.b.row + j * s.b.col];
                    }
                }
                update::momentum(t, &mut w, &mut v, &g, rule)
            });
            same_bits(kernel, |got, isa| {
                let what = format!("{isa} {m} {n} {k}, {count} products, sums of {wanted:b}, packed: {packed}");
                near(&got[..m * n], &w, &what);
                near(&got[m * n..2 * m * n], &v, &what);
                near(&got[2 * m * n..][..n], &sums, &what);
                near(&got[2 * m * n + n..], &[s], &what);
            });
        }
    }
}

/// Products that are settled change nothing; tiny factors whose product is not tiny, or that are not finite, do.
fn tiny_gradients<E: Element>() {
    let e = E::from_f64;
    let (m, n) = (7, 600);
    let a = [0.0, 1e-25, 1e-10, 1.0, 1e25, f64::NAN, f64::INFINITY].map(e);
    let b: Vec<E> = (0..n).map(|j| e([0.0, 1e-30, 1e-20, 1e-5, 1e12, f64::NAN][j % 6])).collect();
    let (left, right) = (Matrix::new(&a, 1, false), Matrix::new(&b, n, false));
    let rule = Momentum { lr: E::ONE, mu: e(0.5), nesterov: false };
    for packed in [false, true] {
        let kernel = |pool: &mut Pool| {
            let (mut w, mut v) = (vec![E::ZERO; m * n], vec![E::ZERO; m * n]);
            let states = [&mut v[..], &mut []];
            let to = Descent { weight: &mut w, states, average: None, max_column_norm: None, sums: None, packed };
            let products = [Product { k: 1, a: left, b: right, sums: false }];
            pool.region(|t| descend(t, (m, n), &products, to, Update::Momentum(rule)));
            rows(packed, m, n, &w)
        };
        same_bits(kernel, |got, isa| {
            for (ij, &w) in got.iter().enumerate() {
                let (x, y) = (a[ij / n].to_f64(), b[ij % n].to_f64());
                let (w, g) = (w.to_f64(), x * y);
                let fits = if g.is_nan() {
                    w.is_nan()
                } else if g.abs() < 1e-36 {
                    w == 0.0
                } else {
                    (w + g).abs() <= 1e-6 * g || w == -g
                };
                assert!(fits, "{isa} {packed}: {w} where the gradient is {x} * {y}");
            }
        });
    }
}
