//! Distances of features against NumPy, SciPy and scikit-learn: `fixtures/features.py` made the figures.

use gan_metrics::{
    Samples, Score, SlicedWassersteinOptions, coverage, density, frechet_distance, kernel_distance, memorisation, precision,
    recall, sliced_wasserstein,
};
use serde_json::Value;

const CASES: [&str; 4] = ["full", "deficient", "both_deficient", "dead"];

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/features.json")).unwrap()
}

fn numbers(v: &Value) -> Vec<f32> {
    v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

fn each_case(mut check: impl FnMut(&str, &Value, Samples<'_>, Samples<'_>)) {
    let fixture = fixture();
    for name in CASES {
        let case = &fixture[name];
        let dim = case["dim"].as_u64().unwrap() as usize;
        let (generated, real) = (numbers(&case["generated"]), numbers(&case["real"]));
        check(name, case, Samples::new(&generated, dim).unwrap(), Samples::new(&real, dim).unwrap());
    }
}

#[test]
fn frechet_distance_agrees_with_the_matrix_square_root_of_scipy() {
    each_case(|name, case, generated, real| {
        let wanted = case["frechet_distance"].as_f64().unwrap();
        for (a, b) in [(&generated, &real), (&real, &generated)] {
            let found = frechet_distance(a, b).unwrap().score.value;
            assert!((found / wanted - 1.0).abs() < 1e-6, "{name}: {found}, SciPy has {wanted}");
        }
    });
}

#[test]
fn kernel_distance_agrees_with_the_kernel_of_scikit_learn() {
    each_case(|name, case, generated, real| {
        let wanted = case["kernel_distance"].as_f64().unwrap();
        let found = kernel_distance(&generated, &real).unwrap().score.value;
        assert!((found / wanted - 1.0).abs() < 1e-10, "{name}: {found}, scikit-learn has {wanted}");
    });
}

#[test]
fn neighbourhoods_agree_with_scikit_learn() {
    each_case(|name, case, generated, real| {
        let agrees = |found: Score| {
            let wanted = case[found.metric].as_f64().unwrap();
            assert!((found.value - wanted).abs() < 1e-12, "{name}: {found:?}, scikit-learn has {wanted}");
        };
        agrees(precision(&generated, &real, 3).unwrap());
        agrees(recall(&generated, &real, 3).unwrap());
        agrees(density(&generated, &real, 5).unwrap());
        agrees(coverage(&generated, &real, 5).unwrap());
    });
}

#[test]
fn wasserstein_distances_on_the_line_agree_with_scipy() {
    let fixture = fixture();
    let (generated, real) = (numbers(&fixture["line"]["generated"]), numbers(&fixture["line"]["real"]));
    let (generated, real) = (Samples::new(&generated, 1).unwrap(), Samples::new(&real, 1).unwrap());
    for (order, name) in [(1, "w1"), (2, "w2")] {
        let options = SlicedWassersteinOptions { order, ..Default::default() };
        let wanted = fixture["line"][name].as_f64().unwrap();
        for (a, b) in [(&generated, &real), (&real, &generated)] {
            let found = sliced_wasserstein(a, b, &options).unwrap().score.value;
            assert!((found / wanted - 1.0).abs() < 1e-12, "{name}: {found}, SciPy has {wanted}");
        }
    }
}

#[test]
fn memorisation_agrees_with_the_rank_test_of_scipy() {
    let fixture = &fixture()["memorisation"];
    let data = ["generated", "reference", "held_out"].map(|name| numbers(&fixture[name]));
    let [generated, reference, held_out] = data.each_ref().map(|values| Samples::new(values, 4).unwrap());
    let found = memorisation(&generated, &reference, &held_out).unwrap();
    let close = |a: f64, name: &str| assert!((a / fixture[name].as_f64().unwrap() - 1.0).abs() < 1e-12, "{name}: {a}");
    close(found.score.value, "share");
    close(found.z, "z");
    close(found.median_ratio.unwrap(), "ratio");
}
