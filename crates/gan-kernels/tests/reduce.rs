//! Reductions against a plain sum in double precision, in both element types, on every instruction set.

mod support;

use gan_kernels::{Element, Pool, reduce};
use support::{SIZES, close, numbers, pools, same_bits};

both!(sums, sums_of_exponentials, extremes, axes, a_long_axis, nan_wins_every_extreme);

fn sums<E: Element>() {
    for n in SIZES.into_iter().chain([2_000_003]) {
        let x: Vec<E> = numbers::<E>(n, 1).iter().map(|x| x.abs()).collect();
        let sum: f64 = x.iter().map(|x| x.to_f64()).sum();
        let squares: f64 = x.iter().map(|x| x.to_f64().powi(2)).sum();
        let kernel = |pool: &mut Pool| pool.region(|t| vec![reduce::sum_all(t, &x), reduce::sum_squares(t, &x)]);
        same_bits(kernel, |got, isa| {
            close(&got[..1], &[sum], &format!("{isa} {n}"));
            close(&got[1..], &[squares], &format!("{isa} {n} squares"));
        });
    }
}

/// With few terms that count and with many, and a NaN among those that do not.
fn sums_of_exponentials<E: Element>() {
    let e = E::from_f64;
    for n in SIZES.into_iter().filter(|&n| n > 0) {
        let mut x = numbers::<E>(n, 1);
        let least = x.iter().fold(f64::INFINITY, |a, x| a.min(x.to_f64()));
        for factor in [0.5, 40.0, 4000.0] {
            let want: f64 = x.iter().map(|x| (factor * (least - x.to_f64())).exp()).sum();
            let kernel = |pool: &mut Pool| vec![reduce::exp_sum(pool.isa(), &x, e(least), e(factor), e(40.0))];
            same_bits(kernel, |got, isa| {
                let error = (got[0].to_f64() - want).abs();
                // the exponent is rounded
                assert!(
                    error <= factor.max(1.0) * support::tolerance::<E>() * want,
                    "{isa} {n} {factor}: {} instead of {want}",
                    got[0]
                );
            });
        }
        x[n - 1] = e(f64::NAN);
        let kernel = |pool: &mut Pool| vec![reduce::exp_sum(pool.isa(), &x, e(-1e6), e(1.0), e(40.0))];
        for mut pool in pools(1) {
            assert!(kernel(&mut pool)[0].to_f64().is_nan(), "{n}");
        }
    }
}

fn extremes<E: Element>() {
    for n in SIZES {
        let x = numbers::<E>(n, 1);
        let want = x.iter().fold(f64::NEG_INFINITY, |a, x| a.max(x.to_f64()));
        let kernel =
            |pool: &mut Pool| pool.region(|t| vec![reduce::fold_all(t, &x, E::NEG_INFINITY, |x| x, |a, b| a.maximum(b))]);
        same_bits(kernel, |got, isa| assert!(got[0].to_f64() == want, "{isa} {n}"));
    }
}

fn check_axis<E: Element>((outer, middle, inner): (usize, usize, usize)) {
    let x = numbers::<E>(outer * middle * inner, 1);
    let want = |init: f64, fold: fn(f64, f64) -> f64| -> Vec<f64> {
        let at = |o: usize, m: usize, i: usize| x[(o * middle + m) * inner + i].to_f64();
        (0..outer * inner).map(|oi| (0..middle).fold(init, |a, m| fold(a, at(oi / inner, m, oi % inner)))).collect()
    };
    let (sum, max) = (want(0.0, |a, b| a + b), want(f64::NEG_INFINITY, f64::max));
    // cancelling sums are judged against the size of what is added
    let scale = x.iter().map(|x| x.to_f64().abs()).sum::<f64>() / (outer * inner).max(1) as f64;
    let kernel = |pool: &mut Pool| {
        let mut out = vec![E::ONE; 2 * outer * inner];
        let (a, b) = out.split_at_mut(outer * inner);
        pool.region(|t| {
            reduce::fold_axis(t, (outer, middle, inner), &x, a, E::ZERO, |a, b| a + b);
            reduce::fold_axis(t, (outer, middle, inner), &x, b, E::NEG_INFINITY, |a, b| a.maximum(b));
        });
        out
    };
    same_bits(kernel, |got, isa| {
        let what = format!("{isa} [{outer}, {middle}, {inner}]");
        let (a, b) = got.split_at(outer * inner);
        for (a, w) in a.iter().zip(&sum) {
            assert!((a.to_f64() - w).abs() <= support::tolerance::<E>() * scale.max(1.0), "{what}: {a} instead of {w}");
        }
        assert!(b.iter().zip(&max).all(|(b, w)| b.to_f64() == *w), "{what}: maximum");
    });
}

fn axes<E: Element>() {
    for outer in [0, 1, 7, 33] {
        for middle in [0, 1, 7, 31, 333] {
            for inner in [0, 1, 7, 33, 100] {
                check_axis::<E>((outer, middle, inner));
            }
        }
    }
}

fn a_long_axis<E: Element>() {
    for size in [(1, 40_001, 1), (1, 40_001, 3), (2, 33_000, 17), (100, 1201, 1), (1, 100, 5000), (3, 9000, 2)] {
        check_axis::<E>(size);
    }
}

fn nan_wins_every_extreme<E: Element>() {
    for n in [1, 7, 33, 20_001] {
        for at in [0, n / 2, n - 1] {
            let mut x = numbers::<E>(n, 1);
            x[at] = E::from_f64(f64::NAN);
            for mut pool in pools(2) {
                pool.region(|t| {
                    assert!(reduce::fold_all(t, &x, E::NEG_INFINITY, |x| x, |a, b| a.maximum(b)).to_f64().is_nan());
                    assert!(reduce::sum_all(t, &x).to_f64().is_nan());
                    let mut out = [E::ZERO; 1];
                    reduce::fold_axis(t, (1, n, 1), &x, &mut out, E::NEG_INFINITY, |a, b| a.maximum(b));
                    assert!(out[0].to_f64().is_nan());
                });
            }
        }
    }
}

#[test]
#[should_panic(expected = "sizes of a reduction")]
fn sizes_that_overflow_are_refused() {
    // odd times its inverse is 1 in arithmetic that wraps
    let odd = 0x1_0000_0001_usize;
    let inverse = (0..6).fold(odd, |y, _| y.wrapping_mul(2usize.wrapping_sub(odd.wrapping_mul(y))));
    let mut out = [0.0f32];
    reduce::fold_axis(&gan_kernels::Team::serial(), (odd, 0, inverse), &[], &mut out, 0.0, |a, b| a + b);
}
