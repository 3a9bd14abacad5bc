//! `gan train-classifier`, `gan eval` and `gan export`.

mod common;

use std::fs;

use common::{Place, SMALL, json, json_file, text};

/// A preset so small that it trains in no time, on the digits inside the crate.
const NET: [&str; 5] = [
    "--set=data.name=digits",
    "--set=data.count=300",
    "--set=train.batch=20",
    "--set=evaluate.count=100",
    "--set=classifier.layers=[{ type = \"linear\", units = 16, init = \"he\" }, \"batch_norm\", \"relu\", { type = \"linear\", units = 10 }]",
];

fn train(p: &Place, out: &str, options: &[&str]) {
    p.run(0, &[&["train-classifier", "mnist-classifier", "--quiet", "--out", out][..], &NET, options].concat());
}

fn weights(p: &Place, run: &str, step: u64) -> Vec<u8> {
    fs::read(p.path(run).join(format!("checkpoints/step-{step:08}/classifier.safetensors"))).unwrap()
}

fn digits(p: &Place, out: &str) {
    p.run(0, &[&["train", "digits", "--quiet", "--out", out, "--steps", "3"][..], &SMALL].concat());
}

#[test]
fn it_trains_resumes_to_the_bit_and_tells_its_accuracy() {
    let p = Place::new();
    let every = ["--steps", "30", "--set=evaluate.every_steps=10"];
    train(&p, "whole", &every);
    train(&p, "parts", &["--steps", "12", "--set=evaluate.every_steps=10"]);
    p.run(0, &["resume", "parts", "--steps", "18", "--quiet", "--threads", "1"]);
    assert!(weights(&p, "whole", 30) == weights(&p, "parts", 30));
    let (a, b) = (json_file(&p.path("whole/summary.json")), json_file(&p.path("parts/summary.json")));
    assert_eq!((&a["scores"], &a["best"]), (&b["scores"], &b["best"]));
    let said = json(&p.run(0, &["eval", "whole", "--checkpoint", "last", "--json"]).stdout);
    assert_eq!((&said["scores"][0]["metric"], &said["samples"], &said["step"]), (&"accuracy".into(), &500.into(), &30.into()));
    assert_eq!((&said["data"]["split"], said["classifier"]["sha256"].as_str().map(str::len)), (&"validation".into(), Some(64)));
    // what it prints while it trains
    let loud = [&["train-classifier", "--out", "loud", "--steps", "10", "--set=evaluate.every_steps=5"][..], &NET].concat();
    let said = text(&p.run(0, &loud).stdout);
    assert!(
        said.contains("the classifier has") && said.contains("step      5  accuracy 0.") && !said.contains("G and D"),
        "{said}"
    );
    let lines = text(&p.run(0, &[&["train-classifier", "--out", "json", "--json", "--steps", "10"][..], &NET].concat()).stdout);
    assert!(lines.lines().all(|l| json(l.as_bytes())["event"].is_string()));
    // a file is as good as a preset
    p.run(0, &["train-classifier", "whole/config.toml", "--out", "again", "--quiet"]);
    assert!(weights(&p, "whole", 30) == weights(&p, "again", 30));
}

#[test]
fn divergence_has_its_code_and_names_the_layer() {
    let p = Place::new();
    let hot = "--set=classifier.optimizer={ type = \"sgd\", lr = 1e38 }";
    let args = [&["train-classifier", "--quiet", "--out", "a", "--steps", "50", hot][..], &NET].concat();
    p.refuses(3, &args, &["diverged", "phase classifier", "it began in", "classifier.optimizer.lr"]);
}

#[test]
fn what_is_meant_for_another_kind_is_told() {
    let p = Place::new();
    train(&p, "net", &["--steps", "3"]);
    digits(&p, "game");
    p.refuses(2, &["sample", "net"], &["configuration of a game", "found that of a classifier", "gan train-classifier"]);
    p.refuses(2, &["train", "--config", "net/config.toml", "--out", "x"], &["found that of a classifier"]);
    p.refuses(2, &["train-classifier", "game/config.toml", "--out", "x"], &["found that of a game", "gan train --config"]);
    p.refuses(2, &["train-classifier", "digits"], &["no preset `digits`", "mnist-classifier"]);
    p.refuses(2, &["export", "game", "x"], &["only classifiers are exported"]);
    p.refuses(2, &["eval", "net", "--metric", "class_coverage"], &["the run is a classifier's"]);
    p.refuses(2, &["eval", "game", "--against", "digits"], &["--against digits is for samples in a file"]);
    p.refuses(2, &["resume", "net", "--steps", "3", "--set", "classifier.average=0.5"], &["`classifier`", "another model"]);
    p.refuses(2, &["train-classifier", "--out", "x"], &["mnist", "--data DIR"]);
    assert!(!p.path("x").exists());
}

