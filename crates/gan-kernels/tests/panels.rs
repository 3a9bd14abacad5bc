//! Panels against their definition, and the bound on column norms against that of row-major matrices.

mod support;

use gan_kernels::panels::{WIDTH, index, max_column_norm, pack, unpack};
use gan_kernels::{Element, Pool, update};
use support::{numbers, pools, same_bits};

both!(elements_lie_where_the_definition_says, packing_is_undone, column_norms_are_those_of_the_row_major_matrix);

/// The last two are cut into several blocks of rows, the very last with rows longer than a block.
const SHAPES: [(usize, usize); 14] = [
    (0, 5),
    (5, 0),
    (1, 1),
    (1, 32),
    (7, 31),
    (31, 7),
    (3, 33),
    (5, 64),
    (33, 65),
    (100, 96),
    (333, 1),
    (1, 1201),
    (240, 1200),
    (3, 40_001),
];

fn elements_lie_where_the_definition_says<E: Element>() {
    for (k, n) in SHAPES {
        let w = numbers::<E>(k * n, 1);
        let mut want = vec![E::ZERO; k * n];
        for p in 0..k {
            for j in 0..n {
                let width = WIDTH.min(n - WIDTH * (j / WIDTH));
                let at = (j / WIDTH) * WIDTH * k + p * width + j % WIDTH;
                assert_eq!(index(k, n, p, j), at);
                want[at] = w[p * n + j];
            }
        }
        let kernel = |pool: &mut Pool| {
            let mut packed = vec![E::ZERO; k * n];
            pool.region(|t| pack(t, k, n, &w, &mut packed));
            packed
        };
        same_bits(kernel, |got, isa| assert!(got == want, "{isa} {k} x {n}"));
        assert!(n > WIDTH || want == w, "one panel is the row-major order");
    }
}

fn packing_is_undone<E: Element>() {
    for (k, n) in SHAPES {
        let w = numbers::<E>(k * n, 2);
        let kernel = |pool: &mut Pool| {
            let (mut packed, mut back) = (vec![E::ZERO; k * n], vec![E::ONE; k * n]);
            pool.region(|t| {
                pack(t, k, n, &w, &mut packed);
                unpack(t, k, n, &packed, &mut back);
            });
            back
        };
        same_bits(kernel, |got, isa| assert!(got == w, "{isa} {k} x {n}"));
    }
}

fn column_norms_are_those_of_the_row_major_matrix<E: Element>() {
    for (k, n) in SHAPES {
        let w = numbers::<E>(k * n, 3);
        let mean = (3.0 * k as f64).sqrt(); // about the norm of a column: some shrink, others do not
        for max in [mean, 1e9] {
            for mut pool in pools(3) {
                let (mut plain, mut packed, mut back) = (w.clone(), vec![E::ZERO; k * n], vec![E::ZERO; k * n]);
                let mut scratch = vec![E::ZERO; n];
                pool.region(|t| {
                    update::max_column_norm(t, &mut plain, n, E::from_f64(max), &mut scratch);
                    pack(t, k, n, &w, &mut packed);
                    max_column_norm(t, k, n, &mut packed, E::from_f64(max));
                    unpack(t, k, n, &packed, &mut back);
                });
                assert!(back == plain, "{} {k} x {n}", pool.isa());
                assert!(max < 1e9 || back == w, "columns within the limit keep their bits");
            }
        }
    }
}
