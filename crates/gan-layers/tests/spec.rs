//! Descriptions: there and back through TOML and JSON, and the faults that name their place.

use std::collections::BTreeMap;

use gan_layers::{Fields, LayerError, Network, Spec, Value, init, optim, schedule};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct File {
    layers: Vec<Spec>,
}

fn build(toml: &str) -> Result<Network, LayerError> {
    let file: File = toml::from_str(toml).unwrap_or_else(|e| panic!("{e}"));
    Network::build("generator", &file.layers, [4], 0, 0)
}

fn fault(toml: &str) -> String {
    build(toml).expect_err("the description is at fault").to_string()
}

#[test]
fn a_list_holds_names_and_tables() {
    let text = r#"
        layers = [
            { type = "linear", units = 8, init = { type = "uniform", range = 0.05 } },
            "relu",
            { type = "linear", units = 2, init = "he", max_column_norm = 1.9365 },
            "sigmoid",
        ]
    "#;
    let file: File = toml::from_str(text).unwrap();
    assert_eq!(file.layers[1], Spec::new("relu"));
    let init = Spec::new("uniform").with("range", 0.05);
    assert_eq!(file.layers[0], Spec::new("linear").with("units", 8).with("init", init));
    assert_eq!(build(text).unwrap().output(), [2].into());

    // the same as tables one after the other
    let tables = "[[layers]]\ntype = \"linear\"\nunits = 8\n[layers.init]\ntype = \"uniform\"\nrange = 0.05\n";
    assert_eq!(toml::from_str::<File>(tables).unwrap().layers[0], file.layers[0]);

    // a type without fields is written as its name
    assert_eq!(serde_json::to_string(&file.layers[1]).unwrap(), "\"relu\"");
    let json = r#"{"type": "linear", "units": 8, "init": {"type": "uniform", "range": 0.05}}"#;
    assert_eq!(serde_json::from_str::<Spec>(json).unwrap(), file.layers[0]);
}

#[test]
fn what_is_no_description_is_refused() {
    for (text, says) in [
        ("layers = [3]", "expected a name or a table with a `type`, found 3"),
        ("layers = [{ units = 3 }]", "`type` is missing"),
        ("layers = [{ type = 3 }]", "`type` must be a name, found 3"),
    ] {
        let e = toml::from_str::<File>(text).unwrap_err().to_string();
        assert!(e.contains(says), "{e}");
    }
}

