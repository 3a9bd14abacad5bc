//! `gan inspect`.

use std::path::PathBuf;

use gan::layers::Network;
use gan::tensor::Plan;
use gan::train::checkpoint::{self, Manifest};
use gan::train::{Adversarial, Config, RunFolder, Session, Task, TrainError};
use serde_json::{Value, json};

use crate::fault::Usage;
use crate::output::{say, thousands};
use crate::{Outcome, open};

#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// A run's folder, a checkpoint, a configuration file or the name of a preset
    #[arg(value_name = "RUN|CHECKPOINT|CONFIG")]
    what: PathBuf,
    /// Also list every operation of the plans
    #[arg(long)]
    plan: bool,
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
    /// Change a value of the configuration, as often as needed: --set train.batch=256
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Folder with the data set's files; without it their shape is taken from the run or from what G makes
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  gan inspect runs/digits-1
  gan inspect mnist-2014 --set train.batch=200
  gan inspect ring --plan                            every operation of a step, with its cost";

/// A place in training: the checkpoint's folder and what it says.
type Place = (PathBuf, Manifest);

/// The run, if it is one, its last checkpoint or the one that is meant, and the configuration.
fn find(args: &Args) -> anyhow::Result<(Option<RunFolder>, Option<Place>, Config)> {
    let what = &args.what;
    if what.is_dir() {
        let (run, place) = match open::find(what, "last") {
            Ok((run, folder)) => {
                let manifest = checkpoint::read_manifest(&folder).map_err(TrainError::from)?;
                (run, Some((folder, manifest)))
            }
            // a run without checkpoints still has a configuration
            Err(_) => (open::run(what)?, None),
        };
        let config = Config::from_file(&run.config_file(), &args.set)?;
        return Ok((Some(run), place, config));
    }
    // a pipe is as good as a file
    if what.exists() {
        return Ok((None, None, Config::from_file(what, &args.set)?));
    }
    // a path is no misspelt preset
    if what.components().count() > 1 {
        return Err(Usage(format!("there is no {}", what.display())).into());
    }
    Ok((None, None, Config::preset_with(&what.to_string_lossy(), &args.set)?))
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let (run, place, mut config) = find(args)?;
    if args.data.is_some() {
        config.data.dir.clone_from(&args.data);
    }
    let (data, known) = open::data_or_shape(&config, run.as_ref(), args.data.is_some())?;
    let session = Session::untrained(&config, data)?;
    let task = session.task();
    if args.json {
        say(serde_json::to_string_pretty(&as_json(&config, task, place.as_ref().map(|(_, m)| m.step))?)?)?;
        return Ok(Outcome::Done);
    }
    let data = session.data();
    let facts = match known {
        true => format!("{} samples of {} ({})", thousands(data.len() as u64), config.data.name, data.provenance().split),
        false => format!("{}, which is not at hand (--data DIR); its shape is taken to be what G makes", config.data.name),
    };
    say(format!("{}: {facts}, shape {:?}, batch {}", config.name, data.sample_shape(), config.train.batch))?;
    if let Some((path, manifest)) = &place {
        say(format!("checkpoint {}: step {}, {:.1} s of training", path.display(), manifest.step, manifest.seconds))?;
    }
    let players = task.game().players();
    for net in [&players.generator, &players.discriminator] {
        show(net, config.train.batch)?;
    }
    for (phase, plan) in task.plans() {
        show_plan(phase, plan, args.plan)?;
    }
    Ok(Outcome::Done)
}

fn show(net: &Network, batch: usize) -> anyhow::Result<()> {
    say(format!(
        "\n{} {} -> {}, {} weights, {:.1} MFLOP forward for a batch of {batch}",
        net.name(),
        net.input(),
        net.output(),
        thousands(net.params().trainable_len() as u64),
        net.flops(batch)? as f64 / 1e6
    ))?;
    for layer in net.layers() {
        let weights = if layer.trainable > 0 { thousands(layer.trainable as u64) } else { String::new() };
        say(format!("  {:12} {:16} {:16} {weights:>12}", layer.path, layer.kind, layer.output.to_string()))?;
    }
    Ok(())
}

fn show_plan(phase: &str, plan: &Plan<f32>, all: bool) -> anyhow::Result<()> {
    let steps = plan.steps().count();
    say(format!(
        "\nplan of {phase}: {steps} operations, {:.1} MFLOP, {:.1} MiB of buffers",
        plan.flops() as f64 / 1e6,
        plan.memory() as f64 / (1 << 20) as f64
    ))?;
    if all {
        for s in plan.steps() {
            let place = if s.in_place { "in place" } else { "" };
            let outs: Vec<String> = s.outs.iter().map(ToString::to_string).collect();
            say(format!("  {:18} {:24} {:9} {:10.3} MFLOP  {}", s.op, outs.join(" "), place, s.flops as f64 / 1e6, s.scope))?;
        }
    }
    Ok(())
}

fn as_json(config: &Config, task: &Adversarial, step: Option<u64>) -> anyhow::Result<Value> {
    let network = |net: &Network| -> anyhow::Result<Value> {
        let layers: Vec<Value> = net
            .layers()
            .map(|l| json!({ "path": l.path, "type": l.kind, "output": l.output.to_vec(), "weights": l.trainable }))
            .collect();
        Ok(json!({
            "name": net.name(), "input": net.input().to_vec(), "output": net.output().to_vec(),
            "weights": net.params().trainable_len(), "flops": net.flops(config.train.batch)?, "layers": layers,
        }))
    };
    let plans: Vec<Value> = task
        .plans()
        .into_iter()
        .map(|(phase, p)| json!({ "phase": phase, "operations": p.steps().count(), "flops": p.flops(), "bytes": p.memory() }))
        .collect();
    let players = task.game().players();
    Ok(json!({
        "name": config.name, "batch": config.train.batch, "step": step,
        "generator": network(&players.generator)?, "discriminator": network(&players.discriminator)?, "plans": plans,
    }))
}
