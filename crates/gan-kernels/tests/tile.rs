//! What is done to the tiles of a product, against the same done afterwards.

mod support;

use gan_kernels::gemm::{Matrix, gemm, gemm_then, tile};
use gan_kernels::random::{Key, Mask, dropout};
use gan_kernels::{Element, Pool};
use support::{numbers, same_bits};

both!(masks_and_gates);

/// A mask drawn for parts of rows is the one drawn for whole rows, and a gate meets its own element, for products of every kind.
fn masks_and_gates<E: Element>() {
    let key = Key { seed: 7, draw: 2, stream: 5 };
    for (m, n, k) in
        [(1, 1, 7), (31, 33, 7), (100, 700, 100), (70, 1200, 300), (1, 700, 300), (700, 1, 300), (90, 3, 300), (3, 130, 50)]
    {
        let (da, db, gate) = (numbers::<E>(m * k, 1), numbers::<E>(k * n, 2), numbers::<E>(m * n, 3));
        let (a, b) = (Matrix::new(&da, k, false), Matrix::new(&db, n, false));
        let open = |x: E, gate: E| if gate > E::ZERO { x } else { E::ZERO };
        let kernel = |pool: &mut Pool| {
            let (mut after, mut fused) = (vec![E::ZERO; m * n], vec![E::ZERO; m * n]);
            let isa = pool.isa();
            pool.region(|t| {
                gemm(t, (m, n, k), a, b, &mut after);
                dropout(t, key, n, 0.6, &mut after);
                after.iter_mut().zip(&gate).for_each(|(x, &g)| *x = open(*x, g));
                let mask = Mask::new(key, 0.6).unwrap();
                gemm_then(t, (m, n, k), a, b, &mut fused, &|mut part| {
                    tile::mask(isa, &mut part, mask);
                    tile::combine(isa, &mut part, &gate, n, open);
                });
            });
            assert!(fused == after, "{m} {n} {k}");
            fused
        };
        same_bits(kernel, |_, _| {});
    }
}
