//! What theory says of games on the line and in the plane, inside the trainer.

use std::f64::consts::LN_2;

use gan_core::theory::continuous::Pair;
use gan_core::theory::densities::Gaussian;
use gan_train::{Config, Session, Task, TrainError, yardsticks};

const LOG_4: f64 = 2.0 * LN_2;

fn config(preset: &str, sets: &[&str]) -> Config {
    Config::preset_with(preset, &sets.iter().map(|&s| s.to_owned()).collect::<Vec<_>>()).unwrap()
}

/// `G(z) = scale z + shift` with z ~ N(0, 1), and a D of logit `slope x + offset`.
fn linear(scale: f32, shift: f32, slope: f32, offset: f32) -> Session {
    let layers = r#"[{ type = "linear", units = 1 }]"#;
    let sets = [format!("generator.layers={layers}"), format!("discriminator.layers={layers}"), "train.batch=32".to_owned()];
    let config = Config::preset_with("gaussian", &sets).unwrap();
    let mut session = Session::new(&config).unwrap();
    let (task, _) = session.task_mut();
    for ((_, store), [weight, bias]) in task.stores_mut().into_iter().zip([[scale, shift], [slope, offset]]) {
        let names: Vec<String> = store.specs().map(|s| s.name.clone()).collect();
        let named = |end: &str| names.iter().find(|n| n.ends_with(end)).unwrap().clone();
        store.write(&named("weight"), &[weight]).unwrap();
        store.write(&named("bias"), &[bias]).unwrap();
    }
    session
}

/// The preset's data are N(1, .5^2): against a Gaussian generator all is known by quadrature.
#[test]
fn a_linear_generator_on_the_line() {
    let data = Gaussian::new(1.0, 0.5).unwrap();
    for (scale, shift) in [(0.5, 1.0), (0.7, 0.2), (-0.3, 1.4)] {
        let g = Gaussian::new(shift.into(), f64::from(scale).abs()).unwrap();
        let exact = Pair::new(&data, &g).unwrap().jensen_shannon().unwrap().value;
        // D knows nothing: D = 1/2 everywhere
        let found = linear(scale, shift, 0.0, 0.0).yardsticks(100, 1).unwrap();
        assert!((found.jensen_shannon - exact).abs() < 1e-4, "{} {exact}", found.jensen_shannon);
        assert!((found.criterion - (2.0 * exact - LOG_4)).abs() < 2e-4);
        assert!((found.value + LOG_4).abs() < 1e-6, "{}", found.value);
        assert!((found.best_response_gap - 2.0 * exact).abs() < 2e-4);
    }
}

/// Of two Gaussians of one width the logit of D* is linear: this D is D*.
#[test]
fn a_discriminator_that_is_optimal() {
    // log N(x; 1, .25) / N(x; 0, .25) = 4 x - 2
    let found = linear(0.5, 0.0, 4.0, -2.0).yardsticks(100, 1).unwrap();
    assert!(found.best_response_gap < 1e-5, "{found:?}");
    assert!(found.sup_norm < 2e-3 && found.mean_squared < 1e-6, "{found:?}");
    let worse = linear(0.5, 0.0, 3.0, -2.0).yardsticks(100, 1).unwrap();
    assert!(worse.best_response_gap > 0.01 && worse.sup_norm > 0.1);
}

#[test]
fn samples_in_the_plane() {
    let mut far = Session::new(&config("ring", &["train.batch=32"])).unwrap();
    // an untrained generator has its samples elsewhere than the ring's narrow modes
    let found = far.yardsticks(500, 1).unwrap();
    assert!(found.jensen_shannon > 0.6 && found.jensen_shannon <= LN_2, "{found:?}");
    assert!(found.best_response_gap > 0.0 && found.criterion <= 0.0);
    assert_eq!(far.yardsticks(500, 1).unwrap(), found, "the same seed, the same numbers");
}

#[test]
fn measured_during_training() {
    let names: Vec<&str> = yardsticks::ALL.iter().map(|y| y.name).collect();
    let mut session = linear(0.7, 0.2, 0.0, 0.0);
    let all: Vec<_> = yardsticks::ALL.iter().collect();
    let scores = session.measure(&all, 100, 1).unwrap();
    assert_eq!(scores.iter().map(|s| s.metric).collect::<Vec<_>>(), names);
    let direct = session.yardsticks(100, 1).unwrap();
    let of = |name: &str| scores.iter().find(|s| s.metric == name).unwrap().value;
    assert_eq!(of("best_response_gap"), direct.best_response_gap);
    assert_eq!(of("jensen_shannon"), direct.jensen_shannon);
    // looking does not change training
    let mut looked = linear(0.7, 0.2, 0.0, 0.0);
    let mut plain = linear(0.7, 0.2, 0.0, 0.0);
    looked.measure(&all, 100, 1).unwrap();
    assert_eq!(looked.step().unwrap(), plain.step().unwrap());
}

#[test]
fn games_that_theory_has_no_numbers_for() {
    let refused = |preset: &str, sets: &[&str]| match Session::new(&config(preset, sets)) {
        Err(TrainError::Config { place, message }) => {
            assert_eq!(place, "evaluate.metrics");
            message
        }
        other => panic!("{:?}", other.err()),
    };
    let message = refused("digits", &[r#"evaluate.metrics=["jensen_shannon"]"#, "evaluate.every_steps=10"]);
    assert!(message.contains("1 or 2 coordinates") && message.contains("digits") && message.contains("[28, 28, 1]"), "{message}");
    let critic =
        [r#"game.objective="wasserstein""#, r#"evaluate.metrics=["best_response_gap"]"#, r#"evaluate.best="best_response_gap""#];
    let message = refused("gaussian", &critic);
    assert!(message.contains("`wasserstein` is no probability"), "{message}");
    // the densities alone can be compared whatever D is
    let critic = [r#"game.objective="wasserstein""#, r#"evaluate.metrics=["jensen_shannon"]"#];
    let mut session = Session::new(&config("gaussian", &critic)).unwrap();
    assert!(session.table(100, 1).is_ok());
    assert!(matches!(session.yardsticks(100, 1), Err(TrainError::NoProbability { .. })));
    let mut digits = Session::new(&config("digits", &["train.batch=4"])).unwrap();
    assert!(matches!(digits.yardsticks(100, 1), Err(TrainError::NoDensity { .. })));
    let misspelt = Config::preset_with("gaussian", &[r#"evaluate.metrics=["best_respons_gap"]"#.to_owned()]);
    let message = misspelt.unwrap_err().to_string();
    assert!(message.contains("did you mean `best_response_gap`?"), "{message}");
}
