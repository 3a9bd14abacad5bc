//! `gan list`.

use clap::ValueEnum;
use gan::train::RunConfig;
use gan::{core, datasets, layers, metrics, tensor, train};
use serde_json::json;

use crate::Outcome;
use crate::output::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to list; without it, the names of everything
    what: Option<What>,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Presets,
    Classifiers,
    Nets,
    Views,
    Objectives,
    FDivergences,
    Penalties,
    Priors,
    Layers,
    Initialisers,
    Optimizers,
    Schedules,
    Datasets,
    Densities,
    Metrics,
    Observers,
    Ops,
}

fn entries(what: What) -> Vec<(&'static str, &'static str)> {
    match what {
        What::Presets => train::config::PRESETS.iter().map(|e| (e.name, e.doc)).collect(),
        What::Classifiers => train::ClassifierConfig::PRESETS.iter().map(|e| (e.name, e.doc)).collect(),
        What::Nets => train::feature_net::NETS.iter().map(|e| (e.name, e.doc)).collect(),
        What::Views => core::views::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Objectives => core::objectives::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::FDivergences => core::theory::f_divergences::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Penalties => core::penalties::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Priors => core::priors::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Layers => layers::layers::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Initialisers => layers::init::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Optimizers => layers::optim::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Schedules => layers::schedule::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Datasets => datasets::sources::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Metrics => {
            let samples = metrics::ALL.iter().map(|e| (e.name, e.doc));
            samples.chain(train::yardsticks::ALL.iter().map(|e| (e.name, e.doc))).collect()
        }
        What::Densities => core::theory::densities::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Observers => train::observers::ALL.iter().map(|e| (e.name, e.doc)).collect(),
        What::Ops => tensor::ops::ALL.iter().map(|e| (e.name, e.doc)).collect(),
    }
}

/// The names of everything there is.
fn overview(json: bool) -> anyhow::Result<Outcome> {
    let all = What::value_variants().iter().filter_map(|w| Some((w.to_possible_value()?.get_name().to_owned(), *w)));
    let all: Vec<(String, Vec<&str>)> = all.map(|(name, w)| (name, entries(w).into_iter().map(|(n, _)| n).collect())).collect();
    if json {
        let map: serde_json::Map<_, _> = all.into_iter().map(|(name, names)| (name, json!(names))).collect();
        say(serde_json::to_string_pretty(&map)?)?;
        return Ok(Outcome::Done);
    }
    for (name, names) in all {
        say(format!("{name}: {}", names.join(", ")))?;
    }
    Ok(Outcome::Done)
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(what) = args.what else { return overview(args.json) };
    let entries = entries(what);
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
