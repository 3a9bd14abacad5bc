//! `gan resume`.

use std::path::PathBuf;

use gan::train::{ClassifierConfig, Config, Kind, RunConfig, RunFolder, TrainError, Trainer, checkpoint, observers};
use serde_json::json;

use crate::commands::train::finish;
use crate::options::{Length, Machine, Printing};
use crate::output::say;
use crate::{Outcome, open};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The run's folder
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    more: Length,
    /// Change a value of the configuration that leaves the model as it is: --set samples.every_steps=100
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Time every operation; afterwards print where the time went and write RUN/profile.json
    #[arg(long)]
    profile: bool,
    #[command(flatten)]
    machine: Machine,
    #[command(flatten)]
    printing: Printing,
}

const EXAMPLES: &str = "\
Without --steps, --epochs or --time the run goes on to the end that it was given. With one of them it goes on for so much \
more, from its last checkpoint, and that is its end from then on.

Examples:
  gan resume runs/digits-1                           to its end
  gan resume runs/digits-1 --steps 5000              5000 steps more
  gan resume runs/ring-2 --set checkpoint.every_steps=100";

pub(crate) fn run(args: Args) -> anyhow::Result<Outcome> {
    let run = open::run(&args.run)?;
    match Kind::of(&run.config_file()) {
        Kind::Game => resume::<Config>(&args, run),
        Kind::Classifier => resume::<ClassifierConfig>(&args, run),
    }
}

fn resume<C: RunConfig>(args: &Args, run: RunFolder) -> anyhow::Result<Outcome> {
    let mut config = C::from_file(&run.config_file(), &args.set)?;
    args.machine.apply(&mut config)?;
    let folder = checkpoint::find(&run.checkpoints(), "last").map_err(TrainError::from)?;
    let last = checkpoint::read_manifest(&folder).map_err(TrainError::from)?;
    let t = config.shared_mut().train;
    if let Some(n) = args.more.steps {
        (t.steps, t.epochs, t.minutes) = (Some(last.step.saturating_add(n)), None, None);
    }
    if let Some(m) = args.more.time {
        (t.steps, t.epochs, t.minutes) = (None, None, Some(last.seconds / 60.0 + m));
    }
    let observers = observers::build(&config, &args.printing.observers());
    let mut trainer = Trainer::resume(&config, run, observers)?;
    if let Some(epochs) = args.more.epochs {
        // only the session knows how many steps those are
        let more = (epochs * trainer.session().steps_per_epoch() as f64).round().max(1.0);
        trainer.train_until(last.step.saturating_add(more as u64))?;
    }
    if trainer.is_over() {
        if args.printing.json {
            say(json!({ "event": "finished", "step": last.step, "seconds": last.seconds, "why": "done" }))?;
        } else if !args.printing.quiet {
            say(format!(
                "the run has come to its end at step {}; give it more with --steps N, --epochs N or --time T",
                last.step
            ))?;
        }
        return Ok(Outcome::Done);
    }
    if args.profile {
        trainer.start_profile();
    }
    finish(trainer, args.printing)
}
