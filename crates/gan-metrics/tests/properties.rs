//! What must hold of distances of features whatever the data.

use gan_metrics::{
    Samples, SlicedWassersteinOptions, coverage, density, frechet_distance, kernel_distance, precision, recall,
    sliced_wasserstein,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn batch(rows: std::ops::Range<usize>, dim: usize) -> impl Strategy<Value = Vec<f32>> {
    prop::collection::vec(-4.0_f32..4.0, rows.start * dim..rows.end * dim).prop_map(move |mut values| {
        values.truncate(values.len() / dim * dim);
        values
    })
}

fn two_batches() -> impl Strategy<Value = (usize, Vec<f32>, Vec<f32>)> {
    (1_usize..9).prop_flat_map(|dim| (Just(dim), batch(7..60, dim), batch(7..60, dim)))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        rng_seed: RngSeed::Fixed(2014),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_batch_against_itself((dim, a, _) in two_batches()) {
        let a = Samples::new(&a, dim).unwrap();
        let options = SlicedWassersteinOptions { projections: 8, ..Default::default() };
        let scale: f64 = a.values().iter().map(|&v| f64::from(v).powi(2)).sum::<f64>() / a.n() as f64 + 1.0;
        prop_assert!(frechet_distance(&a, &a).unwrap().score.value < 1e-9 * scale);
        prop_assert_eq!(sliced_wasserstein(&a, &a, &options).unwrap().score.value, 0.0);
        prop_assert_eq!(precision(&a, &a, 3).unwrap().value, 1.0);
        prop_assert_eq!(recall(&a, &a, 3).unwrap().value, 1.0);
        prop_assert_eq!(coverage(&a, &a, 5).unwrap().value, 1.0);
        // each ball holds its own centre and 5 others
        let expected = 6.0 / 5.0;
        prop_assert!(density(&a, &a, 5).unwrap().value >= expected - 1e-12);
    }

    #[test]
    fn exchanged_sides((dim, a, b) in two_batches()) {
        let (a, b) = (Samples::new(&a, dim).unwrap(), Samples::new(&b, dim).unwrap());
        prop_assert_eq!(precision(&a, &b, 3).unwrap().value, recall(&b, &a, 3).unwrap().value);
        let close = |x: f64, y: f64| (x - y).abs() <= 1e-9 * (x.abs() + 1.0);
        let frechet = |a, b| frechet_distance(a, b).unwrap().score.value;
        prop_assert!(close(frechet(&a, &b), frechet(&b, &a)));
        let kernel = |a, b| kernel_distance(a, b).unwrap().score.value;
        prop_assert!(close(kernel(&a, &b), kernel(&b, &a)));
        let options = SlicedWassersteinOptions { projections: 8, order: 2, seed: 1 };
        let sliced = |a, b| sliced_wasserstein(a, b, &options).unwrap().score.value;
        prop_assert!(close(sliced(&a, &b), sliced(&b, &a)));
    }

    /// A change of unit changes distances by its square or itself, and no neighbourhood.
    #[test]
    fn units((dim, a, b) in two_batches(), exponent in -40_i32..40) {
        let unit = 2_f32.powi(exponent);
        let moved = |values: &[f32]| values.iter().map(|v| v * unit).collect::<Vec<_>>();
        let (c, d) = (moved(&a), moved(&b));
        let [a, b, c, d] = [&a, &b, &c, &d].map(|values| Samples::new(values, dim).unwrap());
        let unit = f64::from(unit);
        let (x, y) = (frechet_distance(&a, &b).unwrap().score.value, frechet_distance(&c, &d).unwrap().score.value);
        prop_assert!((y / unit.powi(2) - x).abs() <= 1e-9 * (x + 50.0));
        for k in [1, 3] {
            prop_assert_eq!(precision(&a, &b, k).unwrap(), precision(&c, &d, k).unwrap());
            prop_assert_eq!(coverage(&a, &b, k).unwrap(), coverage(&c, &d, k).unwrap());
        }
    }
}
