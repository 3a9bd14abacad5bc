//! Opens a trained model from what the user names: a run's folder or one of its checkpoints.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gan::datasets::Dataset;
use gan::layers::{LayerError, Network};
use gan::train::{Config, DataFacts, RunFolder, Session, TrainError, checkpoint, open_data};

use crate::fault::Usage;
use crate::options::{Machine, needs_files};
use crate::output::quoted;

/// Opens a run's folder; what is not one is told from what was probably meant.
pub(crate) fn run(path: &Path) -> anyhow::Result<RunFolder> {
    if path.is_dir() && path.join("config.toml").is_file() {
        return Ok(RunFolder::open(path)?);
    }
    let shown = path.display();
    let above = std::path::absolute(path).ok().and_then(|p| {
        let runs = p.ancestors().skip(1).take(2).find(|a| a.join("config.toml").is_file() && a.join("checkpoints").is_dir());
        runs.map(Path::to_owned)
    });
    if let Some(run) = above {
        let what = if path.exists() { "is a part of a run" } else { "does not exist" };
        return Err(Usage(format!("{shown} {what}; name the run's folder: {}", quoted(&run))).into());
    }
    if path.is_file() {
        return Err(Usage(format!("{shown} is a file; expected the folder of a run, as `gan train` makes it")).into());
    }
    let message = match path.exists() {
        false => format!("there is no run {shown}"),
        true => format!("{shown} is not the folder of a run: it holds no config.toml"),
    };
    Err(anyhow::anyhow!("{message}{}", nearby()))
}

/// The runs where `gan train` puts them.
fn nearby() -> String {
    let entries = fs::read_dir("runs").into_iter().flatten().flatten();
    let mut runs: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.join("config.toml").is_file()).collect();
    runs.sort_by_key(|p| std::cmp::Reverse(fs::metadata(p.join("config.toml")).and_then(|m| m.modified()).ok()));
    let shown: Vec<String> = runs.iter().take(5).map(|p| quoted(p)).collect();
    if shown.is_empty() { String::new() } else { format!("; the latest ones here are {}", shown.join(", ")) }
}

/// Finds the run that `path` belongs to and the checkpoint that is meant.
pub(crate) fn find(path: &Path, wanted: &str) -> anyhow::Result<(RunFolder, PathBuf)> {
    if path.join("manifest.bin").is_file() {
        // runs/x/checkpoints/step-00001000
        let run = path.canonicalize().ok().and_then(|p| Some(p.parent()?.parent()?.to_owned()));
        if let Some(run) = run {
            return Ok((RunFolder::open(&run)?, path.to_owned()));
        }
    }
    let run = run(path)?;
    let checkpoint = checkpoint::find(&run.checkpoints(), wanted).map_err(TrainError::from)?;
    Ok((run, checkpoint))
}

/// A session to draw samples from, restored from the checkpoint that is meant.
pub(crate) fn session(path: &Path, wanted: &str, machine: &Machine) -> anyhow::Result<Session> {
    let (run, checkpoint) = find(path, wanted)?;
    let mut config = run.config()?;
    machine.apply(&mut config)?;
    let data = data(&config, Some(&run), machine.data.is_some())?;
    let mut session = Session::untrained(&config, data)?;
    session.restore(&checkpoint)?;
    Ok(session)
}

/// A session with its data, whose samples are to be read, restored from the checkpoint that is meant.
pub(crate) fn session_with_data(path: &Path, wanted: &str, machine: &Machine) -> anyhow::Result<(Session, Arc<dyn Dataset>)> {
    let (run, checkpoint) = find(path, wanted)?;
    let mut config = run.config()?;
    machine.apply(&mut config)?;
    // a program may have trained on data of its own, under whatever name its configuration has
    if let Some(facts) = run.data_facts()?.filter(|facts| facts.provenance().name != config.data.name) {
        let (used, said) = (&facts.provenance().name, &config.data.name);
        return Err(anyhow::anyhow!(
            "the run was trained on `{used}`, which its own program has, and not on `{said}` of its config.toml"
        ));
    }
    let data = open_data(&config)?;
    let mut session = Session::untrained(&config, data.clone())?;
    session.restore(&checkpoint)?;
    Ok((session, data))
}

/// The data, or what the run knows of them, if they are read from files that `wanted` does not insist on.
fn data(config: &Config, run: Option<&RunFolder>, wanted: bool) -> anyhow::Result<Arc<dyn Dataset>> {
    Ok(match run {
        Some(run) if !wanted => run.data_to_sample(config)?,
        _ => open_data(config)?,
    })
}

/// As [`data`], but a network is looked at without any data, too: their shape is what the generator makes then. Tells
/// whether the data are known.
pub(crate) fn data_or_shape(config: &Config, run: Option<&RunFolder>, wanted: bool) -> anyhow::Result<(Arc<dyn Dataset>, bool)> {
    let missing = match data(config, run, wanted) {
        Err(missing) if !wanted && needs_files(&config.data.name) => missing,
        result => return result.map(|data| (data, true)),
    };
    let generator = Network::build("generator", &config.generator.layers, [config.generator.latent], 0, config.seed);
    let shape = match generator {
        // how many classes there are only the data know
        Err(LayerError::NoClasses { .. }) => return Err(missing),
        generator => generator.map_err(TrainError::from)?.output().to_vec(),
    };
    Ok((Arc::new(DataFacts::of_shape(&config.data.name, &shape, config.train.batch)), false))
}
