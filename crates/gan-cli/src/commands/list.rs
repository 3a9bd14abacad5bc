//! `gan list`.

use clap::ValueEnum;
use gan::{core, datasets, layers, metrics, tensor, train};
use serde_json::json;

use crate::Outcome;
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to list
    what: What,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Presets,
    Objectives,
    Penalties,
    Priors,
    Layers,
    Initialisers,
    Optimizers,
    Schedules,
    Datasets,
    Metrics,
    Observers,
    Ops,
}

fn entries(what: What) -> Vec<(&'static str, &'static str)> {
    match what {
        What::Presets => train::config::PRESETS.iter().map(|e| (e.name, e.doc)).collect(),
        What::Objectives => core::objectives::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Penalties => core::penalties::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Priors => core::priors::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Layers => layers::layers::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Initialisers => layers::init::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Optimizers => layers::optim::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Schedules => layers::schedule::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Datasets => datasets::sources::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Metrics => metrics::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Observers => train::observers::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Ops => tensor::ops::ALL.iter().map(|e| (e.name, e.doc)).collect(),
    }
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let entries = entries(args.what);
    if args.json {
        let list: Vec<_> = entries.iter().map(|(name, doc)| json!({ "name": name, "doc": doc })).collect();
        say(serde_json::to_string_pretty(&list)?)?;
    } else {
        let width = entries.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, doc) in entries {
            say(format!("{name:width$}  {doc}"))?;
        }
    }
    Ok(Outcome::Done)
}
