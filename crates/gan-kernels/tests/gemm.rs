//! Products with strides that are neither row-major nor column-major, in both element types.

mod support;

use gan_kernels::gemm::{Matrix, Panels, gemm, gemm_then, linear};
use gan_kernels::{Element, Pool};
use support::{numbers, same_bits, tolerance};

both!(
    any_strides,
    few_rows_columns_or_terms,
    rows_of_a_tile_come_once,
    linear_with_and_without_bias,
    nan_reaches_its_row_and_column,
    right_operands_in_panels
);

fn at<E: Element>(x: &Matrix<'_, E>, i: usize, j: usize) -> f64 {
    x.data[i * x.row + j * x.col].to_f64()
}

/// The product and the sum of the absolute values of its terms, the size errors are judged against.
fn naive<E: Element>((m, n, k): (usize, usize, usize), a: &Matrix<'_, E>, b: &Matrix<'_, E>) -> Vec<(f64, f64)> {
    let term = |ij: usize, p: usize| at(a, ij / n, p) * at(b, p, ij % n);
    (0..m * n).map(|ij| (0..k).fold((0.0, 0.0), |(s, t), p| (s + term(ij, p), t + term(ij, p).abs()))).collect()
}

fn check<E: Element>((m, n, k): (usize, usize, usize), a: Matrix<'_, E>, b: Matrix<'_, E>) {
    let want = naive((m, n, k), &a, &b);
    let kernel = |pool: &mut Pool| {
        let mut out = vec![E::from_f64(f64::NAN); m * n];
        pool.region(|t| gemm(t, (m, n, k), a, b, &mut out));
        out
    };
    same_bits(kernel, |got, isa| {
        for (g, (w, scale)) in got.iter().zip(&want) {
            let error = (g.to_f64() - w).abs();
            let (ra, ca, rb, cb) = (a.row, a.col, b.row, b.col);
            assert!(error <= tolerance::<E>() * scale, "{isa} {m} {n} {k} ({ra} {ca}) ({rb} {cb}): {g} instead of {w}");
        }
    });
}

fn any_strides<E: Element>() {
    // the last ones are cut into tiles
    let sizes = [(1, 1, 1), (7, 31, 33), (33, 7, 1), (1, 333, 31), (333, 1, 33), (31, 33, 333), (101, 203, 99), (203, 101, 97)];
    for (m, n, k) in sizes {
        let (da, db) = (numbers::<E>(3 * (m + 3) * (k + 5), 1), numbers::<E>(3 * (n + 3) * (k + 5), 2));
        // (row, column): padded rows, padded columns, every second element, every third, both ways round
        let strides = |rows: usize, cols: usize| [(cols + 5, 1), (1, rows + 3), (2 * cols + 1, 2), (3, 3 * rows + 2)];
        for (ra, ca) in strides(m, k) {
            for (rb, cb) in strides(k, n) {
                check((m, n, k), Matrix { data: &da, row: ra, col: ca }, Matrix { data: &db, row: rb, col: cb });
            }
        }
        // stride 0 repeats a row or a column
        check((m, n, k), Matrix { data: &da, row: 0, col: 1 }, Matrix { data: &db, row: 1, col: 0 });
        check((m, n, k), Matrix { data: &da, row: 1, col: 0 }, Matrix { data: &db, row: 0, col: 1 });
    }
    for empty in [(0, 3, 2), (3, 0, 2), (0, 0, 0)] {
        let (a, b) = (numbers::<E>(6, 1), numbers::<E>(6, 2));
        check(empty, Matrix { data: &a, row: 2, col: 1 }, Matrix { data: &b, row: 3, col: 1 });
    }
    // no terms: zeros
    check::<E>((3, 4, 0), Matrix { data: &[], row: 0, col: 1 }, Matrix { data: &[], row: 4, col: 1 });
}

/// Short and long, with and without numbers left over after whole vectors, some of them cut into pieces.
fn few_rows_columns_or_terms<E: Element>() {
    for few in [1, 2, 3, 4, 5, 8, 9, 13, 16, 17] {
        for (long, longer) in [(15, 16), (100, 240), (67, 801)] {
            for (m, n, k) in
                [(few, long, longer), (long, few, longer), (long, longer, few), (few, longer, long), (longer, few, long)]
            {
                let (da, db) = (numbers::<E>(m * k, 1), numbers::<E>(k * n, 2));
                for (ta, tb) in [(false, false), (false, true), (true, false), (true, true)] {
                    let a = Matrix::new(&da, if ta { m } else { k }, ta);
                    check((m, n, k), a, Matrix::new(&db, if tb { k } else { n }, tb));
                }
            }
        }
    }
    for (m, n, k) in [(1, 1203, 1201), (16, 801, 403), (1203, 1, 1201), (803, 3, 401), (601, 803, 5)] {
        let (da, db) = (numbers::<E>(m * k, 1), numbers::<E>(k * n, 2));
        for (ta, tb) in [(false, false), (false, true), (true, false)] {
            let a = Matrix::new(&da, if ta { m } else { k }, ta);
            check((m, n, k), a, Matrix::new(&db, if tb { k } else { n }, tb));
        }
    }
}

