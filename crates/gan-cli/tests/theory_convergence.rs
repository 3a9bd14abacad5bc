//! `gan theory convergence`.

mod common;

use std::fs;

use common::{Place, is_png, json, text};
use serde_json::Value;

const LOG_4: f64 = 1.386_294_361_119_890_6;

fn number(v: &Value) -> f64 {
    v.as_f64().unwrap_or_else(|| panic!("{v} is no number"))
}

fn shown(place: &Place, args: &[&str]) -> Value {
    json(&place.run(0, &[&["theory", "convergence", "--json", "--no-pictures"][..], args].concat()).stdout)
}

#[test]
fn p_g_converges_at_the_predicted_rate() {
    let value = shown(&Place::new(), &["--tolerance", "1e-22"]);
    let descent = &value["descent"];
    assert_eq!(descent["converged"], true);
    assert!((number(&descent["end"]["criterion"]) + LOG_4).abs() < 1e-12);
    assert!(number(&descent["end"]["kl"]) <= 1e-22);
    for (data, g) in value["p_data"].as_array().unwrap().iter().zip(descent["p_g"].as_array().unwrap()) {
        assert!((number(data) - number(g)).abs() < 1e-9);
    }
    let history = descent["history"].as_array().unwrap();
    assert!(history.windows(2).all(|m| number(&m[1]["jsd"]) < number(&m[0]["jsd"])));
    let rate = &descent["rate"];
    assert!((number(&rate["measured"]) - number(&rate["predicted"])).abs() < 1e-3, "{rate}");
    // max (1 - step lambda)^2, from the curvature that is printed beside it
    let (step, curvature) = (number(&descent["end"]["step"]), &descent["curvature"]);
    let factor = |name: &str| (1.0 - step * number(&curvature[name])).powi(2);
    assert!((factor("least").max(factor("largest")) - number(&rate["predicted"])).abs() < 1e-12);
}

#[test]
fn each_condition_that_fails_is_shown() {
    let value = shown(&Place::new(), &[]);
    let ends: Vec<(f64, f64)> = value["capacity"]["one_mean"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| (number(&d["end"][0]), number(&d["criterion"])))
        .collect();
    let best = number(&value["capacity"]["best_mean"]["criterion"]);
    assert!(ends.iter().any(|(mean, c)| (mean + 2.5).abs() < 0.05 && *c > best + 0.3), "{ends:?}");
    assert!(ends.iter().any(|(mean, c)| (mean - 2.0).abs() < 0.05 && (c - best).abs() < 1e-9), "{ends:?}");
    assert!(best > -LOG_4 + 0.2 && number(&value["capacity"]["shares_of_bumps"]["criterion"]) < -LOG_4 + 1e-4);

    let games = value["finite_k"].as_array().unwrap();
    let of = |k: u64, at_once: bool| games.iter().find(|g| g["k"] == k && g["simultaneous"] == at_once).unwrap();
    let circling = of(1, true);
    assert!(number(&circling["factor_predicted"]) > 1.0 && number(&circling["amplitude"]) > 0.3);
    assert!(number(&circling["rotations"]) > 30.0);
    for game in [of(2, true), of(5, true), of(20, true), of(1, false)] {
        assert!(number(&game["kl"]) < 1e-12 && number(&game["factor_predicted"]) < 1.0, "{game}");
    }

    let samples = value["samples"].as_array().unwrap();
    let (few, many) = (samples.first().unwrap(), samples.last().unwrap());
    assert!(number(&few["jsd_to_p_data"]) > 100.0 * number(&many["jsd_to_p_data"]));
    for r in samples {
        assert!(number(&r["jsd_to_samples"]) < 1e-9 && number(&r["value_on_training"]) > -LOG_4);
        assert!(number(&r["value_on_p_data"]) < -LOG_4, "{r}");
    }
}

