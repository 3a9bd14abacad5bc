//! Initial values: ranges, variances, structure, and that they follow from seed and name alone.

use gan_layers::init::{self, Constant, He, Init, Normal, Orthogonal, Sparse, Uniform, Xavier};
use gan_layers::{Fields, Kind, Network, ParamStore, Spec};
use gan_tensor::Shape;

fn filled(init: &dyn Init, shape: impl Into<Shape>, seed: u64) -> Vec<f32> {
    let shape = shape.into();
    let mut out = vec![f32::NAN; shape.len()];
    init.fill(&shape, seed, &mut out);
    out
}

fn mean_and_variance(x: &[f32]) -> (f64, f64) {
    let n = x.len() as f64;
    let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
    (mean, x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n)
}

/// Mean 0 and the variance, each within five standard errors (`kurtosis`: of the distribution, 3 for a normal one).
fn has_variance(x: &[f32], variance: f64, kurtosis: f64) {
    let (mean, found) = mean_and_variance(x);
    let n = x.len() as f64;
    assert!(mean.abs() <= 5.0 * (variance / n).sqrt(), "mean {mean}");
    assert!((found / variance - 1.0).abs() <= 5.0 * ((kurtosis - 1.0) / n).sqrt(), "variance {found} against {variance}");
}

#[test]
fn uniform_and_xavier_fill_their_range() {
    let x = filled(&Uniform { range: 0.05 }, [200, 300], 1);
    assert!(x.iter().all(|&x| (-0.05..0.05).contains(&x)));
    assert!(x.iter().any(|&x| x > 0.0499) && x.iter().any(|&x| x < -0.0499));
    has_variance(&x, 0.05f64.powi(2) / 3.0, 1.8);

    let x = filled(&Xavier { gain: 1.0 }, [200, 300], 1);
    let range = (6.0f64 / 500.0).sqrt() as f32;
    assert!(x.iter().all(|x| x.abs() <= range));
    has_variance(&x, 2.0 / 500.0, 1.8);
}

#[test]
fn normal_and_he_have_their_variance() {
    has_variance(&filled(&Normal { std: 0.02 }, [200, 300], 2), 0.0004, 3.0);
    has_variance(&filled(&He { gain: 1.0 }, [200, 300], 2), 2.0 / 200.0, 3.0);
    has_variance(&filled(&He { gain: 1.0 }, [300, 200], 2), 2.0 / 300.0, 3.0);
    // of fix-up: 8 branches of 3 layers
    has_variance(&filled(&He { gain: 8f64.powf(-0.25) }, [200, 300], 2), 2.0 / 200.0 / 8f64.sqrt(), 3.0);
}

#[test]
fn convolutions_count_the_taps_of_their_kernel() {
    let shape = [3, 5, 20, 40];
    has_variance(&filled(&He { gain: 1.0 }, shape, 2), 2.0 / 300.0, 3.0);
    has_variance(&filled(&Xavier { gain: 1.0 }, shape, 2), 2.0 / 900.0, 1.8);
    // and are otherwise a matrix with a column for each channel
    let matrix = [300, 40];
    assert_eq!(filled(&Orthogonal { gain: 1.0 }, shape, 4), filled(&Orthogonal { gain: 1.0 }, matrix, 4));
    assert_eq!(filled(&Sparse { nonzero: 15, std: 1.0 }, shape, 4), filled(&Sparse { nonzero: 15, std: 1.0 }, matrix, 4));
}

#[test]
fn sparse_gives_every_unit_its_connections() {
    let (rows, cols, nonzero) = (784, 100, 15);
    let x = filled(&Sparse { nonzero, std: 1.0 }, [rows, cols], 3);
    for j in 0..cols {
        assert_eq!((0..rows).filter(|i| x[i * cols + j] != 0.0).count(), nonzero, "column {j}");
    }
    let kept: Vec<f32> = x.iter().copied().filter(|&x| x != 0.0).collect();
    has_variance(&kept, 1.0, 3.0);
    // which rows: all alike (each is chosen by 1.9 of the columns on average), and not the same for each unit
    let by_row: Vec<usize> = (0..rows).map(|i| x[i * cols..][..cols].iter().filter(|&&x| x != 0.0).count()).collect();
    assert!(by_row.iter().max() <= Some(&12), "one row in {:?} columns", by_row.iter().max());
    let halves = by_row[..rows / 2].iter().sum::<usize>() as f64 / (nonzero * cols) as f64;
    assert!((halves - 0.5).abs() < 0.07, "{halves}");
    // more than there are rows: all of them
    assert!(filled(&Sparse { nonzero: 15, std: 1.0 }, [7, 20], 3).iter().all(|&x| x != 0.0));
}

