//! `gan export`.

use std::path::PathBuf;

use gan::train::{FeatureNet, Kind, TrainError, checkpoint};
use serde_json::json;

use crate::fault::Usage;
use crate::options::{Printing, which};
use crate::output::say;
use crate::{Outcome, open};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The run's folder, or a checkpoint in it
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The new folder
    #[arg(value_name = "DIR")]
    out: PathBuf,
    /// Which checkpoint: best, last or a step
    #[arg(long, value_name = "WHICH", default_value = "best", value_parser = which)]
    checkpoint: String,
    #[command(flatten)]
    printing: Printing,
}

const EXAMPLES: &str = "\
The folder holds net.toml (input, layers) and net.safetensors (the averaged weights, where there are any, and running statistics), without what \
only training needs. `evaluate.classifier` and `gan eval --classifier` take it.

Examples:
  gan export runs/mnist-classifier-1 nets/mnist";

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (run, folder) = open::find(&args.run, &args.checkpoint)?;
    if Kind::of(&run.config_file()) != Kind::Classifier {
        let message = "the run is a game's: only classifiers are exported; its networks are in checkpoints/*/*.safetensors";
        return Err(Usage(message.to_owned()).into());
    }
    let step = checkpoint::read_manifest(&folder).map_err(TrainError::from)?.step;
    let net = FeatureNet::of_run(&run, &step.to_string())?;
    net.export(&args.out)?;
    if args.printing.json {
        say(json!({ "folder": args.out, "step": step, "sha256": net.hash() }))?;
    } else if !args.printing.quiet {
        say(format!("the classifier of step {step} in {}, sha256 {}", args.out.display(), net.hash()))?;
    }
    Ok(Outcome::Done)
}
