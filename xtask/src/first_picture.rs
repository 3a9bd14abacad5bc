//! From nothing to a picture, as a newcomer meets it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

pub(crate) fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let target = folder.path().join("target");
    let start = Instant::now();
    let mut build = Command::new("cargo");
    build
        .args(["build", "--release", "--quiet", "-p", "gan-cli"])
        .current_dir(crate::workspace())
        .env("CARGO_TARGET_DIR", &target);
    crate::succeed(&mut build)?;
    println!("clean build: {:.1} s", start.elapsed().as_secs_f64());
    let binary = target.join("release").join(format!("gan{}", std::env::consts::EXE_SUFFIX));
    println!("binary: {:.1} MiB", binary.metadata()?.len() as f64 / (1 << 20) as f64);

    let run = folder.path().join("run");
    let start = Instant::now();
    let mut training =
        Command::new(&binary).arg("train").arg("--out").arg(&run).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let first = run.join("samples").join("step-00000001.png");
    while !first.is_file() {
        if training.try_wait()?.is_some() || start.elapsed() > Duration::from_secs(60) {
            bail!("no picture appeared");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("first picture: {:.2} s after the start of training", start.elapsed().as_secs_f64());
    let status = training.wait()?;
    println!("default training: {:.1} s ({status})", start.elapsed().as_secs_f64());
    Ok(())
}
