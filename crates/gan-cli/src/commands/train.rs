//! `gan train`.

use std::path::PathBuf;

use gan::train::{Config, Ending, RunFolder, TrainError, Trainer, config, observers};

use crate::Outcome;
use crate::options::{Length, Overrides, Printing, on_interrupt};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A preset: `gan list presets` [default: digits]
    #[arg(value_name = "PRESET", conflicts_with = "config")]
    preset: Option<String>,
    /// A configuration file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The run's folder, which must be empty or absent [default: runs/PRESET-NUMBER]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Everything random follows from it
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    length: Length,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(args: Args) -> anyhow::Result<Outcome> {
    let mut config = match (&args.config, &args.preset) {
        (Some(file), _) => Config::from_file(file, &args.overrides.set)?,
        (None, preset) => Config::preset_with(preset.as_deref().unwrap_or(config::PRESETS[0].name), &args.overrides.set)?,
    };
    if let Some(seed) = args.seed {
        config.seed = seed;
    }
    if args.length.is_given() {
        config.train.steps = args.length.steps;
        config.train.epochs = args.length.epochs;
        config.train.minutes = args.length.time;
    }
    if let Some(n) = args.overrides.threads {
        config.train.threads = Some(n.into());
    }
    if let Some(dir) = args.overrides.data {
        // the run must find its data again from wherever it is resumed
        config.data.dir = Some(std::path::absolute(&dir).unwrap_or(dir));
    }
    let out = args.out.unwrap_or_else(|| RunFolder::next_free("runs".as_ref(), &config.name));
    let observers = observers::build(&config, &args.printing.observers());
    finish(Trainer::start(&config, &out, observers))
}

/// Trains to the end, or to an interrupt.
pub(crate) fn finish(trainer: Result<Trainer, TrainError>) -> anyhow::Result<Outcome> {
    let mut trainer = trainer?;
    on_interrupt(trainer.interrupt())?;
    match trainer.train()? {
        Ending::Done | Ending::Stopped(_) => Ok(Outcome::Done),
        Ending::Interrupted => {
            eprintln!("saved; go on with: gan resume {}", trainer.run_folder().path().display());
            Ok(Outcome::Interrupted)
        }
    }
}
