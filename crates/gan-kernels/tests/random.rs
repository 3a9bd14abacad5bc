//! Random numbers against Philox written out word by word, at any row length, in both element types.

mod support;

use gan_kernels::random::{Key, dropout, normal, uniform};
use gan_kernels::{Element, Pool};
use support::{close, same_bits};

both!(uniform_is_philox, normal_is_box_and_muller, dropout_is_a_threshold);

const KEY: Key = Key { seed: 0x0123_4567_89AB_CDEF, draw: 77, stream: 0xDEAD_BEEF };

/// Philox4x32-10 of one counter, as the paper has it.
fn philox(mut c: [u32; 4], seed: u64) -> [u32; 4] {
    let (mut k0, mut k1) = (seed as u32, (seed >> 32) as u32);
    for _ in 0..10 {
        let product = |x: u32, y: u32| (((u64::from(x) * u64::from(y)) >> 32) as u32, x.wrapping_mul(y));
        let ((h0, l0), (h1, l1)) = (product(0xD251_1F53, c[0]), product(0xCD9E_8D57, c[2]));
        c = [h1 ^ c[1] ^ k0, l1, h0 ^ c[3] ^ k1, l0];
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
    }
    c
}

/// Word `j` of row `i`: sixteen blocks side by side, first all their first words, then all their second words, ...
fn word(i: usize, j: usize) -> u32 {
    let (group, place) = (j / 64, j % 64);
    philox([(group * 16 + place % 16) as u32, i as u32, KEY.draw, KEY.stream], KEY.seed)[place / 16]
}

const SHAPES: [(usize, usize); 8] = [(0, 7), (1, 1), (31, 7), (7, 31), (33, 33), (5, 333), (200, 64), (3, 8193)];

fn uniform_is_philox<E: Element>() {
    for (rows, n) in SHAPES {
        let want: Vec<f64> =
            (0..rows * n).map(|ij| -1.0 + 2.0 * f64::from(word(ij / n, ij % n) >> 8) / f64::from(1 << 24)).collect();
        let kernel = |pool: &mut Pool| {
            let mut out = vec![E::ZERO; rows * n];
            pool.region(|t| uniform(t, KEY, n, (-1.0, 1.0), &mut out));
            out
        };
        same_bits(kernel, |got, isa| {
            close(got, &want, &format!("{isa} {rows} x {n}"));
            assert!(got.iter().all(|x| (-1.0..1.0).contains(&x.to_f64())));
        });
    }
}

fn normal_is_box_and_muller<E: Element>() {
    for (rows, n) in SHAPES {
        let of = |i: usize, j: usize| {
            let (group, place) = (j / 64 * 64, j % 64);
            let unit = |j: usize, plus: u32| f64::from((word(i, j) >> 8) + plus) / f64::from(1 << 24);
            let radius = (-2.0 * unit(group + place % 32, 1).ln()).sqrt();
            let angle = std::f64::consts::TAU * unit(group + 32 + place % 32, 0);
            radius * if place < 32 { angle.cos() } else { angle.sin() }
        };
        let want: Vec<f64> = (0..rows * n).map(|ij| of(ij / n, ij % n)).collect();
        let kernel = |pool: &mut Pool| {
            let mut out = vec![E::ZERO; rows * n];
            pool.region(|t| normal(t, KEY, n, &mut out));
            out
        };
        same_bits(kernel, |got, isa| close(got, &want, &format!("{isa} {rows} x {n}")));
    }
}

fn dropout_is_a_threshold<E: Element>() {
    for (rows, n) in SHAPES {
        for keep in [0.0, 0.25, 0.5, 0.8, 1.0] {
            let x = support::numbers::<E>(rows * n, 1);
            let kept = |ij: usize| f64::from(word(ij / n, ij % n)) < keep * 4_294_967_296.0;
            let want: Vec<f64> = (0..rows * n).map(|ij| if kept(ij) { x[ij].to_f64() / keep } else { 0.0 }).collect();
            let kernel = |pool: &mut Pool| {
                let mut out = x.clone();
                pool.region(|t| dropout(t, KEY, n, keep, &mut out));
                out
            };
            same_bits(kernel, |got, isa| {
                close(got, &want, &format!("{isa} {rows} x {n} keep {keep}"));
                assert!((0..rows * n).all(|ij| kept(ij) || got[ij] == E::ZERO));
            });
        }
    }
}
