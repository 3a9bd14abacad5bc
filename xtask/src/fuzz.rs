//! Fuzzing: libFuzzer on the readers of files, with the coverage instrumentation of the stable compiler.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::{succeed, workspace};

/// What `cargo fuzz` would ask for, without the sanitizers, which need another compiler.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Targets, all if none is named; each has a folder in fuzz/seeds
    targets: Vec<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let folder = workspace().join("fuzz");
    let targets = if args.targets.is_empty() { all(&folder)? } else { args.targets.clone() };
    let host = host()?;
    let build = ["build", "--release", "--quiet", "--target", &host];
    succeed(Command::new("cargo").args(build).env("RUSTFLAGS", FLAGS).env_remove("CARGO_TARGET_DIR").current_dir(&folder))?;
    let program = folder.join("target").join(host).join("release").join("fuzz");
    for target in targets {
        let seeds = folder.join("seeds").join(&target);
        if !seeds.is_dir() {
            bail!("there is no target `{target}`: {} is not there", seeds.display());
        }
        let found = folder.join("corpus").join(&target);
        std::fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
        println!("== {target}, {} s", args.seconds);
        let mut command = Command::new(&program);
        command.arg(format!("-max_total_time={}", args.seconds)).args([
            "-rss_limit_mb=2048",
            "-timeout=10",
            "-print_final_stats=1",
        ]);
        command.arg(format!("-artifact_prefix={}/", found.display())).arg(&found).arg(&seeds);
        succeed(command.env("FUZZ_TARGET", &target).current_dir(&folder))?;
    }
    Ok(())
}

/// The names of all targets.
fn all(folder: &Path) -> anyhow::Result<Vec<String>> {
    let entries = std::fs::read_dir(folder.join("seeds")).context("cannot list fuzz/seeds")?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// The triple of this machine.
fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc").arg("-vV").output().context("cannot start rustc")?;
    let text = String::from_utf8(output.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    Ok(host.to_owned())
}
