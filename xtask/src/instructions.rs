//! Instructions of a training step, counted under valgrind: a guard against slowdowns that no clock on a busy machine would show.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

/// What is counted: a name and the options of `gan bench step`.
const CASES: &[(&str, &[&str])] = &[
    ("mlp", &["--model", "mlp", "--batch", "16", "--width", "128"]),
    ("toy", &["--model", "toy"]),
    ("dcgan", &["--model", "dcgan", "--batch", "2"]),
];
/// Steps that are counted, and steps less: the difference is free of what happens once.
const STEPS: (u64, u64) = (3, 1);
/// How many more instructions are let through.
const MARGIN: f64 = 0.2;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write down what is counted instead of comparing
    #[arg(long)]
    bless: bool,
    /// The program, built for release; otherwise it is built
    #[arg(long, value_name = "FILE")]
    gan: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind is not installed");
        return Ok(());
    }
    let file = crate::workspace().join("xtask").join("instructions.toml");
    let gan = args.gan.clone().map_or_else(crate::release_binary, Ok)?;
    let mut counted = BTreeMap::new();
    for (name, options) in CASES {
        let [more, less] = [STEPS.0, STEPS.1].map(|steps| count(&gan, options, steps));
        counted.insert((*name).to_owned(), (more? - less?) / (STEPS.0 - STEPS.1));
    }
    if args.bless {
        let figures: String = counted.iter().map(|(name, n)| format!("{name} = {n}\n")).collect();
        let head = "# Instructions of a training step on one thread with AVX2. Written by `cargo xtask instructions --bless`.\n";
        std::fs::write(&file, format!("{head}{figures}"))?;
        println!("wrote {}", file.display());
        return Ok(());
    }
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}; make it with --bless", file.display()))?;
    let wanted: BTreeMap<String, u64> = toml::from_str(&text).with_context(|| format!("{}", file.display()))?;
    let mut worse = Vec::new();
    for (name, &n) in &counted {
        let Some(&before) = wanted.get(name) else { bail!("{} has no figure for {name}: --bless writes it", file.display()) };
        let change = n as f64 / before as f64 - 1.0;
        println!("{name}: {n} instructions a step, {before} written down ({:+.1} %)", 100.0 * change);
        if change > MARGIN {
            worse.push(name.as_str());
        }
    }
    if !worse.is_empty() {
        bail!(
            "{}: more than {:.0} % above what is written down; if that is meant, `cargo xtask instructions --bless`",
            worse.join(", "),
            100.0 * MARGIN
        );
    }
    println!("{} passed, 0 failed", counted.len());
    Ok(())
}

/// Instructions of `gan bench step` in all with so many steps.
fn count(gan: &Path, options: &[&str], steps: u64) -> anyhow::Result<u64> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let out = folder.path().join("callgrind");
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(gan)
        .args(["bench", "step", "--threads", "1", "--steps", &steps.to_string()])
        .args(options)
        .env("GAN_ISA", "avx2");
    let output = command.output().context("cannot start valgrind")?;
    if !output.status.success() {
        bail!("{command:?} failed: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
    let text = std::fs::read_to_string(&out)?;
    let total = |line: &str| line.strip_prefix("summary: ").or(line.strip_prefix("totals: "))?.trim().parse().ok();
    text.lines().find_map(total).with_context(|| format!("callgrind wrote no total for {command:?}"))
}