fn rows_of_a_tile_come_once<E: Element>() {
    let thin = [(1, 1203, 1200), (1203, 1, 1200), (3, 50, 20_000), (1203, 5, 200), (16, 801, 200), (801, 803, 4)];
    for (m, n, k) in [(1, 1, 1), (7, 33, 31), (100, 1203, 50), (1203, 100, 50)].into_iter().chain(thin) {
        let (da, db) = (numbers::<E>(m * k, 1), numbers::<E>(k * n, 2));
        let (a, b) = (Matrix::new(&da, k, false), Matrix::new(&db, n, false));
        let kernel = |pool: &mut Pool| {
            let (mut plain, mut then) = (vec![E::ZERO; m * n], vec![E::ZERO; m * n]);
            pool.region(|t| {
                gemm(t, (m, n, k), a, b, &mut plain);
                gemm_then(t, (m, n, k), a, b, &mut then, &|mut tile| {
                    for r in 0..tile.rows() {
                        let at = (tile.i + r) * n + tile.j;
                        for (c, x) in tile.row(r).iter_mut().enumerate() {
                            *x += E::from_f64((at + c) as f64 * 1e3);
                        }
                    }
                });
            });
            let once = plain.iter().zip(&then).enumerate().all(|(i, (&p, &t))| t == p + E::from_f64(i as f64 * 1e3));
            assert!(once, "{m} {n} {k}");
            then
        };
        same_bits(kernel, |_, _| {});
    }
}

fn linear_with_and_without_bias<E: Element>() {
    for (m, n, k) in [(1, 1, 7), (31, 33, 7), (100, 700, 100), (700, 90, 100), (1, 700, 300), (700, 1, 300), (90, 3, 300)] {
        let (da, db, bias) = (numbers::<E>(m * k, 1), numbers::<E>(k * n, 2), numbers::<E>(n, 3));
        let (a, b) = (Matrix::new(&da, m, true), Matrix::new(&db, k, true));
        for bias in [&[], &bias[..]] {
            let kernel = |pool: &mut Pool| {
                let (mut plain, mut fused) = (vec![E::ZERO; m * n], vec![E::ZERO; m * n]);
                pool.region(|t| {
                    gemm(t, (m, n, k), a, b, &mut plain);
                    linear(t, (m, n, k), a, b, bias, &mut fused, |x| x.maximum(E::ZERO));
                });
                let want = |i: usize| if bias.is_empty() { plain[i] } else { plain[i] + bias[i % n] };
                assert!(fused.iter().enumerate().all(|(i, &x)| x == want(i).maximum(E::ZERO)), "{m} {n} {k}");
                fused
            };
            same_bits(kernel, |_, _| {});
        }
    }
}

fn nan_reaches_its_row_and_column<E: Element>() {
    for (m, n, k) in
        [(5, 7, 3), (1, 300, 300), (300, 1, 300), (101, 203, 99), (13, 301, 45), (301, 5, 45), (45, 301, 3), (99, 8, 45)]
    {
        let (mut da, mut db) = (numbers::<E>(m * k, 1), vec![E::ZERO; k * n]);
        // zeros on the other side must not hide it
        da[(m / 2) * k + k / 2] = E::from_f64(f64::NAN);
        db[(k / 3) * n + n / 2] = E::from_f64(f64::INFINITY);
        for mut pool in support::pools(2) {
            let mut out = vec![E::ZERO; m * n];
            pool.region(|t| gemm(t, (m, n, k), Matrix::new(&da, k, false), Matrix::new(&db, n, false), &mut out));
            for (i, o) in out.iter().enumerate() {
                let hit = i / n == m / 2 || i % n == n / 2;
                assert!(o.is_finite() != hit, "{} {m} {n} {k}: {i} is {o}", pool.isa());
            }
        }
    }
}

#[test]
#[should_panic(expected = "hold their elements")]
fn strides_that_overflow_are_refused() {
    let a = Matrix { data: &[1.0f32; 4], row: usize::MAX, col: 1 };
    let mut out = [0.0; 4];
    gemm(&gan_kernels::Team::serial(), (2, 2, 2), a, Matrix::new(&[1.0; 4], 2, false), &mut out);
}

/// Weights kept as panels, and their transposes, give what row-major ones give.
fn right_operands_in_panels<E: Element>() {
    let few = [(1, 7, 31), (1, 700, 500), (2, 333, 131), (3, 700, 500), (4, 100, 97)];
    let many = [(5, 33, 64), (100, 100, 33), (40, 333, 131), (17, 1, 90), (200, 300, 97)];
    for (m, rows, cols) in few.into_iter().chain(many) {
        let w = numbers::<E>(rows * cols, 2);
        let mut kept = vec![E::ZERO; rows * cols];
        Pool::new(1).region(|t| gan_kernels::panels::pack(t, rows, cols, &w, &mut kept));
        for transposed in [false, true] {
            let (k, n) = if transposed { (cols, rows) } else { (rows, cols) };
            let da = numbers::<E>(m * k, 1);
            let a = Matrix::new(&da, k, false);
            let want = naive((m, n, k), &a, &Matrix::new(&w, cols, transposed));
            let kernel = |pool: &mut Pool| {
                let mut out = vec![E::from_f64(f64::NAN); m * n];
                let b = Panels { data: &kept, rows, cols, transposed };
                pool.region(|t| gemm(t, (m, n, k), a, b, &mut out));
                out
            };
            same_bits(kernel, |got, isa| {
                for (g, (w, scale)) in got.iter().zip(&want) {
                    let error = (g.to_f64() - w).abs();
                    assert!(error <= tolerance::<E>() * scale, "{isa} {m} {n} {k} {transposed}: {g} instead of {w}");
                }
            });
        }
    }
}
