//! Maxout against its definition: winners, ties, gradient and the gradient's transpose.

mod support;

use gan_kernels::{Element, Pool, maxout};
use support::{numbers, pools, same_bits};

both!(agrees_with_the_definition, the_first_piece_wins_a_tie, nan_is_seen);

/// Rows, pieces, units.
const SIZES: [(usize, usize, usize); 9] =
    [(0, 5, 7), (1, 1, 1), (7, 5, 1), (1, 2, 333), (31, 5, 33), (33, 3, 31), (100, 5, 240), (333, 2, 7), (2, 5, 5000)];

fn agrees_with_the_definition<E: Element>() {
    for (rows, pieces, units) in SIZES {
        for biased in [false, true] {
            let x = numbers::<E>(rows * pieces * units, 1);
            let bias = if biased { numbers::<E>(pieces * units, 2) } else { vec![] };
            let g = numbers::<E>(rows * units, 3);
            let n = rows * units;
            let kernel = |pool: &mut Pool| {
                let (mut out, mut index, mut back) = (vec![E::ZERO; n], vec![E::ONE; n], vec![E::ONE; 2 * n]);
                let mut spread = vec![E::ONE; n * pieces];
                pool.region(|t| {
                    maxout::forward(t, &x, &bias, pieces, units, &mut out, &mut index);
                    maxout::scatter(t, &g, &index, pieces, units, &mut spread);
                    maxout::gather(t, &spread, &index, pieces, units, &mut back[..n]);
                    maxout::gather(t, &x, &index, pieces, units, &mut back[n..]);
                });
                [out, index, back, spread].concat()
            };
            same_bits(kernel, |all, isa| {
                let (out, rest) = all.split_at(n);
                let (index, rest) = rest.split_at(n);
                let (back, rest) = rest.split_at(n);
                let (won, spread) = rest.split_at(n);
                for i in 0..n {
                    let (r, u) = (i / units, i % units);
                    let value = |p: usize| {
                        let x = x[(r * pieces + p) * units + u];
                        if biased { x + bias[p * units + u] } else { x }
                    };
                    let best = (0..pieces).fold(0, |b, p| if value(p) > value(b) { p } else { b });
                    let what = format!("{isa} {rows} x {pieces} x {units}, {i}");
                    assert!(out[i] == value(best) && index[i].to_f64() == best as f64, "{what}");
                    for p in 0..pieces {
                        let want = if p == best { g[i] } else { E::ZERO };
                        assert!(spread[(r * pieces + p) * units + u] == want, "{what}: gradient");
                    }
                    assert!(back[i] == g[i] && won[i] == x[(r * pieces + best) * units + u], "{what}: transpose");
                }
            });
        }
    }
}

fn the_first_piece_wins_a_tie<E: Element>() {
    for mut pool in pools(2) {
        let x = vec![E::ONE; 5 * 33];
        let (mut out, mut index) = (vec![E::ZERO; 33], vec![E::ONE; 33]);
        pool.region(|t| maxout::forward(t, &x, &[], 5, 33, &mut out, &mut index));
        assert!(index.iter().all(|&i| i == E::ZERO) && out.iter().all(|&o| o == E::ONE));
    }
}

fn nan_is_seen<E: Element>() {
    for mut pool in pools(2) {
        for piece in 0..5 {
            for bias in [vec![], vec![E::ONE; 5 * 33]] {
                let mut x = numbers::<E>(5 * 33, 1);
                x[piece * 33 + 20] = E::from_f64(f64::NAN);
                let (mut out, mut index) = (vec![E::ZERO; 33], vec![E::ZERO; 33]);
                pool.region(|t| maxout::forward(t, &x, &bias, 5, 33, &mut out, &mut index));
                assert!(out.iter().enumerate().all(|(u, o)| o.to_f64().is_nan() == (u == 20)), "{} piece {piece}", pool.isa());
                assert!(index[20].to_f64() == piece as f64);
            }
        }
    }
}

#[test]
#[should_panic(expected = "sizes of a maxout")]
fn units_without_pieces_are_refused() {
    maxout::forward(&gan_kernels::Team::serial(), &[], &[], 0, 3, &mut [0.0f32; 3], &mut [0.0; 3]);
}