#[test]
fn unknown_types_and_keys_are_named_with_what_was_meant() {
    let e = fault(r#"layers = ["relu", { type = "lienar", units = 3 }]"#);
    assert!(
        e.starts_with("generator.layers[1].type: there is no layer `lienar` (did you mean `linear`?); known: linear, "),
        "{e}"
    );
    let e = fault(r#"layers = ["transformer"]"#);
    assert!(e.contains("there is no layer `transformer`; known: "), "{e}");
    let e = fault(r#"layers = [{ type = "linear", units = 3, biass = true }]"#);
    let known = "known: units, init, spectral_norm, max_column_norm, bias, bias_init";
    assert_eq!(e, format!("generator.layers[0]: unknown key `biass` (did you mean `bias`?); {known}"));
    // a key that must be there and is misspelt is not called missing
    let e = fault(r#"layers = [{ type = "linear", unit = 3 }]"#);
    assert_eq!(gan_layers::spec::nearest("unit", ["units", "init", "bias"]).as_deref(), Some("units"));
    assert_eq!(e, "generator.layers[0]: unknown key `unit` (did you mean `units`?); known: units");
    let e = fault(r#"layers = [{ type = "reshape", shpae = [2, 2] }]"#);
    assert!(e.contains("unknown key `shpae` (did you mean `shape`?)"), "{e}");
    let e = fault(r#"layers = ["linear"]"#);
    assert_eq!(e, "generator.layers[0]: `units` is missing (a whole number of at least 1)");
    let e = fault(r#"layers = [{ type = "linear", units = 3, bias = false, bias_init = -2 }]"#);
    assert!(e.starts_with("generator.layers[0]: unknown key `bias_init`"), "nothing is ignored: {e}");
    assert!(fault(r#"layers = [{ type = "relu", slope = 1 }]"#).ends_with("unknown key `slope`; known: none"));
}

#[test]
fn faults_within_nested_descriptions_name_their_path() {
    let e = fault(r#"layers = ["relu", "relu", { type = "linear", units = 3, init = { type = "uniform", range = -1 } }]"#);
    assert_eq!(e, "generator.layers[2].init.range: expected a number greater than 0, found -1.0");
    let e = fault(r#"layers = [{ type = "linear", units = 3, init = { type = "uniform", rnage = 1 } }]"#);
    assert!(e.starts_with("generator.layers[0].init: unknown key `rnage` (did you mean `range`?)"), "{e}");
    let e = fault(r#"layers = [{ type = "linear", units = 3, init = "unifrom" }]"#);
    assert!(e.starts_with("generator.layers[0].init.type: there is no initialiser `unifrom` (did you mean `uniform`?)"), "{e}");
    let e = fault(r#"layers = [{ type = "linear", units = 3, init = 0.1 }]"#);
    assert!(e.starts_with("generator.layers[0].init: expected a name or a table with a `type`"), "{e}");

    let spec: Spec = toml::from_str("type = 'sgd'\nlr = { type = 'exponential', divisor = 0.5 }").unwrap();
    let e = optim::build(&spec, "optimizer").unwrap_err().to_string();
    assert_eq!(e, "optimizer.lr.divisor: expected a number from 1 to 1000000, found 0.5");
}

#[test]
fn wrong_kinds_and_ranges() {
    for (layer, says) in [
        (r#"{ type = "linear", units = "many" }"#, ".units: expected a whole number from 1 to 1000000, found \"many\""),
        (r#"{ type = "linear", units = 0 }"#, ".units: expected a whole number from 1 to 1000000, found 0"),
        (r#"{ type = "linear", units = 3.5 }"#, ".units: expected a whole number from 1 to 1000000, found 3.5"),
        (r#"{ type = "linear", units = 3, bias = 1 }"#, ".bias: expected true or false, found 1"),
        (
            r#"{ type = "linear", units = 3, max_column_norm = 0 }"#,
            ".max_column_norm: expected a number greater than 0, found 0.0",
        ),
        (r#"{ type = "linear", units = 3, bias_init = nan }"#, ".bias_init: expected a number, found NaN"),
        (r#"{ type = "dropout", keep = 1.5 }"#, ".keep: expected a number from 0.000001 to 1, found 1.5"),
        (r#"{ type = "dropout", keep = [0.5] }"#, ".keep: expected a number, found [0.5]"),
        (r#"{ type = "reshape", shape = [2, 0] }"#, ".shape: expected a list of whole numbers of at least 1, found 0"),
        (r#"{ type = "reshape", shape = 4 }"#, ".shape: expected a list of whole numbers of at least 1, found 4"),
        (r#"{ type = "reshape", shape = [3] }"#, ": [4] (4 values) cannot become [3] (3 values)"),
        (r#"{ type = "reshape", shape = [1, 1, 1, 1, 2, 2] }"#, ": [4] (4 values) cannot become [1, 1, 1, 1, 2, 2]"),
        (r#"{ type = "reshape", shape = [1, 1, 1, 1, 1, 2, 2] }"#, ": shape: "),
        (r#"{ type = "reshape", shape = [1000000000, 1000000000, 1000000000] }"#, ": shape: "),
        (r#"{ type = "maxout", units = 1000000, pieces = 1000000 }"#, ".pieces: expected units x pieces of at most 100000000"),
    ] {
        let e = fault(&format!("layers = [{layer}]"));
        assert!(e.starts_with(&format!("generator.layers[0]{says}")), "{layer}: {e}");
    }
    let e = fault(r#"layers = [{ type = "linear", units = 1000000 }, { type = "linear", units = 1000000 }]"#);
    assert!(e.contains("`layers[1].weight` of shape [1000000, 1000000] does not fit"), "{e}");
    let e = Network::build("d", &[], [1; 6], 0, 0).unwrap_err().to_string();
    assert!(e.starts_with("d: an example of shape [1, 1, 1, 1, 1, 1] leaves no room for the batch"), "{e}");
}

#[test]
fn learning_rates_and_momenta_have_ranges() {
    let build = |spec: Spec| optim::build(&spec, "optimizer").map(|_| ()).unwrap_err().to_string();
    let sgd = || Spec::new("sgd");
    assert_eq!(build(sgd().with("lr", -0.1)), "optimizer.lr: expected a number of at least 0, found -0.1");
    assert_eq!(build(sgd().with("momentum", 1.5)), "optimizer.momentum: expected a number from 0 to 1, found 1.5");
    let ramp = Spec::new("linear").with("from", 0.5).with("to", 1.7);
    assert_eq!(build(sgd().with("momentum", ramp)), "optimizer.momentum: expected a number from 0 to 1, found 1.7");
    let e = build(sgd().with("lr", true));
    assert_eq!(e, "optimizer.lr: expected a number, or a name or a table with a `type`, found true");
    assert!(build(sgd().with("nesterow", true)).contains("did you mean `nesterov`?"));
    assert!(build(Spec::new("adm")).contains("there is no optimiser `adm` (did you mean `adam`?)"));
    let e = build(Spec::new("adam").with("beta1", 1));
    assert_eq!(e, "optimizer.beta1: expected a number from 0 to 0.999999, found 1.0");
}

#[test]
fn every_registered_type_builds_from_its_name() {
    for e in init::ALL {
        let spec = Spec::new(e.name);
        assert!((e.build)(&Fields::new(&spec, "init")).is_ok(), "{}", e.name);
    }
    for e in schedule::ALL {
        assert!(schedule::build(&Spec::new(e.name), "lr").is_ok(), "{}", e.name);
    }
    for e in optim::ALL {
        assert!(optim::build(&Spec::new(e.name), "optimizer").is_ok(), "{}", e.name);
    }
}

#[test]
fn a_date_is_no_number() {
    let spec: Result<Spec, _> = toml::from_str("type = 'sgd'\nlr = 1979-05-27");
    assert!(spec.map_err(|e| e.to_string()).and_then(|s| optim::build(&s, "o").map_err(|e| e.to_string())).is_err());
}

fn name() -> impl Strategy<Value = String> {
    "[a-z_][a-z0-9_.\" é-]{0,8}".prop_filter("`type` is the description's own key", |s| s != "type")
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_filter("JSON has no NaN", |x| x.is_finite()).prop_map(Value::Float),
        "\\PC{0,12}".prop_map(Value::Text),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::btree_map(name(), inner, 0..4).prop_map(Value::Table),
        ]
    })
}

fn spec() -> impl Strategy<Value = Spec> {
    (name(), prop::collection::btree_map(name(), value(), 0..5)).prop_map(|(kind, fields)| Spec { kind, fields })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn there_and_back(layers in prop::collection::vec(spec(), 0..4)) {
        let file = File { layers };
        let json = serde_json::to_string(&file).unwrap();
        prop_assert_eq!(&serde_json::from_str::<File>(&json).unwrap(), &file, "{}", json);
        let text = toml::to_string(&file).unwrap();
        prop_assert_eq!(&toml::from_str::<File>(&text).unwrap(), &file, "{}", text);
    }

    #[test]
    fn a_spec_within_a_spec_comes_back(inner in spec(), key in name()) {
        let outer = Spec::new("linear").with(&key, inner.clone());
        let json = serde_json::to_string(&outer).unwrap();
        let back: Spec = serde_json::from_str(&json).unwrap();
        let expected: BTreeMap<String, Value> = {
            let mut f = inner.fields.clone();
            f.insert("type".to_owned(), Value::Text(inner.kind.clone()));
            f
        };
        prop_assert_eq!(&back.fields[&key], &Value::Table(expected));
    }

    #[test]
    fn no_description_panics(kind in prop::sample::select(vec![
        "linear", "maxout", "dropout", "gaussian_noise", "batch_norm", "layer_norm", "instance_norm", "group_norm", "reshape",
        "flatten", "leaky_relu", "step",
    ]), key in prop::sample::select(vec!["units", "pieces", "keep", "std", "shape", "epsilon", "momentum", "slope", "init", "bias"]),
        value in value()) {
        // with enough to build it otherwise
        let mut spec = Spec::new(kind);
        if kind == "linear" || kind == "maxout" {
            spec = spec.with("units", 2).with("pieces", 2);
        }
        spec.fields.insert(key.to_owned(), value);
        let _ = Network::build("net", &[spec], [3], 0, 0).map(|n| n.output());
    }
}
