//! Element-wise kernels against a plain loop, in both element types, on every instruction set.

mod support;

use gan_kernels::strided::{self, Layout};
use gan_kernels::{Element, map};
use support::{SIZES, close, numbers, same_bits, tolerance};

both!(unary, binary, ternary, in_place, rows, columns, functions, nan_passes_through);

fn wide<E: Element>(x: &[E]) -> Vec<f64> {
    x.iter().map(|x| x.to_f64()).collect()
}

fn unary<E: Element>() {
    for n in SIZES {
        let x = numbers::<E>(n, 1);
        let want: Vec<f64> = wide(&x).iter().map(|x| x * x + 1.0).collect();
        let kernel = |pool: &mut gan_kernels::Pool| {
            let mut out = vec![E::ZERO; n];
            pool.region(|t| map::unary(t, &x, &mut out, |x| x * x + E::ONE));
            out
        };
        same_bits(kernel, |got, isa| close(got, &want, &format!("{isa} {n}")));
    }
}

fn binary<E: Element>() {
    for n in SIZES {
        let (x, y) = (numbers::<E>(n, 1), numbers::<E>(n, 2));
        let want: Vec<f64> = (0..n).map(|i| x[i].to_f64() * y[i].to_f64() - 2.0).collect();
        let f = |x: E, y: E| x * y - E::from_f64(2.0);
        let kernel = |pool: &mut gan_kernels::Pool| {
            let (mut out, mut over) = (vec![E::ZERO; n], x.clone());
            pool.region(|t| {
                map::binary(t, &x, &y, &mut out, f);
                map::binary_in_place(t, &y, &mut over, f);
            });
            assert!(out == over, "the operand overwritten or not");
            out
        };
        same_bits(kernel, |got, isa| close(got, &want, &format!("{isa} {n}")));
    }
}

fn ternary<E: Element>() {
    for n in SIZES {
        let (x, y, z) = (numbers::<E>(n, 1), numbers::<E>(n, 2), numbers::<E>(n, 3));
        let want: Vec<f64> = (0..n).map(|i| x[i].to_f64() * y[i].to_f64() + z[i].to_f64()).collect();
        let kernel = |pool: &mut gan_kernels::Pool| {
            let mut out = vec![E::ZERO; n];
            pool.region(|t| map::ternary(t, &x, &y, &z, &mut out, |x, y, z| x * y + z));
            out
        };
        same_bits(kernel, |got, isa| close(got, &want, &format!("{isa} {n}")));
    }
}

fn in_place<E: Element>() {
    for n in SIZES {
        let x = numbers::<E>(n, 1);
        let want: Vec<f64> = wide(&x).iter().map(|x| 3.0 - x).collect();
        let kernel = |pool: &mut gan_kernels::Pool| {
            let mut out = x.clone();
            pool.region(|t| map::in_place(t, &mut out, |x| E::from_f64(3.0) - x));
            out
        };
        same_bits(kernel, |got, isa| close(got, &want, &format!("{isa} {n}")));
    }
}

/// Shapes `[rows, cols]`, empty ones among them.
const SHAPES: [(usize, usize); 10] =
    [(0, 5), (5, 0), (0, 0), (1, 1), (7, 31), (33, 7), (333, 1), (1, 333), (100, 333), (3, 20_000)];

/// A matrix operand with these strides.
fn layout([row, col]: [usize; 2]) -> Layout {
    let mut strides = [0; strided::MAX_RANK];
    strides[..2].copy_from_slice(&[row, col]);
    Layout { offset: 0, strides }
}

fn rows<E: Element>() {
    for (m, n) in SHAPES {
        let (x, row) = (numbers::<E>(m * n, 1), numbers::<E>(n, 2));
        let want: Vec<f64> = (0..m * n).map(|i| x[i].to_f64() + row[i % n].to_f64()).collect();
        let kernel = |pool: &mut gan_kernels::Pool| {
            let mut out = vec![E::ZERO; m * n];
            pool.region(|t| strided::binary(t, &[m, n], (&x, &layout([n, 1])), (&row, &layout([0, 1])), &mut out, |x, r| x + r));
            let mut over = x.clone();
            pool.region(|t| strided::binary_in_place(t, &[m, n], (&row, &layout([0, 1])), &mut over, |x, r| x + r));
            assert_eq!(over, out);
            out
        };
        same_bits(kernel, |got, isa| close(got, &want, &format!("{isa} {m} x {n}")));
    }
}

