//! The command `gan`.
#![forbid(unsafe_code)]

mod commands;
mod npy;
mod open;
mod options;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use gan::train::TrainError;

use commands::{bench, completions, inspect, interpolate, list, resume, sample, train};

/// Train and understand generative adversarial networks.
#[derive(Parser)]
#[command(name = "gan", version, about, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train a preset or a configuration; without either, paint digits
    Train(train::Args),
    /// Go on with a run from its last checkpoint
    Resume(resume::Args),
    /// Draw samples from a trained generator
    Sample(sample::Args),
    /// Draw what lies on straight lines between latent vectors
    Interpolate(interpolate::Args),
    /// Show layers, shapes, parameters, work and memory of a run, checkpoint or configuration
    Inspect(inspect::Args),
    /// Measure the speed of a training step
    Bench(bench::Args),
    /// List presets, objectives, layers, data sets, metrics and more
    List(list::Args),
    /// Print a completion script for a shell
    Completions(completions::Args),
}

/// What a command came to, besides failure.
pub(crate) enum Outcome {
    Done,
    Interrupted,
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Train(args) => train::run(args),
        Command::Resume(args) => resume::run(args),
        Command::Sample(args) => sample::run(&args),
        Command::Interpolate(args) => interpolate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::List(args) => list::run(&args),
        Command::Completions(args) => completions::run::<Cli>(&args),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Err(error) => {
            eprintln!("error: {error}");
            let mut before = error.to_string();
            for cause in error.chain().skip(1) {
                let text = cause.to_string();
                // many faults name their cause in their own message
                if !before.contains(&text) {
                    eprintln!("  because: {text}");
                }
                before = text;
            }
            ExitCode::from(exit_code(&error))
        }
    }
}

/// 1 failure, 2 usage, 3 divergence.
fn exit_code(error: &anyhow::Error) -> u8 {
    match error.downcast_ref::<TrainError>() {
        Some(TrainError::Diverged(_)) => 3,
        Some(TrainError::Config { .. } | TrainError::UnknownPreset { .. }) => 2,
        _ => 1,
    }
}
