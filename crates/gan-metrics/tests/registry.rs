//! Every metric of the registry, run through one harness.

use gan_metrics::{ALL, Input, Inputs, MetricError, Modes, Predictions, Samples, Score};

const POINTS: [f32; 8] = [0.0, 0.1, 1.0, 0.9, 0.2, 0.0, 1.1, 1.0];
const TRAINING: [f32; 8] = [0.0, 0.0, 1.0, 1.0, 0.5, 0.5, 2.0, 2.0];

fn with_all_inputs<T>(then: impl FnOnce(Inputs<'_>) -> T) -> T {
    let modes = Modes::new(vec![0.0, 0.0, 1.0, 1.0], 2, 0.1).unwrap();
    let predictions = Predictions::new(&[0, 1, 0, 1], &[0.99, 0.95, 0.5, 0.8], 2).unwrap();
    then(Inputs {
        samples: Some(Samples::new(&POINTS, 2).unwrap()),
        modes: Some(&modes),
        predictions: Some(predictions),
        real_predictions: Some(predictions),
        reference: Some(Samples::new(&TRAINING, 2).unwrap()),
    })
}

#[test]
fn names_are_unique_and_documented() {
    for (i, metric) in ALL.iter().enumerate() {
        assert!(ALL[..i].iter().all(|other| other.name != metric.name), "{}", metric.name);
        assert!(metric.doc.ends_with('.') && !metric.doc.contains('\n'), "{}", metric.name);
        assert!(!metric.needs.is_empty(), "{}", metric.name);
        assert!(include_str!("../README.md").contains(&format!("`{}`", metric.name)), "{}", metric.name);
    }
}

#[test]
fn each_scores_under_its_own_name() {
    with_all_inputs(|inputs| {
        for metric in ALL {
            assert!(inputs.suffice(metric));
            let score = (metric.run)(&inputs).unwrap();
            assert_eq!((score.metric, score.n), (metric.name, 4));
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
                let mut inputs = all;
                match input {
                    Input::Samples => inputs.samples = None,
                    Input::Modes => inputs.modes = None,
                    Input::Predictions => inputs.predictions = None,
                    Input::Reference => inputs.reference = None,
                    other => panic!("this harness does not know {other:?}"),
                }
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
            let needs = |input| metric.needs.contains(&input);
            let inputs = Inputs {
                samples: all.samples.filter(|_| needs(Input::Samples)),
                modes: all.modes.filter(|_| needs(Input::Modes)),
                predictions: all.predictions.filter(|_| needs(Input::Predictions)),
                real_predictions: None,
                reference: all.reference.filter(|_| needs(Input::Reference)),
            };
            assert!((metric.run)(&inputs).is_ok(), "{}", metric.name);
        }
    });
}

#[test]
fn reports_are_flat_json() {
    let samples = Samples::new(&POINTS, 2).unwrap();
    let modes = Modes::new(vec![0.0, 0.0, 1.0, 1.0], 2, 0.1).unwrap();
    let report = gan_metrics::mode_coverage(&samples, &modes, 1).unwrap();
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["metric"], "mode_coverage");
    assert_eq!(json["n"], 4);
    assert_eq!(json["value"], 2.0);
    assert!(json["floor"]["value"].is_f64());
    assert_eq!(json["high_quality"], serde_json::json!([2, 2]));

    let bare = Score { metric: "x", n: 1, value: 0.5, floor: None };
    let expected = serde_json::json!({"metric": "x", "n": 1, "value": 0.5, "floor": null});
    assert_eq!(serde_json::to_value(&bare).unwrap(), expected);
}