#[test]
fn a_game_is_measured() {
    let p = Place::new();
    digits(&p, "game");
    // no file is needed: the net for digits is at hand
    let said = json(&p.run(0, &["eval", "game", "--samples", "200", "--json"]).stdout);
    let names: Vec<&str> = said["cards"].as_array().unwrap().iter().map(|s| s["metric"].as_str().unwrap()).collect();
    for name in
        ["class_coverage", "confident_share", "duplicate_share", "frechet_distance", "recall", "memorisation", "path_length"]
    {
        assert!(names.contains(&name), "{names:?}");
    }
    assert_eq!((&said["samples"], &said["classifier"]["name"]), (&200.into(), &"digits".into()));
    let again = json(&p.run(0, &["eval", "game", "--samples", "200", "--json", "--threads", "1"]).stdout);
    assert_eq!(said, again);
    let shown = text(&p.run(0, &["eval", "game", "--metric", "confident_share", "--split", "validation"]).stdout);
    assert!(
        ["against digits (validation, 500 samples)", "features: digits, sha256 ", "real against real: ", "floor: "]
            .iter()
            .all(|t| shown.contains(t)),
        "{shown}"
    );
    // a classifier of one's own, trained and exported
    train(&p, "net", &["--steps", "30"]);
    let exported = json(&p.run(0, &["export", "net", "nets/mine", "--json"]).stdout);
    for net in ["net", "nets/mine"] {
        let said = json(&p.run(0, &["eval", "game", "--metric=class_coverage", "--classifier", net, "--json"]).stdout);
        assert_eq!((&said["classifier"]["sha256"], said["cards"].as_array().unwrap().len()), (&exported["sha256"], 1));
    }
    p.refuses(1, &["export", "net", "nets/mine"], &["nets/mine"]);
    // while it trains, by a path that is found again from elsewhere
    let live = [
        "--set=evaluate.every_steps=2",
        "--set=evaluate.metrics=[\"class_coverage\"]",
        "--set=evaluate.best=class_coverage",
        "--set=evaluate.classifier=nets/mine",
    ];
    p.run(0, &[&["train", "digits", "--quiet", "--out", "live", "--steps", "4"][..], &SMALL, &live].concat());
    assert!(json_file(&p.path("live/summary.json"))["scores"]["class_coverage"].is_number());
    assert!(fs::read_to_string(p.path("live/config.toml")).unwrap().contains(p.path("nets/mine").to_str().unwrap()));
}

#[test]
fn samples_in_a_file_are_measured() {
    let p = Place::new();
    digits(&p, "game");
    p.run(0, &["sample", "game", "-n", "150", "--npy", "fakes.npy", "--quiet"]);
    let metric = ["--metric", "class_coverage,confident_share"];
    let of_file = json(&p.run(0, &[&["eval", "fakes.npy", "--against", "digits", "--json"][..], &metric].concat()).stdout);
    let of_run = json(&p.run(0, &[&["eval", "game", "--samples", "150", "--json"][..], &metric].concat()).stdout);
    // the run was trained on 500 digits, so that the floors differ
    let values = |of: &serde_json::Value| [0, 1].map(|i| of["cards"][i]["value"].as_f64().unwrap());
    assert_eq!((values(&of_file), &of_file["classifier"]), (values(&of_run), &of_run["classifier"]));
    p.refuses(2, &["eval", "fakes.npy"], &["--against DATASET"]);
    p.refuses(2, &["eval", "fakes.npy", "--against", "ring"], &["expected samples of shape [2]", "[150, 28, 28, 1]"]);
    p.refuses(2, &["eval", "fakes.npy", "--against", "dgits"], &["did you mean `digits`?"]);
    p.refuses(2, &["eval", "fakes.npy", "--against", "digits", "--metric", "jensen_shannon"], &["needs the game itself"]);
    p.refuses(2, &["eval", "fakes.npy", "--against", "mnist"], &["--data DIR"]);
    fs::write(p.path("noise.npy"), [1u8; 100]).unwrap();
    p.refuses(1, &["eval", "noise.npy", "--against", "digits"], &["noise.npy"]);
}

#[test]
fn what_cannot_be_measured_is_named() {
    let p = Place::new();
    digits(&p, "game");
    p.ring("ring", 3);
    p.refuses(2, &["eval", "game", "--metric", "class_coverge"], &["did you mean `class_coverage`?"]);
    p.refuses(2, &["eval", "game", "--metric", "mode_coverage"], &["needs the modes of a known mixture"]);
    p.refuses(2, &["eval", "ring", "--metric", "class_coverage"], &["needs a classifier's predictions", "--classifier NET"]);
    p.refuses(2, &["eval", "ring", "--classifier", "digits"], &["does not fit", "[28, 28, 1]", "found [2]"]);
    p.refuses(2, &["eval", "game", "--classifier", "gone"], &["there is no feature net gone"]);
    p.refuses(2, &["eval", "game", "--split", "test"], &["`digits` has no test split"]);
    p.refuses(2, &["eval", "game", "--split", "tset"], &["tset"]);
    p.refuses(2, &["eval", "game", "--samples", "0"], &["1..=1000000"]);
    p.refuses(1, &["eval", "gone"], &["there is no run gone"]);
    // the ring is measured by what is known of it
    let said = text(&p.run(0, &["eval", "ring", "--samples", "300"]).stdout);
    for name in ["mode_coverage", "high_quality_share", "jensen_shannon", "best_response_gap"] {
        assert!(said.contains(name), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_saves() {
    use std::process::{Command, Stdio};
    let p = Place::new();
    let args = [&["train-classifier", "--quiet", "--out", "a", "--steps", "100000000", "--set=metrics.every_steps=1"][..], &NET];
    let child = Command::new(assert_cmd::cargo::cargo_bin("gan"))
        .args(args.concat())
        .current_dir(p.0.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let start = std::time::Instant::now();
    while fs::metadata(p.path("a/metrics.jsonl")).map_or(0, |m| m.len()) == 0 {
        assert!(start.elapsed().as_secs() < 60, "no step is made");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(text(&output.stderr).contains("gan resume a"));
    let step = json_file(&p.path("a/summary.json"))["steps"].as_u64().unwrap();
    p.run(0, &["resume", "a", "--steps", "5", "--quiet"]);
    train(&p, "whole", &["--steps", &(step + 5).to_string()]);
    assert!(weights(&p, "a", step + 5) == weights(&p, "whole", step + 5));
}
