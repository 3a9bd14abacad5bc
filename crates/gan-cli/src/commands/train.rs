//! `gan train`.

use std::path::{Path, PathBuf};

use gan::train::{Config, Ending, RunConfig, RunFolder, TrainError, Trainer, config, observers};
use serde_json::json;

use crate::Outcome;
use crate::fault::Usage;
use crate::options::{Length, Machine, Printing, from_anywhere, on_interrupt};
use crate::output::{complain, quoted, say};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A preset, see `gan list presets` [default: digits]
    #[arg(value_name = "PRESET", conflicts_with = "config")]
    preset: Option<String>,
    /// A configuration file instead of a preset
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    run: Run,
}

/// What every command that trains is told.
#[derive(clap::Args)]
pub(crate) struct Run {
    /// The run's folder, which must be empty or absent [default: runs/PRESET-NUMBER]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Everything random follows from it
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    #[command(flatten)]
    length: Length,
    /// Change a value of the configuration, as often as needed: --set generator.latent=32
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Time every operation; afterwards print where the time went and write RUN/profile.json
    #[arg(long)]
    profile: bool,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    printing: Printing,
}

const EXAMPLES: &str = "\
Examples:
  gan train                                          paint digits, without any data to fetch
  gan train ring --steps 2000 --seed 7               eight Gaussians on a circle
  gan train mnist-2014 --data ~/data/mnist --time 10m
  gan train ring --set generator.optimizer.lr=0.0005 --set 'discriminator.layers[0].units=256'
  gan train --config my.toml --out runs/mine

Ctrl-C stops after the current step and saves; `gan resume RUN` goes on with the same numbers as if nothing had happened.
RUN/config.toml holds the whole configuration, RUN/samples the pictures, RUN/metrics.jsonl the losses.";

pub(crate) fn run(args: Args) -> anyhow::Result<Outcome> {
    let set = &args.run.set;
    let mut config = match (&args.config, &args.preset) {
        (Some(file), _) => Config::from_file(file, set)?,
        (None, preset) => {
            let name = preset.as_deref().unwrap_or(config::PRESETS[0].name);
            Config::preset_with(name, set).map_err(|e| not_a_preset(e, name))?
        }
    };
    // a run finds it again from wherever it is resumed
    if let Some(net) = config.evaluate.classifier.as_mut().filter(|net| net.is_dir()) {
        *net = from_anywhere("--set evaluate.classifier", net)?;
    }
    start(config, args.run)
}

/// Starts a run and trains it.
pub(crate) fn start<C: RunConfig>(mut config: C, run: Run) -> anyhow::Result<Outcome> {
    let shared = config.shared_mut();
    if let Some(seed) = run.seed {
        *shared.seed = seed;
    }
    if run.length.is_given() {
        shared.train.steps = run.length.steps;
        shared.train.epochs = run.length.epochs;
        shared.train.minutes = run.length.time;
    }
    run.machine.apply(&mut config)?;
    let out = run.out.unwrap_or_else(|| RunFolder::next_free("runs".as_ref(), config.shared().name));
    if let Some(file) = out.ancestors().find(|p| p.exists()).filter(|p| !p.is_dir()) {
        return Err(Usage(format!("--out {}: {} is a file; a run needs a folder", out.display(), file.display())).into());
    }
    let observers = observers::build(&config, &run.printing.observers());
    let mut trainer = Trainer::start(&config, &out, observers)?;
    if run.profile {
        trainer.start_profile();
    }
    finish(trainer, run.printing)
}

/// A file in the place of a preset's name is probably a configuration, a folder a run.
fn not_a_preset(error: TrainError, name: &str) -> anyhow::Error {
    let path = Path::new(name);
    match error {
        TrainError::UnknownPreset { .. } if path.is_file() => {
            Usage(format!("`{name}` is a file, not a preset; to train a configuration: gan train --config {}", quoted(path)))
                .into()
        }
        TrainError::UnknownPreset { .. } if path.join("config.toml").is_file() => {
            Usage(format!("`{name}` is a run, not a preset; to go on with it: gan resume {}", quoted(path))).into()
        }
        other => other.into(),
    }
}

/// Trains to the end, or to an interrupt.
pub(crate) fn finish<C: RunConfig>(mut trainer: Trainer<C>, printing: Printing) -> anyhow::Result<Outcome> {
    on_interrupt(trainer.interrupt())?;
    let ending = trainer.train()?;
    if let Some(profile) = trainer.profile().filter(|_| !printing.quiet) {
        if printing.json {
            say(json!({ "event": "profile", "profile": profile }))?;
        } else {
            say(format!("\n{profile}"))?;
        }
    }
    match ending {
        Ending::Done | Ending::Stopped(_) => Ok(Outcome::Done),
        Ending::Interrupted => {
            complain(format!("saved; go on with: gan resume {}", quoted(trainer.run_folder().path())));
            Ok(Outcome::Interrupted)
        }
    }
}
