//! The Parzen window against NumPy: `fixtures/parzen.py` made the figures.

use gan_kernels::Team;
use gan_metrics::{Samples, parzen};
use serde_json::Value;

fn numbers(v: &Value) -> Vec<f64> {
    v.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn agrees_with_numpy() {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/parzen.json")).unwrap();
    let dim = fixture["dim"].as_u64().unwrap() as usize;
    let single = |name: &str| numbers(&fixture[name]).into_iter().map(|x| x as f32).collect::<Vec<_>>();
    let (samples, points) = (single("samples"), single("points"));
    let (samples, points) = (Samples::new(&samples, dim).unwrap(), Samples::new(&points, dim).unwrap());
    let sigmas = numbers(&fixture["sigmas"]);
    let found = parzen::log_likelihood(&Team::serial(), &samples, &points, &sigmas).unwrap();
    for (s, sigma) in sigmas.iter().enumerate() {
        let wanted = numbers(&fixture["log_likelihood"][s]);
        assert_eq!(wanted.len(), found.values[s].len());
        for (a, b) in found.values[s].iter().zip(&wanted) {
            assert!((a - b).abs() < 1e-3, "sigma {sigma}: {a}, NumPy has {b}");
        }
        for (what, a) in [("mean", found.mean(s)), ("standard_error", found.standard_error(s))] {
            let b = numbers(&fixture[what])[s];
            assert!((a - b).abs() < 1e-3, "{what} for sigma {sigma}: {a}, NumPy has {b}");
        }
    }
}
