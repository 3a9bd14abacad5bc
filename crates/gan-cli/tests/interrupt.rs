//! Ctrl-C: saves, says how to go on, and the run goes on as if nothing had happened.
#![cfg(unix)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{Place, SMALL, json_file, text, weights};

/// Starts training that does not end by itself, and waits for the first picture.
fn start(p: &Place, out: &str, options: &[&str]) -> Child {
    let args = [&["train", "ring", "--quiet", "--out", out, "--steps", "100000000"][..], &SMALL, options].concat();
    let child = Command::new(assert_cmd::cargo::cargo_bin("gan"))
        .args(args)
        .current_dir(p.0.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(&p.path(out).join("samples/step-00000001.png"));
    child
}

fn wait_for(path: &Path) {
    let start = Instant::now();
    while !path.is_file() {
        assert!(start.elapsed() < Duration::from_secs(60), "{} does not appear", path.display());
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
}

fn end(child: Child) -> Output {
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    output
}

#[test]
fn an_interrupt_saves_and_says_how_to_go_on() {
    let p = Place::new();
    for (name, out) in [("INT", "my run"), ("TERM", "b")] {
        let child = start(&p, out, &[]);
        signal(&child, name);
        let said = text(&end(child).stderr);
        let quoted = if out.contains(' ') { format!("'{out}'") } else { out.to_owned() };
        assert!(said.contains(&format!("gan resume {quoted}")), "{said}");
        let summary = json_file(&p.path(out).join("summary.json"));
        assert_eq!(summary["ended"], "interrupted");
        let step = summary["steps"].as_u64().unwrap();
        assert!(step > 0);
        // what was saved is what the same number of steps gives in one go
        let (more, whole) = (step + 7, format!("whole-{name}"));
        p.run(0, &["resume", out, "--steps", "7", "--quiet"]);
        p.ring(&whole, more as u32);
        assert!(weights(&p.path(out), more) == weights(&p.path(&whole), more));
    }
}

#[test]
fn a_second_interrupt_ends_at_once() {
    let p = Place::new();
    // a step of a large batch takes long enough for both
    let slow = ["--set=train.batch=100000", "--set=data.count=100000", "--threads=1"];
    let wide = ["generator", "discriminator"].map(|n| format!("--set={n}.layers[2].units=256"));
    let wider = ["generator", "discriminator"].map(|n| format!("--set={n}.layers[0].units=256"));
    let options: Vec<&str> = slow.into_iter().chain(wide.iter().chain(&wider).map(String::as_str)).collect();
    let mut child = start(&p, "a", &options);
    signal(&child, "INT");
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("press Ctrl-C again") {
        line.clear();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ends without a word");
    }
    signal(&child, "INT");
    end(child);
    assert_eq!(fs::read_dir(p.path("a/checkpoints")).unwrap().count(), 0, "nothing was saved, not even a part");
    p.refuses(1, &["resume", "a"], &["nothing was saved", "gan train --config a/config.toml"]);
}
