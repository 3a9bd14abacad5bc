//! `gan resume`.

use std::path::PathBuf;

use gan::train::{Config, RunFolder, Trainer, checkpoint, observers};

use crate::Outcome;
use crate::commands::train::finish;
use crate::options::{Length, Overrides, Printing};
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The run's folder
    #[arg(value_name = "RUN")]
    run: PathBuf,
    #[command(flatten)]
    more: Length,
    #[command(flatten)]
    overrides: Overrides,
    #[command(flatten)]
    printing: Printing,
}

pub(crate) fn run(args: Args) -> anyhow::Result<Outcome> {
    let run = RunFolder::open(&args.run)?;
    let mut config = Config::from_file(&run.config_file(), &args.overrides.set)?;
    if let Some(n) = args.overrides.threads {
        config.train.threads = Some(n.into());
    }
    if let Some(dir) = args.overrides.data {
        config.data.dir = Some(std::path::absolute(&dir).unwrap_or(dir));
    }
    let last = checkpoint::read_manifest(&checkpoint::find(&run.checkpoints(), "last")?)?;
    if args.more.is_given() {
        // so much more than the run has
        let t = &mut config.train;
        t.steps = args.more.steps.map(|n| last.step + n);
        t.minutes = args.more.time.map(|m| last.seconds / 60.0 + m);
        t.epochs = None;
    }
    let observers = observers::build(&config, &args.printing.observers());
    let mut trainer = Trainer::resume(&config, run, observers)?;
    if let Some(epochs) = args.more.epochs {
        let more = epochs * trainer.session().steps_per_epoch() as f64;
        trainer.train_until(last.step + more.round().max(1.0) as u64)?;
    }
    if trainer.is_over() {
        if !args.printing.quiet && !args.printing.json {
            say(format!(
                "the run has come to its end at step {}; give it more with --steps N, --epochs N or --time T",
                last.step
            ))?;
        }
        return Ok(Outcome::Done);
    }
    finish(Ok(trainer))
}
