//! `gan theory f-gan`, and what `gan list` says of it.

mod common;

use std::fs;

use common::{Place, is_png, json, text};
use serde_json::Value;

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

fn shown(place: &Place, args: &[&str]) -> Value {
    json(&place.run(0, &[&["theory", "f-gan", "--json", "--no-pictures"][..], args].concat()).stdout)
}

fn of<'a>(value: &'a Value, name: &str) -> &'a Value {
    value["divergences"].as_array().unwrap().iter().find(|d| d["name"] == name).unwrap()
}

/// Closed forms of N(0, 1) against N(1, 1.1^2).
#[test]
fn gaussians_have_their_closed_forms() {
    let value = shown(&Place::new(), &[]);
    let s2 = 1.21_f64;
    let kl = s2.sqrt().ln() + 2.0 / (2.0 * s2) - 0.5;
    let reverse = -s2.sqrt().ln() + (s2 + 1.0) / 2.0 - 0.5;
    let hellinger = 2.0 - 2.0 * (2.0 * s2.sqrt() / (1.0 + s2)).sqrt() * (-0.25 / (1.0 + s2)).exp();
    // the integral of p^2 / q - 1 for variances a of p and b of q, the means 1 apart
    let chi = |a: f64, b: f64| b / (a * (2.0 * b - a)).sqrt() * (1.0 / (2.0 * b - a)).exp() - 1.0;
    for (name, expected) in [
        ("kullback_leibler", kl),
        ("reverse_kullback_leibler", reverse),
        ("jeffreys", kl + reverse),
        ("squared_hellinger", hellinger),
        ("pearson", chi(1.0, s2)),
        ("neyman", chi(s2, 1.0)),
    ] {
        let found = number(&of(&value, name)["value"]);
        assert!((found - expected).abs() < 1e-4 * expected, "{name}: {found}, {expected}");
    }
}

#[test]
fn outcomes_have_the_values_of_the_definition() {
    let value = shown(&Place::new(), &["--p-data", "1,3", "--p-g", "1,1"]);
    let (p, q) = ([0.25, 0.75], [0.5, 0.5]);
    let sum = |f: &dyn Fn(f64) -> f64| (0..2).map(|i| q[i] * f(p[i] / q[i])).sum::<f64>();
    let expected: [(&str, f64); 9] = [
        ("kullback_leibler", sum(&|u| u * u.ln())),
        ("reverse_kullback_leibler", sum(&|u| -u.ln())),
        ("pearson", 0.25),
        ("neyman", 1.0 / 3.0),
        ("squared_hellinger", sum(&|u| (u.sqrt() - 1.0).powi(2))),
        ("jeffreys", sum(&|u| (u - 1.0) * u.ln())),
        ("jensen_shannon", sum(&|u| u * u.ln() - (u + 1.0) * ((u + 1.0) / 2.0).ln())),
        ("gan", sum(&|u| u * u.ln() - (u + 1.0) * (u + 1.0).ln())),
        ("total_variation", 0.25),
    ];
    assert_eq!(value["divergences"].as_array().unwrap().len(), expected.len());
    for (name, expected) in expected {
        let d = of(&value, name);
        assert!((number(&d["value"]) - expected).abs() < 1e-14, "{name}: {d}");
        assert!(number(&d["gap"]).abs() < 1e-14 && number(&d["fenchel_error"]) < 1e-12, "{d}");
        for scaled in ["bound_at_half", "bound_at_three_halves"] {
            assert!(number(&d[scaled]) <= expected + 1e-14, "{d}");
        }
    }
    // the log ratio is read by those that the game of 2014 is of, and some more
    let reading: Vec<&str> = value["divergences"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|d| d["reads_log_ratio"] == true)
        .map(|d| d["name"].as_str().unwrap())
        .collect();
    assert_eq!(reading, ["reverse_kullback_leibler", "jeffreys", "jensen_shannon", "gan"]);
    assert_eq!(
        (&of(&value, "gan")["domain"], number(&of(&value, "gan")["threshold"])),
        (&serde_json::json!(["-inf", 0.0]), -2_f64.ln())
    );
}

