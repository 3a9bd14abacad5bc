//! Every example runs, in a short form, and says what it is meant to say.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Cargo builds the examples beside the tests.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let folder = test.parent().and_then(Path::parent).expect("it lies in target/profile/deps");
    let path = folder.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is not built: run `cargo test -p gan-examples` without a target", path.display());
    path
}

/// Runs an example in an empty folder and returns what it printed.
fn run(name: &str, steps: &str, folder: &Path) -> String {
    let output = Command::new(program(name)).arg(steps).current_dir(folder).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {errors}");
    assert!(errors.is_empty(), "{name}: {errors}");
    String::from_utf8(output.stdout).expect("it prints text")
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    parts.iter().for_each(|part| assert!(text.contains(part), "`{part}` is missing in:\n{text}"));
}

fn is_png(path: &Path) {
    let file = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    assert!(file.starts_with(b"\x89PNG\r\n") && file.len() > 1000, "{}", path.display());
}

#[test]
fn quickstart() {
    let folder = tempfile::tempdir().unwrap();
    let text = run("quickstart", "10", folder.path());
    says(&text, &["step    10  D(x) 0.", "D(G(z)) 0.", "quickstart.png"]);
    is_png(&folder.path().join("quickstart.png"));
}

#[test]
fn ring() {
    let folder = tempfile::tempdir().unwrap();
    let text = run("ring", "40", folder.path());
    says(&text, &["step     0", "step    40", " of 8 (the ring itself: 8.0)", "ring.png"]);
    is_png(&folder.path().join("ring.png"));
}

#[test]
fn xor() {
    let folder = tempfile::tempdir().unwrap();
    let text = run("xor", "500", folder.path());
    says(&text, &["net.layers[1] (step) cannot be trained by gradients: the derivative of a step is 0 everywhere"]);
    let sections: Vec<&str> = text.split("\n\n").collect();
    says(sections[1], &["one logistic unit on AND", "4 of 4 right"]);
    assert!(sections[2].starts_with("one logistic unit on XOR") && !sections[2].contains("4 of 4"), "{text}");
    says(sections[3], &["two layers on XOR", "4 of 4 right"]);
}

#[test]
fn custom_objective() {
    let folder = tempfile::tempdir().unwrap();
    let text = run("custom_objective", "40", folder.path());
    says(&text, &["gradients against differences: D ", "step    40", "generated  mean "]);
    assert!(!text.contains("NaN"), "{text}");
}

#[test]
fn custom_layer() {
    let folder = tempfile::tempdir().unwrap();
    let text = run("custom_layer", "300", folder.path());
    says(&text, &["layers[1]  swish   [16] out, 16 trainable", "step   300", "beta, which started at 1: ["]);
}

#[test]
fn a_mistaken_argument_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["quickstart", "ring", "xor", "custom_objective", "custom_layer"] {
        let output = Command::new(program(name)).arg("many").current_dir(folder.path()).output().expect("it starts");
        assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("InvalidDigit"), "{name}");
    }
}

#[test]
fn custom_dataset() {
    let folder = tempfile::tempdir().unwrap();
    let text = run("custom_dataset", "6", folder.path());
    says(&text, &["step     6 of 6", "discs.png"]);
    is_png(&folder.path().join("discs.png"));
}
