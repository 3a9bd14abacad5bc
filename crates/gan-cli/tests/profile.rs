//! `--profile`: where the time of training goes.

mod common;

use common::{Place, SMALL, json, json_file, text};
use serde_json::Value;

/// Numbers that hold whatever the machine does.
#[track_caller]
fn sane(profile: &Value, steps: u64, runs_of_d: u64) {
    let number = |v: &Value| v.as_f64().unwrap();
    assert_eq!(profile["steps"], steps);
    let phases = profile["phases"].as_array().unwrap();
    assert_eq!(phases.iter().map(|p| p["phase"].as_str().unwrap()).collect::<Vec<_>>(), ["discriminator", "generator"]);
    assert_eq!((phases[0]["runs"].as_u64(), phases[1]["runs"].as_u64()), (Some(runs_of_d), Some(steps)));
    let mut inside = 0.0;
    for p in phases {
        let operations = p["operations"].as_array().unwrap();
        let sum: f64 = operations.iter().map(|o| number(&o["seconds"])).sum();
        assert!((sum - number(&p["seconds"])).abs() < 1e-6, "{sum}");
        // an operation that stands for several has the layer of the last one
        let of_a_layer = |o: &Value| o["scope"].as_str().is_some_and(|s| s.starts_with("discriminator.layers["));
        assert!(operations.iter().any(|o| of_a_layer(o) && o["flops"].as_u64() > Some(0)));
        assert!(operations.iter().all(|o| o["bytes"].as_u64().is_some() && o["results"].is_array()));
        inside += sum;
    }
    assert!(
        inside > 0.0 && inside <= number(&profile["stepping"]) && profile["stepping"].as_f64() <= profile["seconds"].as_f64()
    );
}

#[test]
fn a_table_a_phase_and_a_file() {
    let p = Place::new();
    let said = text(&p.run(0, &[&["train", "ring", "--profile", "--out", "a", "--steps", "20"][..], &SMALL].concat()).stdout);
    for word in ["\ndiscriminator\n", "\ngenerator\n", "GFLOP/s", "GB/s", "ms a step", "over 20 of them", "observers"] {
        assert!(said.contains(word), "expected `{word}` in:\n{said}");
    }
    sane(&json_file(&p.path("a/profile.json")), 20, 20);

    // two steps of D for one of G, and JSON
    let more = ["resume", "a", "--profile", "--json", "--steps", "5"];
    let lines = text(&p.run(0, &more).stdout);
    let last = json(lines.lines().last().unwrap().as_bytes());
    assert_eq!(last["event"], "profile");
    sane(&last["profile"], 5, 5);
    assert_eq!(json_file(&p.path("a/profile.json")), last["profile"]);
    let k = [&["train", "ring", "--profile", "--quiet", "--set=game.k=2", "--out", "k", "--steps", "3"][..], &SMALL].concat();
    assert_eq!(text(&p.run(0, &k).stdout), "");
    sane(&json_file(&p.path("k/profile.json")), 3, 6);
}

#[test]
fn without_it_nothing_is_timed() {
    let p = Place::new();
    p.ring("a", 3);
    assert!(!p.path("a/profile.json").exists());
}

#[test]
fn bench_has_it_too() {
    let p = Place::new();
    let bench = ["bench", "step", "--model", "toy", "--batch", "8", "--width", "8", "--chunks", "1", "--chunk-seconds", "0"];
    let said = text(&p.run(0, &[&bench[..], &["--profile"]].concat()).stdout);
    assert!(said.contains("toy, batch 8") && said.contains("\ndiscriminator\n") && said.contains("GFLOP/s"), "{said}");
    let line = json(&p.run(0, &[&bench[..], &["--profile", "--json"]].concat()).stdout);
    let steps = line["profile"]["steps"].as_u64().unwrap();
    sane(&line["profile"], steps, steps);
}