#[test]
fn what_one_side_lacks_may_be_infinite() {
    let value = shown(&Place::new(), &["--p-data", "1,1,0", "--p-g", "0,1,1"]);
    assert_eq!(of(&value, "kullback_leibler")["value"], "inf");
    assert_eq!(of(&value, "kullback_leibler")["gap"], 0.0);
    assert!((number(&of(&value, "jensen_shannon")["value"]) - 2_f64.ln()).abs() < 1e-15);
}

#[test]
fn one_in_detail() {
    let p = Place::new();
    let said = text(&p.run(0, &["theory", "f-gan", "--divergence", "jeffreys"]).stdout);
    assert!(said.contains("u T* - f*(T*)") && !said.contains("pearson"), "{said}");
    assert!(said.contains("drawn: theory/f-gan-jeffreys.png"), "{said}");
    assert!(is_png(&fs::read(p.path("theory/f-gan-jeffreys.png")).unwrap()));
    // whatever is infinite, every one can be drawn
    let all = shown(&p, &[]);
    for d in all["divergences"].as_array().unwrap() {
        let name = d["name"].as_str().unwrap();
        let out = ["--out", "x", "--format", "svg", "--p-data", "1,2,0,0", "--p-g", "0,1,1,0"];
        p.run(0, &[&["theory", "f-gan", "--divergence", name][..], &out].concat());
        assert!(fs::read_to_string(p.path(&format!("x/f-gan-{}.svg", name.replace('_', "-")))).unwrap().starts_with("<svg"));
    }
}

#[test]
fn the_figure_of_all() {
    let p = Place::new();
    p.run(0, &["theory", "f-gan"]);
    assert!(is_png(&fs::read(p.path("theory/f-gan.png")).unwrap()));
    // equal distributions leave nothing of a divergence
    let same = ["--p-data", "laplace", "--p-g", "laplace", "--format", "svg", "--json", "--out", "same"];
    let value = json(&p.run(0, &[&["theory", "f-gan"][..], &same].concat()).stdout);
    assert_eq!(value["pictures"], serde_json::json!(["same/f-gan.svg"]));
    assert!(fs::read_to_string(p.path("same/f-gan.svg")).unwrap().contains("squared Hellinger"));
    assert_eq!(of(&value, "pearson")["value"], 0.0);
}

#[test]
fn wrong_options_are_named() {
    let p = Place::new();
    let refuses = |args: &[&str], words: &[&str]| p.refuses(2, &[&["theory", "f-gan"][..], args].concat(), words);
    refuses(&["--divergence", "pearsn"], &["--divergence", "did you mean `pearson`"]);
    refuses(&["--p-data", "gausian", "--p-g", "gaussian"], &["--p-data", "did you mean `gaussian`"]);
    refuses(&["--p-data", "gaussian", "--p-g", "1,2"], &["two densities or two lists of weights"]);
    refuses(&["--p-data", "1,2"], &["--p-g"]);
    refuses(&["--p-data", "1,2", "--p-g", "1,2,3"], &["--p-g", "expected 2", "found 3"]);
    refuses(&["--p-data", "1,2", "--p-g", "1,-2"], &["--p-g", "-2"]);
    refuses(&["--p-data", "ring", "--p-g", "gaussian"], &["--p-data", "on the line", "2 dimensions"]);
    refuses(&["--cells", "3"], &["--cells", "10..=1000000"]);
    assert!(!p.path("theory").exists());
}

#[test]
fn they_are_listed() {
    let p = Place::new();
    let names = |what: &str| -> Vec<String> {
        let list = json(&p.run(0, &["list", what, "--json"]).stdout);
        list.as_array().unwrap().iter().map(|e| e["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("f-divergences").len(), 9);
    assert!(names("densities").contains(&"laplace".to_owned()));
}