fn columns<E: Element>() {
    for (m, n) in SHAPES {
        let (x, col) = (numbers::<E>(m * n, 1), numbers::<E>(m, 2));
        let want: Vec<f64> = (0..m * n).map(|i| x[i].to_f64() * col[i / n].to_f64()).collect();
        let kernel = |pool: &mut gan_kernels::Pool| {
            let mut out = vec![E::ZERO; m * n];
            pool.region(|t| strided::binary(t, &[m, n], (&x, &layout([n, 1])), (&col, &layout([1, 0])), &mut out, |x, c| x * c));
            let mut over = x.clone();
            pool.region(|t| strided::binary_in_place(t, &[m, n], (&col, &layout([1, 0])), &mut over, |x, c| x * c));
            assert_eq!(over, out);
            out
        };
        same_bits(kernel, |got, isa| close(got, &want, &format!("{isa} {m} x {n}")));
    }
}

/// A function of the trait, the same in `f64` by the standard library, and its domain.
type Function<E> = (&'static str, fn(E) -> E, fn(f64) -> f64, f64, f64);

fn all_functions<E: Element>() -> Vec<Function<E>> {
    vec![
        ("exp", E::exp, f64::exp, -80.0, 80.0),
        ("ln", E::ln, f64::ln, 1e-6, 1e6),
        ("ln_1p", E::ln_1p, f64::ln_1p, 0.0, 100.0),
        ("sqrt", E::sqrt, f64::sqrt, 0.0, 1e6),
        ("tanh", E::tanh, f64::tanh, -12.0, 12.0),
        ("abs", E::abs, f64::abs, -1e6, 1e6),
        ("sigmoid", E::sigmoid, |x| 1.0 / (1.0 + (-x).exp()), -80.0, 80.0),
        ("softplus", E::softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), -80.0, 80.0),
    ]
}

/// Element by element, not norm-wise: a small result is as exact as a large one.
fn functions<E: Element>() {
    for (name, f, exact, lo, hi) in all_functions::<E>() {
        for n in [1, 7, 31, 33, 333, 20_001] {
            let x: Vec<E> = (0..n).map(|i| E::from_f64(lo + (hi - lo) * (i as f64 + 0.5) / n as f64)).collect();
            let kernel = |pool: &mut gan_kernels::Pool| {
                let mut out = vec![E::ZERO; n];
                // the closure names the function, so that it is inlined and vectorised as in use
                pool.region(|t| match name {
                    "exp" => map::unary(t, &x, &mut out, |x| x.exp()),
                    "ln" => map::unary(t, &x, &mut out, |x| x.ln()),
                    "ln_1p" => map::unary(t, &x, &mut out, |x| x.ln_1p()),
                    "sqrt" => map::unary(t, &x, &mut out, |x| x.sqrt()),
                    "tanh" => map::unary(t, &x, &mut out, |x| x.tanh()),
                    "abs" => map::unary(t, &x, &mut out, |x| x.abs()),
                    "sigmoid" => map::unary(t, &x, &mut out, |x| x.sigmoid()),
                    _ => map::unary(t, &x, &mut out, |x| x.softplus()),
                });
                out
            };
            same_bits(kernel, |got, isa| {
                for (g, x) in got.iter().zip(&x) {
                    let want = exact(x.to_f64());
                    let error = (g.to_f64() - want).abs();
                    assert!(error <= tolerance::<E>() * want.abs().max(1e-12), "{isa} {name}({x}) = {g} instead of {want}");
                }
                // no fused operation differs between instruction sets: one function, one result
                assert!(got.iter().zip(&x).all(|(g, &x)| *g == f(x)), "{isa} {name}: vector and scalar code differ");
            });
        }
    }
}

fn nan_passes_through<E: Element>() {
    let nan = E::from_f64(f64::NAN);
    for (name, f, ..) in all_functions::<E>() {
        for at in [0, 5, 16, 32, 36] {
            let mut x = numbers::<E>(37, 1);
            x.iter_mut().for_each(|x| *x = x.abs());
            x[at] = nan;
            for mut pool in support::pools(1) {
                let mut out = vec![E::ZERO; 37];
                pool.region(|t| map::unary(t, &x, &mut out, f));
                assert!(out.iter().enumerate().all(|(i, o)| o.to_f64().is_nan() == (i == at)), "{} {name}", pool.isa());
            }
        }
    }
    for mut pool in support::pools(2) {
        for (x, y) in [(nan, E::ONE), (E::ONE, nan), (nan, nan)] {
            let (x, y, mut out) = (vec![x; 37], vec![y; 37], vec![E::ZERO; 37]);
            pool.region(|t| map::binary(t, &x, &y, &mut out, E::maximum));
            assert!(out.iter().all(|o| o.to_f64().is_nan()));
            pool.region(|t| map::binary(t, &x, &y, &mut out, E::minimum));
            assert!(out.iter().all(|o| o.to_f64().is_nan()));
        }
        let x = vec![nan; 37];
        let mut out = vec![E::ZERO; 37];
        pool.region(|t| map::unary(t, &x, &mut out, |x| if x < E::ZERO { E::ZERO } else { x }));
        assert!(out.iter().all(|o| o.to_f64().is_nan()), "rectifier");
    }
}
