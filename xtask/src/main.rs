//! Chores of the workspace: what takes longer than a test, or looks at it from outside.
//!
//!     cargo xtask outside        a tiny outside package against each library crate
//!     cargo xtask first-picture  a clean build, and the time to the first picture
//!     cargo xtask bench-peers    training steps beside those of other libraries
//!     cargo xtask instructions   instructions of a training step, against those written down
//!     cargo xtask fuzz           random changes to files that are read, guided by coverage
#![forbid(unsafe_code)]

mod first_picture;
mod fuzz;
mod instructions;
mod outside;
mod peers;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};

/// Chores of the workspace.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build and run a tiny outside package against each library crate alone
    Outside,
    /// Build from scratch and measure: build time, size of the binary, time to the first picture, peak memory
    FirstPicture,
    /// Time training steps beside those of other libraries, and print a table in Markdown
    BenchPeers(peers::Args),
    /// Count the instructions of training steps and compare them with those written down
    Instructions(instructions::Args),
    /// Fuzz the readers of files
    Fuzz(fuzz::Args),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Outside => outside::run(),
        Chore::FirstPicture => first_picture::run(),
        Chore::BenchPeers(args) => peers::run(&args),
        Chore::Instructions(args) => instructions::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
    }
}

/// The workspace's folder.
fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// The program, built for use.
fn release_binary() -> anyhow::Result<PathBuf> {
    succeed(Command::new("cargo").args(["build", "--release", "--quiet", "-p", "gan-cli"]).current_dir(workspace()))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from);
    Ok(target.join("release").join(format!("gan{}", std::env::consts::EXE_SUFFIX)))
}

/// Runs a command to its end; its failure is ours.
fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}
