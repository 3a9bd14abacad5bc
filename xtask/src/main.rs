//! Chores of the workspace: what takes longer than a test, or looks at it from outside.
//!
//!     cargo xtask outside        a tiny outside package against each library crate
//!     cargo xtask first-picture  a clean build, and the time to the first picture
#![forbid(unsafe_code)]

mod first_picture;
mod outside;

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
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Outside => outside::run(),
        Chore::FirstPicture => first_picture::run(),
    }
}

/// The workspace's folder.
fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Runs a command to its end; its failure is ours.
fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start {command:?}"))?;
    if !status.success() {
        bail!("{command:?} failed: {status}");
    }
    Ok(())
}
