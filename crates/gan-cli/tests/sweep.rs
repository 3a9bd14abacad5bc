//! `gan sweep`: a grid of settings times seeds, resumable, a table and a plot at the end.

mod common;

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{Place, SMALL, is_png, json_file, text};
use serde_json::Value;

/// A sweep of small rings: two losses, with and without R1, two seeds.
fn file(steps: u64) -> String {
    let small = SMALL.iter().filter_map(|o| o.strip_prefix("--set=")?.split_once('='));
    let small: String = small.map(|(key, value)| format!("{key:?} = {value}\n")).collect();
    format!(
        r#"
name = "losses"
preset = "ring"
seeds = [1, 2]
metrics = ["mode_coverage", "high_quality_share"]
[settings]
{small}
"train.steps" = {steps}
"evaluate.every_steps" = {steps}
[[axes]]
key = "game.objective"
values = ["minimax", "relativistic"]
[[axes]]
name = "penalty"
values = [
    {{ label = "none", set = {{ "game.penalties" = [] }} }},
    {{ label = "R1 (γ = 0.1)", set = {{ "game.penalties" = [{{ type = "r1", gamma = 0.1 }}], "game.k" = 1 }} }},
]
"#
    )
}

fn scores(place: &Place, out: &str) -> Vec<Value> {
    let results = json_file(&place.path(out).join("results.json"));
    results["runs"].as_array().unwrap().iter().map(|r| r["scores"].clone()).collect()
}

#[test]
fn trains_every_combination_with_every_seed() {
    let p = Place::new();
    fs::write(p.path("losses.toml"), file(20)).unwrap();
    let planned = text(&p.run(0, &["sweep", "losses.toml", "--dry-run"]).stdout);
    assert_eq!(planned.lines().count(), 8);
    assert!(!p.path("runs").exists(), "a dry run trains nothing");

    let said = text(&p.run(0, &["sweep", "losses.toml", "--jobs", "2", "--threads", "2"]).stdout);
    let out = p.path("runs/losses");
    let table = fs::read_to_string(out.join("table.md")).unwrap();
    for line in ["| game.objective ", "| minimax ", "| R1 (γ = 0.1) ", "± ", "over the seeds"] {
        assert!(table.contains(line) && said.contains(line), "expected `{line}` in:\n{table}");
    }
    let results = json_file(&out.join("results.json"));
    let runs = results["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 8);
    for (i, run) in runs.iter().enumerate() {
        let (cell, seed) = (run["cell"].as_u64().unwrap(), run["seed"].as_u64().unwrap());
        assert_eq!((cell, seed), (i as u64 / 2, i as u64 % 2 + 1));
        let config = fs::read_to_string(out.join(run["folder"].as_str().unwrap()).join("config.toml")).unwrap();
        let objective = if cell < 2 { "minimax" } else { "relativistic" };
        assert!(config.contains(objective) && config.contains(&format!("seed = {seed}")), "{config}");
        assert_eq!(config.contains("r1"), cell % 2 == 1);
        assert!(run["scores"]["high_quality_share"].is_number(), "{run}");
    }
    assert!(is_png(&fs::read(out.join("results.png")).unwrap()));

    // the same command finds everything done, and the numbers are those of one thread, one run after the other
    let again = text(&p.run(0, &["sweep", "losses.toml"]).stdout);
    assert_eq!(again.matches("(earlier)").count(), 8, "{again}");
    p.run(0, &["sweep", "losses.toml", "--threads", "1", "--out", "one by one", "--quiet"]);
    assert_eq!(scores(&p, "runs/losses"), scores(&p, "one by one"));
}

#[test]
#[cfg(unix)]
fn goes_on_where_it_was_interrupted() {
    let p = Place::new();
    fs::write(p.path("losses.toml"), file(3000)).unwrap();
    let child = Command::new(assert_cmd::cargo::cargo_bin("gan"))
        .args(["sweep", "losses.toml", "--quiet"])
        .current_dir(p.0.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = Instant::now();
    let first = p.path("runs/losses/minimax-none/seed-1/samples/step-00000001.png");
    while !first.is_file() {
        assert!(start.elapsed() < Duration::from_secs(60), "the first run does not begin");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("gan sweep losses.toml --out runs/losses"), "{}", text(&output.stderr));
    let begun = json_file(&p.path("runs/losses/minimax-none/seed-1/summary.json"));
    assert!(begun["ended"] == "interrupted" && begun["steps"].as_u64().unwrap() < 3000, "{begun}");

    p.run(0, &["sweep", "losses.toml", "--quiet", "--jobs", "2"]);
    p.run(0, &["sweep", "losses.toml", "--quiet", "--out", "whole", "--jobs", "2"]);
    assert_eq!(scores(&p, "runs/losses"), scores(&p, "whole"));
}

#[test]
fn what_diverges_is_a_result() {
    let p = Place::new();
    let wild = file(30).replace("[settings]", "[settings]\n\"discriminator.optimizer\" = { type = \"sgd\", lr = 1e30 }");
    fs::write(p.path("wild.toml"), wild).unwrap();
    let said = text(&p.run(0, &["sweep", "wild.toml"]).stdout);
    assert!(said.contains("diverged"), "{said}");
    let results = json_file(&p.path("runs/losses/results.json"));
    assert!(results["runs"].as_array().unwrap().iter().any(|r| r["scores"].as_object().unwrap().is_empty()), "{results}");
}

#[test]
fn bad_files_are_refused_by_name() {
    let p = Place::new();
    let good = file(10);
    for (name, text, words) in [
        ("key", good.replace("seeds =", "seed ="), &["unknown field `seed`", "did you mean `seeds`"][..]),
        ("axis", good.replace("name = \"penalty\"", "nam = \"penalty\""), &["axes[1]", "unknown field `nam`", "`name`"]),
        ("setting", good.replace("\"game.k\" = 1", "\"game.kk\" = 1"), &["R1 (γ = 0.1)", "unknown field `kk`", "`k`"]),
        ("value", good.replace("\"minimax\"", "\"minmax\""), &["minmax", "minimax"]),
        ("preset", good.replace("\"ring\"", "\"rings\""), &["rings", "did you mean `ring`"]),
        ("metric", good.replace("[\"mode_coverage\",", "[\"parzen\","), &["do not measure `parzen`"]),
        ("seeds", good.replace("[1, 2]", "[2, 2]"), &["seeds", "2 stands there twice"]),
        ("none", good.replace("[1, 2]", "[]"), &["seeds", "at least one"]),
        ("both", good.replace("preset = \"ring\"", "preset = \"ring\"\nconfig = \"a.toml\""), &["either `preset` or `config`"]),
        ("toml", "name = ".to_owned(), &["toml.toml"]),
    ] {
        let path = format!("{name}.toml");
        fs::write(p.path(&path), text).unwrap();
        p.refuses(2, &["sweep", &path], words);
    }
    assert!(!p.path("runs").exists(), "nothing is begun");
    p.refuses(1, &["sweep", "missing.toml"], &["cannot open missing.toml"]);
    fs::write(p.path("losses.toml"), &good).unwrap();
    p.run(0, &["sweep", "losses.toml", "--quiet"]);
    fs::write(p.path("losses.toml"), file(11)).unwrap();
    p.refuses(2, &["sweep", "losses.toml"], &["another sweep", "--out"]);
}
