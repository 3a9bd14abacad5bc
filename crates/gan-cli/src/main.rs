//! The command `gan`.
#![forbid(unsafe_code)]

mod commands;
mod fault;
mod measure;
mod memory;
mod npy;
mod open;
mod options;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use commands::{
    bench, completions, data, eval, export, inspect, interpolate, list, resume, sample, sweep, theory, train, train_classifier,
};
use output::complain;

/// Train and understand generative adversarial networks
///
/// Two networks play against each other: G paints from noise, D judges whether a picture is from the data or from G.
/// Everything runs on the CPU, and the same seed gives the same bits on any number of threads.
#[derive(Parser)]
#[command(name = "gan", version, about, arg_required_else_help = true, after_help = START)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const START: &str = "\
Begin with:
  gan train                        paint digits; pictures appear in runs/digits-1/samples
  gan sample runs/digits-1         draw samples from the trained generator
  gan list presets                 what else there is

Exit codes: 0 done, 1 failure, 2 usage or configuration, 3 training diverged, 130 interrupted (after saving).";

#[derive(Subcommand)]
enum Command {
    /// Train a preset or a configuration; without either, paint digits
    Train(train::Args),
    /// Train a classifier, whose verdicts and features metrics use; without a preset, one that reads digits
    TrainClassifier(train_classifier::Args),
    /// Go on with a run from its last checkpoint
    Resume(resume::Args),
    /// Train a grid of settings times seeds; a table and a plot at the end
    Sweep(sweep::Args),
    /// Draw samples from a trained generator
    Sample(sample::Args),
    /// Measure how good samples are, of a run or in a file, or how good a classifier is
    Eval(eval::Args),
    /// Write a trained classifier to a folder of its own
    Export(export::Args),
    /// Draw what lies on straight lines between latent vectors
    Interpolate(interpolate::Args),
    /// Show layers, shapes, parameters, work and memory of a run, checkpoint or configuration
    Inspect(inspect::Args),
    /// List, fetch, look at and convert data sets
    Data(data::Args),
    /// Check and draw what is true about GANs: optimal D, value, convergence, f-GAN, dynamics
    Theory(theory::Args),
    /// Measure the speed of training and of metrics
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
        Command::TrainClassifier(args) => train_classifier::run(args),
        Command::Resume(args) => resume::run(args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Sample(args) => sample::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Interpolate(args) => interpolate::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Data(args) => data::run(&args),
        Command::Theory(args) => theory::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::List(args) => list::run(&args),
        Command::Completions(args) => completions::run::<Cli>(&args),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Err(error) => {
            tell(&error);
            ExitCode::from(fault::exit_code(&error))
        }
    }
}

fn tell(error: &anyhow::Error) {
    complain(format!("error: {error}"));
    let mut before = error.to_string();
    for cause in error.chain().skip(1) {
        let text = cause.to_string();
        // many faults name their cause in their own message
        if !before.contains(&text) {
            complain(format!("  because: {text}"));
        }
        before = text;
    }
    if let Some(hint) = fault::hint(error) {
        complain(format!("  {hint}"));
    }
}
