//! `gan inspect`, `list`, `bench`, `completions` and the help texts.

mod common;

use std::fs;

use common::{Place, json, text};

#[test]
fn the_layers_of_a_run_a_checkpoint_a_file_and_a_preset() {
    let p = Place::new();
    p.ring("a", 3);
    for what in ["a", "a/checkpoints/step-00000003", "a/config.toml", "ring", "mnist-2014"] {
        let said = text(&p.run(0, &["inspect", what]).stdout);
        for word in ["generator", "discriminator", "linear", "weights", "MFLOP", "plan of"] {
            assert!(said.contains(word), "{what}: {word} in {said}");
        }
    }
    assert!(text(&p.run(0, &["inspect", "mnist-2014"]).stdout).contains("mnist, which is not at hand"));
    let said = json(&p.run(0, &["inspect", "a", "--json"]).stdout);
    assert_eq!((&said["step"], &said["batch"]), (&3.into(), &16.into()));
    // 2 -> 8 -> 8 -> 2 with biases
    assert_eq!(said["generator"]["weights"], 2 * 8 + 8 + 8 * 8 + 8 + 8 * 2 + 2);
    assert!(said["plans"][0]["flops"].as_u64() > Some(0) && said["plans"][0]["bytes"].as_u64() > Some(0));
    assert!(text(&p.run(0, &["inspect", "a", "--plan"]).stdout).contains("linear+relu"));
}

#[test]
fn what_cannot_be_inspected() {
    let p = Place::new();
    p.refuses(2, &["inspect", "rign"], &["did you mean `ring`"]);
    p.refuses(2, &["inspect", "gone/config.toml"], &["there is no gone/config.toml"]);
    p.refuses(1, &["inspect", "."], &["config.toml"]);
    fs::write(p.path("x.png"), [0x89, b'P', 0xff]).unwrap();
    p.refuses(1, &["inspect", "x.png"], &["x.png", "UTF-8"]);
    p.refuses(1, &["inspect", "mnist-2014", "--data", "gone"], &["gone"]);
}

#[test]
fn every_list() {
    let p = Place::new();
    let all = json(&p.run(0, &["list", "--json"]).stdout);
    let kinds = all.as_object().unwrap();
    assert!(kinds.len() >= 12);
    for (kind, names) in kinds {
        let list = json(&p.run(0, &["list", kind, "--json"]).stdout);
        let listed: Vec<_> = list.as_array().unwrap().iter().map(|e| e["name"].clone()).collect();
        assert_eq!(&listed, names.as_array().unwrap(), "{kind}");
        let plain = text(&p.run(0, &["list", kind]).stdout);
        assert_eq!(plain.lines().count(), listed.len(), "{kind}: a line each");
    }
    p.refuses(2, &["list", "layer"], &["'layers'"]);
}

#[test]
fn commands_and_options_that_do_not_exist() {
    let p = Place::new();
    p.refuses(2, &[], &["Usage"]);
    p.refuses(2, &["trane"], &["'train'"]);
    p.refuses(2, &["train", "--stepz", "3"], &["--steps"]);
    p.refuses(2, &["completions", "basch"], &["bash"]);
    assert_eq!(text(&p.run(0, &["--version"]).stdout), format!("gan {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn help_for_every_command() {
    let p = Place::new();
    for command in ["train", "resume", "sample", "interpolate", "inspect", "data", "list", "completions"] {
        let said = text(&p.run(0, &[command, "--help"]).stdout);
        assert!(said.contains(&format!("Usage: gan {command}")), "{said}");
    }
    for command in ["train", "resume", "sample"] {
        assert!(text(&p.run(0, &[command, "-h"]).stdout).contains("Examples:"), "{command}");
    }
    assert!(text(&p.run(0, &["--help"]).stdout).contains("Exit codes"));
}

#[test]
fn completions_for_every_shell() {
    let p = Place::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&p.run(0, &["completions", shell]).stdout);
        assert!(script.contains("interpolate"), "{shell}");
    }
}

#[test]
fn every_model_of_the_benchmark_runs() {
    let p = Place::new();
    for (model, counted) in [("mlp", true), ("wgangp-mlp", false), ("toy", false)] {
        let args = ["bench", "step", "--model", model, "--batch", "2", "--width", "8", "--threads", "1", "--chunks", "1"];
        let line = json(&p.run(0, &[&args[..], &["--chunk-seconds", "0", "--json"]].concat()).stdout);
        assert_eq!((line["model"].as_str(), line["batch"].as_u64()), (Some(model), Some(2)));
        assert!(line["ms"].as_f64().unwrap() > 0.0);
        assert_eq!(line.get("gflop_it").is_some(), counted, "{model}");
    }
}

#[test]
fn the_fields_of_a_benchmark() {
    let p = Place::new();
    let args = ["bench", "step", "--model", "mlp", "--batch", "2", "--width", "8", "--threads", "2"];
    let quick = ["--chunks", "1", "--chunk-seconds", "0.001"];
    let line = json(&p.run(0, &[&args[..], &quick, &["--json"]].concat()).stdout);
    let fields = "peer version model mode variant threads batch width ms ms_best it_s img_s first_step_s import_s \
                  to_first_step_s peak_rss_mib cores_used quiet_chunks noisy_chunks gflop_it gflop_s";
    for field in fields.split_whitespace() {
        assert!(!line[field].is_null() || (field == "peak_rss_mib" && !cfg!(target_os = "linux")), "{field} in {line}");
    }
    assert_eq!((&line["peer"], &line["threads"], &line["batch"]), (&"gan".into(), &2.into(), &2.into()));
    assert!(text(&p.run(0, &[&args[..], &quick].concat()).stdout).contains("ms a step"));
    for (option, value) in [("--chunks", "0"), ("--batch", "0"), ("--chunk-seconds", "nan"), ("--model", "mpl")] {
        p.refuses(2, &["bench", "step", option, value], &[value]);
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_is_no_fault() {
    use std::process::{Command, Stdio};
    for args in [&["list", "ops"][..], &["completions", "bash"], &["inspect", "ring", "--plan"]] {
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("gan"))
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_is_a_fault() {
    let full = || fs::File::options().write(true).open("/dev/full").unwrap();
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin("gan")).args(["list", "ops"]).stdout(full()).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("standard output"), "{}", text(&output.stderr));
}
