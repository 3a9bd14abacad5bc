//! Metric cards: who judges, what real data score, text and JSON.

use gan_metrics::{ALL, CardContext, Inputs, MetricEntry, Net, Predictions, Samples, cards};

fn metric(name: &str) -> &'static MetricEntry {
    ALL.iter().find(|metric| metric.name == name).unwrap()
}

fn net(name: &str) -> Net {
    Net { name: name.to_owned(), sha256: "ab".repeat(32) }
}

const GENERATED: [f32; 12] = [0.1, 0.3, 0.2, 0.8, 0.5, 0.9, 0.4, 0.6, 0.7, 0.0, 1.0, 0.35];
const REAL: [f32; 18] = [0.2, 0.1, 0.9, 0.8, 0.4, 0.3, 0.6, 0.5, 0.7, 0.0, 1.1, 0.25, 0.15, 0.85, 0.45, 0.55, 0.65, 0.95];

#[test]
fn each_names_its_own_judge() {
    let (generated, real) = (Samples::new(&GENERATED, 1).unwrap(), Samples::new(&REAL, 1).unwrap());
    let labels: Vec<usize> = (0..12).map(|i| i % 2).collect();
    let seen = Predictions::new(&labels, &[1.0; 12], 2).unwrap();
    let inputs = Inputs {
        samples: Some(generated),
        reference: Some(real),
        features: Some(generated),
        real_features: Some(real),
        predictions: Some(seen),
        real_predictions: Some(seen),
        ..Inputs::default()
    };
    let context =
        CardContext { split: "test".to_owned(), seed: 7, feature_net: Some(net("features")), classifier: Some(net("classes")) };
    let metrics = ["precision", "class_reverse_kl", "duplicate_share"].map(metric);
    let named = cards(&metrics, &inputs, &inputs.real_against_real(), &context).unwrap();
    let bare =
        cards(&metrics, &inputs, &Inputs::default(), &CardContext { feature_net: None, classifier: None, ..context }).unwrap();
    let judges = |cards: &[gan_metrics::MetricCard]| cards.iter().map(|card| card.feature_net.to_string()).collect::<Vec<_>>();
    let hash = "ab".repeat(32);
    assert_eq!(
        judges(&named),
        [format!("features, sha256 {hash}"), format!("classes, sha256 {hash}"), "none: raw samples".into()]
    );
    assert_eq!(judges(&bare), ["none: raw samples", "a classifier that was not named", "none: raw samples"]);
    // 18 real features are too few for 12 against others; no held-out samples stand for generated ones
    let real: Vec<_> = named.iter().map(|card| card.real_against_real.map(|real| real.n)).collect();
    assert_eq!(real, [Some(9), Some(6), None]);
    assert!(bare.iter().all(|card| card.real_against_real.is_none()));
}

#[test]
fn text_and_json() {
    let (generated, real) = (Samples::new(&GENERATED[..6], 1).unwrap(), Samples::new(&REAL, 1).unwrap());
    let inputs = Inputs { features: Some(generated), real_features: Some(real), ..Inputs::default() };
    let context = CardContext { split: "test".to_owned(), seed: 7, feature_net: Some(net("digits")), classifier: None };
    let found = cards(&[metric("coverage")], &inputs, &inputs.real_against_real(), &context).unwrap();
    // 6 of 18 real samples stand for generated ones, 12 remain
    let floor = 1.0 - (1..=5).map(|t| f64::from(18 - t) / f64::from(24 - t)).product::<f64>();
    let text = found[0].to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], format!("coverage {:.4} (higher is better)", found[0].value).replace("1.0000", "1.000"));
    assert_eq!(lines[2], "  samples: 6, against split test, seed 7");
    assert_eq!(lines[3], format!("  features: digits, sha256 {}", "ab".repeat(32)));
    assert!(lines[4].starts_with("  real against real: ") && lines[4].ends_with(" (6 samples)"), "{}", lines[4]);
    assert_eq!(lines[5], format!("  floor: {floor:.4} (exact expectation, whatever the data)"));
    let json = serde_json::to_value(&found[0]).unwrap();
    assert_eq!((&json["metric"], &json["better"], &json["split"]), (&"coverage".into(), &"higher".into(), &"test".into()));
    assert_eq!((&json["n"], &json["seed"], &json["feature_net"]["name"]), (&6.into(), &7.into(), &"digits".into()));
    assert_eq!((&json["value"], &json["real_against_real"]["n"]), (&found[0].value.into(), &6.into()));
    assert!((json["floor"]["value"].as_f64().unwrap() - floor).abs() < 1e-12);
    assert_eq!(json["floor_from"], "exact expectation, whatever the data");
}

#[test]
fn too_few_real_samples_cost_the_figure_not_the_card() {
    let (generated, real) = (Samples::new(&GENERATED, 1).unwrap(), Samples::new(&REAL[..8], 1).unwrap());
    let inputs = Inputs { features: Some(generated), real_features: Some(real), ..Inputs::default() };
    let found = cards(&[metric("coverage")], &inputs, &inputs.real_against_real(), &CardContext::default()).unwrap();
    assert_eq!(found[0].real_against_real, None);
    assert!(found[0].to_string().contains("real against real: not measured"));
}

#[test]
fn what_a_metric_lacks_is_an_error() {
    let fault = cards(&[metric("recall")], &Inputs::default(), &Inputs::default(), &CardContext::default()).unwrap_err();
    assert_eq!(fault.to_string(), "recall needs features of the generated samples, which the inputs do not hold");
}
