//! What the kernel tests share: inputs, sizes, pools and comparison.
#![allow(dead_code)] // each test file uses a part of it

use gan_kernels::{Element, Isa, Pool};

/// Sizes around the vector widths and the chunk lengths of the kernels, the last ones cut into several chunks.
pub const SIZES: [usize; 8] = [0, 1, 7, 31, 33, 333, 8193, 40_001];

/// One pool for each instruction set of this machine.
pub fn pools(threads: usize) -> impl Iterator<Item = Pool> {
    Isa::ALL.into_iter().filter(|isa| isa.is_available()).map(move |isa| Pool::with_isa(threads, isa))
}

/// Numbers in (-3, 3) without pattern, the same ones for each `salt`.
pub fn numbers<E: Element>(n: usize, salt: u64) -> Vec<E> {
    (0..n as u64)
        .map(|i| {
            let z = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ salt.wrapping_mul(0xD6E8_FEB8_6659_FD93));
            let z = (z ^ (z >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            E::from_f64(((z >> 40) as f64 / (1u64 << 24) as f64 - 0.5) * 6.0)
        })
        .collect()
}

/// Relative precision asked of an element type.
pub fn tolerance<E: Element>() -> f64 {
    if E::NAME == "f32" { 1e-5 } else { 1e-12 }
}

/// Compares with double precision, norm-wise: `max |a - b| <= tolerance * max |b|`.
#[track_caller]
pub fn close<E: Element>(got: &[E], want: &[f64], what: &dyn std::fmt::Display) {
    assert_eq!(got.len(), want.len(), "{what}");
    let scale = want.iter().fold(1e-30, |s: f64, w| s.max(w.abs()));
    for (i, (g, w)) in got.iter().zip(want).enumerate() {
        let error = (g.to_f64() - w).abs();
        assert!(error <= tolerance::<E>() * scale, "{what}, element {i}: {g} instead of {w}");
    }
}

/// Runs `kernel` with 1, 2, 3 and 8 threads on every instruction set and expects the same bits from all thread counts;
/// hands the result for each instruction set to `check`.
#[track_caller]
pub fn same_bits<E: Element>(kernel: impl Fn(&mut Pool) -> Vec<E>, check: impl Fn(&[E], Isa)) {
    let bits = |x: &[E]| x.iter().map(|x| x.to_f64().to_bits()).collect::<Vec<_>>();
    for mut one in pools(1) {
        let isa = one.isa();
        let want = kernel(&mut one);
        check(&want, isa);
        for threads in [2, 3, 8] {
            let got = kernel(&mut Pool::with_isa(threads, isa));
            assert!(bits(&got) == bits(&want), "{isa}: other bits on {threads} threads");
        }
    }
}

/// Defines a test for `f32` and one for `f64`.
#[macro_export]
macro_rules! both {
    ($($name:ident),* $(,)?) => {
        mod f32 {
            $(#[test] fn $name() { super::$name::<f32>(); })*
        }
        mod f64 {
            $(#[test] fn $name() { super::$name::<f64>(); })*
        }
    };
}
