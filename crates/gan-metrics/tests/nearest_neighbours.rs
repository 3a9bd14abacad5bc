//! The blocked search against the naive one, on data made to be hard for it.

use gan_metrics::{Neighbour, Samples, nearest_neighbours, nearest_other_rows};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&x, &y)| (f64::from(x) - f64::from(y)).powi(2)).sum()
}

fn naive(query: &[f32], reference: &Samples<'_>, excluded: Option<usize>) -> (usize, f64) {
    let rows = reference.rows().enumerate().filter(|(i, _)| Some(*i) != excluded);
    rows.map(|(i, row)| (i, squared_distance(query, row))).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
}

/// Same row, unless two rows are equally near to the rounding of the f64 sums.
fn assert_same(found: &[Neighbour], queries: &Samples<'_>, reference: &Samples<'_>) {
    assert_eq!(found.len(), queries.n());
    for (found, query) in found.iter().zip(queries.rows()) {
        let (index, distance) = naive(query, reference, None);
        assert!((found.squared_distance - distance).abs() <= 1e-13 * distance, "{found:?} {distance}");
        let other = squared_distance(query, reference.row(found.index));
        assert!(found.index == index || (other - distance).abs() <= 1e-13 * distance, "{found:?} {index}");
    }
}

/// A small generator of uniform numbers in [0, 1) (SplitMix64), so that large cases are quick to make.
fn uniform(seed: u64, n: usize) -> Vec<f32> {
    let mut state = seed;
    (0..n)
        .map(|_| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) >> 40) as f32 / (1_u64 << 24) as f32
        })
        .collect()
}

#[test]
fn agrees_with_naive_code_over_many_blocks_and_dimensions() {
    for (dim, queries, reference) in
        [(1, 300, 1500), (2, 200, 2000), (5, 70, 1111), (6, 70, 513), (97, 150, 1025), (784, 40, 1300)]
    {
        let q = uniform(dim as u64, queries * dim);
        let r = uniform(dim as u64 + 1000, reference * dim);
        let (q, r) = (Samples::new(&q, dim).unwrap(), Samples::new(&r, dim).unwrap());
        assert_same(&nearest_neighbours(&q, &r).unwrap().neighbours, &q, &r);
    }
}

/// Far from the origin `|q|^2 - 2 q.r + |r|^2` in f32 has no correct digit left.
#[test]
fn a_large_offset_does_not_confuse_it() {
    let shift = |values: Vec<f32>| values.into_iter().map(|v| 4096.0 + v).collect::<Vec<_>>();
    let (q, r) = (shift(uniform(1, 60 * 16)), shift(uniform(2, 1500 * 16)));
    let (q, r) = (Samples::new(&q, 16).unwrap(), Samples::new(&r, 16).unwrap());
    assert_same(&nearest_neighbours(&q, &r).unwrap().neighbours, &q, &r);
}

#[test]
fn values_beyond_the_squares_of_f32_do_not_overflow() {
    for scale in [1e-30, 1e-20, 1e18, 1e37_f32] {
        let scaled = |seed, n| uniform(seed, n).into_iter().map(|v| v * scale).collect::<Vec<_>>();
        let (q, r) = (scaled(3, 40 * 9), scaled(4, 700 * 9));
        let (q, r) = (Samples::new(&q, 9).unwrap(), Samples::new(&r, 9).unwrap());
        assert_same(&nearest_neighbours(&q, &r).unwrap().neighbours, &q, &r);
    }
    let q = [f32::MAX, f32::MIN];
    let found = nearest_neighbours(&Samples::new(&q, 1).unwrap(), &Samples::new(&q, 1).unwrap()).unwrap();
    assert_eq!(found.neighbours.iter().map(|f| f.index).collect::<Vec<_>>(), [0, 1]);
    let others = nearest_other_rows(&Samples::new(&q, 1).unwrap(), &[0, 1]).unwrap();
    assert_eq!(others.iter().map(|f| f.index).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn the_first_of_many_copies_wins() {
    let copies = vec![0.25; 5000 * 8];
    let reference = Samples::new(&copies, 8).unwrap();
    let found = nearest_neighbours(&Samples::new(&copies[..80], 8).unwrap(), &reference).unwrap();
    assert!(found.neighbours.iter().all(|f| *f == Neighbour { index: 0, squared_distance: 0.0 }));
    let off = nearest_neighbours(&Samples::new(&[0.5; 8], 8).unwrap(), &reference).unwrap();
    assert_eq!(off.neighbours, [Neighbour { index: 0, squared_distance: 0.5 }]);
    let others = nearest_other_rows(&reference, &[0, 1, 4999]).unwrap();
    assert_eq!(others.iter().map(|f| f.index).collect::<Vec<_>>(), [1, 0, 0]);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (q, r) = (uniform(5, 500 * 30), uniform(6, 3000 * 30));
    let (q, r) = (Samples::new(&q, 30).unwrap(), Samples::new(&r, 30).unwrap());
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| nearest_neighbours(&q, &r).unwrap())
    };
    let one = run(1);
    assert!([2, 3, 7].into_iter().all(|threads| run(threads) == one));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        rng_seed: RngSeed::Fixed(2014),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// On a coarse grid the arithmetic is exact and ties are common: the lowest row must win.
    #[test]
    fn ties_go_to_the_lowest_row(
        dim in 1_usize..12,
        q in prop::collection::vec(-2_i8..=2, 12..120),
        r in prop::collection::vec(-2_i8..=2, 24..3000),
    ) {
        let rows = |v: &[i8]| v[..v.len() / dim * dim].iter().map(|&x| f32::from(x)).collect::<Vec<_>>();
        let (q, r) = (rows(&q), rows(&r));
        let (q, r) = (Samples::new(&q, dim).unwrap(), Samples::new(&r, dim).unwrap());
        let found = nearest_neighbours(&q, &r).unwrap();
        for (found, query) in found.neighbours.iter().zip(q.rows()) {
            prop_assert_eq!((found.index, found.squared_distance), naive(query, &r, None));
        }
        let all: Vec<usize> = (0..r.n()).collect();
        for (row, found) in nearest_other_rows(&r, &all).unwrap().iter().enumerate() {
            prop_assert_eq!((found.index, found.squared_distance), naive(r.row(row), &r, Some(row)));
        }
    }
}