#[test]
fn the_options_are_heeded() {
    let p = Place::new();
    let of = |args: &[&str]| shown(&p, args);
    let own = of(&["--p-data", "1,4,6,4,1", "--p-g", "0,0,0,0,1", "--k", "3", "--samples", "20,40"]);
    assert_eq!(own["p_data"], serde_json::json!([0.0625, 0.25, 0.375, 0.25, 0.0625]));
    // infinite at first, as text
    assert_eq!(own["descent"]["history"][0]["kl"], "inf");
    assert_eq!(own["descent"]["converged"], true);
    assert_eq!((own["finite_k"].as_array().unwrap().len(), own["samples"].as_array().unwrap().len()), (2, 2));

    let short = of(&["--steps", "3", "--step-size", "0.01", "--outcomes", "4"]);
    assert_eq!((&short["descent"]["converged"], &short["descent"]["iterations"]), (&false.into(), &3.into()));
    assert_eq!(short["descent"]["history"][1]["step"], 0.01);
    assert_eq!(short["p_data"].as_array().unwrap().len(), 4);

    let seed = |s: &str| of(&["--seed", s])["samples"][0]["jsd_to_p_data"].clone();
    assert_eq!(seed("1"), seed("1"));
    assert_ne!(seed("1"), seed("2"));
    let said = text(&p.run(0, &["theory", "convergence", "--no-pictures", "--steps", "2"]).stdout);
    assert!(said.contains("after 2 steps; it was to fall to 1e-10") && !said.contains("drawn"), "{said}");
}

#[test]
fn pictures_are_drawn_in_both_formats() {
    let p = Place::new();
    let said = text(&p.run(0, &["theory", "convergence", "--samples", "10,100"]).stdout);
    assert!(said.contains("drawn: theory/convergence.png theory/convergence-counter.png"), "{said}");
    for name in ["convergence", "convergence-counter"] {
        assert!(is_png(&fs::read(p.path(&format!("theory/{name}.png"))).unwrap()));
    }
    // from the data themselves, and with two outcomes only, there is little to draw
    for (out, args) in [
        ("a", ["--p-data", "1,1", "--p-g", "1,1"]),
        ("b", ["--outcomes", "2", "--k", "1"]),
        ("c", ["--outcomes", "200", "--samples", "1"]),
    ] {
        let common = ["theory", "convergence", "--format", "svg", "--json", "--out", out];
        let value = json(&p.run(0, &[&common[..], &args].concat()).stdout);
        assert_eq!(value["pictures"][1], format!("{out}/convergence-counter.svg"));
        let svg = fs::read_to_string(p.path(&format!("{out}/convergence.svg"))).unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("step") && svg.trim_end().ends_with("</svg>"));
    }
}

#[test]
fn wrong_options_are_named() {
    let p = Place::new();
    let refuses = |args: &[&str], words: &[&str]| p.refuses(2, &[&["theory", "convergence"][..], args].concat(), words);
    refuses(&["--outcomes", "1"], &["--outcomes", "2..=1000"]);
    refuses(&["--p-data", "1,x"], &["--p-data", "found `x`"]);
    refuses(&["--p-data", "1,-1"], &["--p-data", ">= 0", "-1"]);
    refuses(&["--p-data", "0,0"], &["--p-data", "sum 0"]);
    refuses(&["--p-data", "1,0"], &["at least two outcomes"]);
    refuses(&["--p-data", "1,2", "--outcomes", "3"], &["cannot be used with"]);
    refuses(&["--p-data", "1,2", "--p-g", "1,2,3"], &["--p-g", "expected 2", "found 3"]);
    refuses(&["--step-size", "0"], &["--step-size", "greater than 0"]);
    refuses(&["--step-size", "nan"], &["--step-size", "finite"]);
    refuses(&["--tolerance=-1"], &["--tolerance", "greater than 0"]);
    refuses(&["--steps", "0"], &["--steps", "1..=1000000"]);
    refuses(&["--k", "0"], &["--k", "from 1 to 1000"]);
    refuses(&["--k", "1,2,3,4,5,6,7"], &["--k", "up to 6"]);
    refuses(&["--samples", "10,1e9"], &["--samples", "1e9"]);
    refuses(&["--samples", "10000000"], &["--samples", "1000000"]);
    refuses(&["--seed", "x"], &["--seed"]);
    refuses(&["--no-pictures", "--out", "x"], &["cannot be used with"]);
    assert!(!p.path("theory").exists());
}
