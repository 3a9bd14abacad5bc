//! Every metric of the registry, run through one harness.

use gan_metrics::{
    ALL, ClassShares, Input, Inputs, LatentPath, MetricEntry, MetricError, Modes, Predictions, Probabilities, Samples, Score,
};

const POINTS: [f32; 16] = [0.0, 0.1, 1.0, 0.9, 0.2, 0.0, 1.1, 1.0, 0.4, 0.3, 0.6, 0.8, 0.1, 0.2, 0.9, 1.1];
const TRAINING: [f32; 16] = [0.0, 0.0, 1.0, 1.0, 0.5, 0.5, 2.0, 2.0, 0.3, 0.1, 0.7, 0.6, 1.2, 0.9, 0.05, 0.2];
const N: usize = 8;

fn with_all_inputs<T>(then: impl FnOnce(Inputs<'_>) -> T) -> T {
    let modes = Modes::new(vec![0.0, 0.0, 1.0, 1.0], 2, 0.1).unwrap();
    let confidences: Vec<f32> = (0..N).map(|i| 0.5 + i as f32 / 16.0).collect();
    let predictions = Predictions::new(&[0, 1, 0, 1, 1, 1, 0, 1], &confidences, 2).unwrap();
    let values: Vec<f32> = confidences.iter().flat_map(|&p| [p, 1.0 - p]).collect();
    let probabilities = Probabilities::new(&values, 2).unwrap();
    let shares = ClassShares::uniform(2).unwrap();
    let (generated, real) = (Samples::new(&POINTS, 2).unwrap(), Samples::new(&TRAINING, 2).unwrap());
    then(Inputs {
        samples: Some(generated),
        modes: Some(&modes),
        predictions: Some(predictions),
        real_predictions: Some(predictions),
        class_shares: Some(&shares),
        probabilities: Some(probabilities),
        real_probabilities: Some(probabilities),
        reference: Some(real),
        held_out: Some(Samples::new(&TRAINING[4..], 2).unwrap()),
        features: Some(generated),
        real_features: Some(real),
        path: Some(LatentPath::new(generated, real, 0.1).unwrap()),
    })
}

/// The inputs without one of them, or without what can stand in for it.
fn without(mut inputs: Inputs<'_>, input: Input) -> Inputs<'_> {
    match input {
        Input::Samples => inputs.samples = None,
        Input::Modes => inputs.modes = None,
        Input::Predictions => inputs.predictions = None,
        Input::ClassShares => (inputs.class_shares, inputs.real_predictions) = (None, None),
        Input::Probabilities => inputs.probabilities = None,
        Input::Reference => inputs.reference = None,
        Input::HeldOut => inputs.held_out = None,
        Input::Features => inputs.features = None,
        Input::RealFeatures => inputs.real_features = None,
        Input::Path => inputs.path = None,
        other => panic!("this harness does not know {other:?}"),
    }
    inputs
}

const INPUTS: [Input; 10] = [
    Input::Samples,
    Input::Modes,
    Input::Predictions,
    Input::ClassShares,
    Input::Probabilities,
    Input::Reference,
    Input::HeldOut,
    Input::Features,
    Input::RealFeatures,
    Input::Path,
];

#[test]
fn names_are_unique_and_documented() {
    for (i, metric) in ALL.iter().enumerate() {
        assert!(ALL[..i].iter().all(|other| other.name != metric.name), "{}", metric.name);
        assert!(metric.doc.ends_with('.') && !metric.doc.contains('\n'), "{}", metric.name);
        assert!(!metric.needs.is_empty() && !metric.floor.is_empty(), "{}", metric.name);
        assert!(include_str!("../README.md").contains(&format!("`{}`", metric.name)), "{}", metric.name);
    }
}

#[test]
fn each_scores_under_its_own_name() {
    with_all_inputs(|inputs| {
        for metric in ALL {
            assert!(inputs.suffice(metric));
            let score = (metric.run)(&inputs).unwrap();
            assert_eq!((score.metric, score.n), (metric.name, N));
            assert!(score.value.is_finite(), "{}", metric.name);
            assert!(score.floor.is_none_or(|floor| floor.value.is_finite()), "{}", metric.name);
        }
    });
}

#[test]
fn each_names_the_input_it_lacks() {
    with_all_inputs(|all| {
        for metric in ALL {
            for &input in metric.needs {
                let inputs = without(all, input);
                assert!(!inputs.suffice(metric));
                let missing = MetricError::MissingInput { metric: metric.name, input };
                assert_eq!((metric.run)(&inputs), Err(missing));
            }
        }
    });
}

#[test]
fn each_needs_no_more_than_it_says() {
    with_all_inputs(|all| {
        for metric in ALL {
            let unneeded = INPUTS.into_iter().filter(|input| !metric.needs.contains(input));
            let inputs = unneeded.fold(Inputs { real_probabilities: None, ..all }, without);
            assert!((metric.run)(&inputs).is_ok(), "{}", metric.name);
        }
    });
}

fn of_features() -> impl Iterator<Item = &'static MetricEntry> {
    ALL.iter().filter(|metric| metric.needs.contains(&Input::RealFeatures))
}

#[test]
fn features_of_other_length_are_refused() {
    let (plane, line) = (Samples::new(&POINTS, 2).unwrap(), Samples::new(&TRAINING, 1).unwrap());
    assert!(of_features().count() >= 7);
    for metric in of_features() {
        let inputs = Inputs { features: Some(plane), real_features: Some(line), ..Inputs::default() };
        let fault = (metric.run)(&inputs).unwrap_err();
        assert!(matches!(fault, MetricError::DimensionMismatch { expected: 2, found: 1, .. }), "{}: {fault}", metric.name);
    }
}

#[test]
fn too_few_samples_are_counted() {
    let (one, many) = (Samples::new(&[0.5], 1).unwrap(), Samples::new(&TRAINING, 1).unwrap());
    let run = |name: &str, features, real_features| {
        let metric = of_features().find(|metric| metric.name == name).unwrap();
        (metric.run)(&Inputs { features: Some(features), real_features: Some(real_features), ..Inputs::default() })
    };
    for (name, generated, needed) in [
        ("frechet_distance", false, 2),
        ("frechet_distance", true, 2),
        ("kernel_distance", false, 4),
        ("kernel_distance", true, 4),
        ("precision", false, 4),
        ("recall", true, 4),
        ("density", false, 6),
        ("coverage", false, 6),
    ] {
        let (features, real) = if generated { (one, many) } else { (many, one) };
        let (metric, what) = (name, if generated { "generated samples" } else { "real samples" });
        let fault = run(name, features, real).unwrap_err();
        assert_eq!(fault.to_string(), format!("{metric} needs at least {needed} {what}, found 1"));
        assert!(run(name, many, many).is_ok(), "{name}");
    }
}

#[test]
fn reports_are_flat_json() {
    let samples = Samples::new(&POINTS, 2).unwrap();
    let modes = Modes::new(vec![0.0, 0.0, 1.0, 1.0], 2, 0.1).unwrap();
    let report = gan_metrics::mode_coverage(&samples, &modes, 1).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["metric"], "mode_coverage");
    assert_eq!(json["n"], 8);
    assert_eq!(json["value"], 2.0);
    assert!(json["floor"]["value"].is_f64());
    assert_eq!(json["high_quality"], serde_json::json!([3, 3]));

    let bare = Score { metric: "x", n: 1, value: 0.5, floor: None };
    let expected = serde_json::json!({"metric": "x", "n": 1, "value": 0.5, "floor": null});
    assert_eq!(serde_json::to_value(&bare).unwrap(), expected);
}