#[test]
fn orthogonal_rows_or_columns() {
    for (rows, cols) in [(5, 5), (40, 7), (7, 40), (1, 6), (6, 1), (64, 64), (100, 33)] {
        let gain = 1.5;
        let x = filled(&Orthogonal { gain }, [rows, cols], 4);
        let at = |i: usize, j: usize| f64::from(x[i * cols + j]);
        let (n, long) = (rows.min(cols), rows.max(cols));
        for a in 0..n {
            for b in 0..n {
                let pair = |k: usize| if rows >= cols { at(k, a) * at(k, b) } else { at(a, k) * at(b, k) };
                let dot: f64 = (0..long).map(pair).sum();
                let expected = if a == b { gain * gain } else { 0.0 };
                assert!((dot - expected).abs() < 1e-5, "{rows} x {cols}: <{a}, {b}> = {dot}");
            }
        }
    }
    // both signs on the diagonal of many draws: the distribution is the uniform one
    let signs = (0..200).filter(|&s| filled(&Orthogonal { gain: 1.0 }, [3, 3], s)[0] > 0.0).count();
    assert!((65..=135).contains(&signs), "{signs} of 200");
}

#[test]
fn constant_is_constant() {
    assert_eq!(filled(&Constant(-2.0), [2, 3], 0), [-2.0; 6]);
}

#[test]
fn every_initialiser_follows_from_its_seed_and_survives_odd_shapes() {
    for entry in init::ALL {
        let spec = Spec::new(entry.name);
        let init = (entry.build)(&Fields::new(&spec, "init")).unwrap();
        assert_eq!(filled(&*init, [6, 4], 1), filled(&*init, [6, 4], 1), "{}", entry.name);
        if entry.name != "constant" {
            assert_ne!(filled(&*init, [6, 4], 1), filled(&*init, [6, 4], 2), "{}", entry.name);
        }
        let shapes: [Shape; 10] = [
            [0, 0].into(),
            [0, 3].into(),
            [3, 0].into(),
            [0].into(),
            [].into(),
            [5].into(),
            [2, 3, 4].into(),
            [1, 1].into(),
            [2, 3, 4, 5].into(),
            [2, 0, 4, 5].into(),
        ];
        for shape in shapes {
            let x = filled(&*init, shape, 1);
            assert!(x.iter().all(|x| x.is_finite()), "{} {shape}: {x:?}", entry.name);
        }
    }
}

#[test]
fn values_follow_from_the_seed_and_the_name_not_from_the_order() {
    let add = |names: &[&str], seed| {
        let mut store = ParamStore::new(0, seed);
        for name in names {
            store.add(name, [8, 8], Kind::Trainable, &Normal { std: 1.0 }).unwrap();
        }
        let id = store.find("a").unwrap();
        (store.read(id).to_vec(), store.find("b").map(|b| store.read(b).to_vec()))
    };
    let (a, b) = add(&["a", "b"], 7);
    assert_eq!(add(&["b", "a"], 7).0, a);
    assert_eq!(add(&["a"], 7).0, a);
    assert_ne!(Some(a.clone()), b);
    assert_ne!(add(&["a"], 8).0, a);

    // two layers of a network, and two networks of a run, start differently
    let layers = [Spec::new("linear").with("units", 4), Spec::new("linear").with("units", 4)];
    let net = |name| Network::build(name, &layers, [4], 0, 1).unwrap();
    let weight = |net: &Network, layer: &str| net.params().read(net.params().find(layer).unwrap()).to_vec();
    let (g, d) = (net("generator"), net("discriminator"));
    assert_ne!(weight(&g, "layers[0].weight"), weight(&g, "layers[1].weight"));
    assert_ne!(weight(&g, "layers[0].weight"), weight(&d, "layers[0].weight"));
    assert_eq!(weight(&g, "layers[0].weight"), weight(&net("generator"), "layers[0].weight"));
}
