//! `gan train-classifier`.

use std::path::Path;

use gan::train::{ClassifierConfig, RunConfig};

use crate::Outcome;
use crate::commands::train::{Run, start};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A preset, see `gan list classifiers`, or a configuration file [default: mnist-classifier]
    #[arg(value_name = "PRESET|FILE.toml")]
    what: Option<String>,
    #[command(flatten)]
    run: Run,
}

const EXAMPLES: &str = "\
Examples:
  gan train-classifier --data ~/data/mnist --out nets/mnist
  gan train-classifier mnist-classifier --set data.name=digits --steps 1500
  gan train-classifier cifar10-classifier --data ~/data/cifar10 --out nets/cifar10
  gan eval nets/mnist --split test                   its accuracy on samples that it has never seen

Ctrl-C stops after the current step and saves; `gan resume RUN` goes on. The run's folder is what `evaluate.classifier` of a \
configuration and `gan eval --classifier` take: the checkpoint of the best accuracy on evaluate.split is used.";

pub(crate) fn run(args: Args) -> anyhow::Result<Outcome> {
    let what = args.what.as_deref().unwrap_or(ClassifierConfig::PRESETS[0].name);
    let config = match Path::new(what) {
        file if file.is_file() => ClassifierConfig::from_file(file, &args.run.set)?,
        _ => ClassifierConfig::preset_with(what, &args.run.set)?,
    };
    start(config, args.run)
}
