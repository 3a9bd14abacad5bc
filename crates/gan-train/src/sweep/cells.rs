//! The combinations of a sweep, and their runs.

use std::path::Path;

use super::file::{Choice, File, overrides};
use crate::{Config, TrainError};

/// One combination of settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// Its value on each axis.
    pub labels: Vec<String>,
}

/// One combination with one seed.
#[derive(Clone, Debug)]
pub struct Run {
    /// The number of its combination.
    pub cell: usize,
    /// Its seed.
    pub seed: u64,
    /// What is trained.
    pub config: Config,
    /// Its folder within that of the sweep.
    pub folder: String,
}

/// Most runs of a sweep: more are a slip.
const MOST: usize = 10_000;

/// All combinations, the last axis the fastest, with their configurations.
pub(super) fn cells(file: &File, place: &Path) -> Result<(Vec<Cell>, Vec<Config>), TrainError> {
    let shown = place.display().to_string();
    let axes: Vec<Vec<Choice>> =
        file.axes.iter().enumerate().map(|(i, axis)| axis.choices(&format!("{shown}: axes[{i}]"))).collect::<Result<_, _>>()?;
    let count = axes.iter().try_fold(file.seeds.len(), |n, axis| n.checked_mul(axis.len())).unwrap_or(usize::MAX);
    if count > MOST {
        let message = format!("expected at most {MOST} runs, found {count}");
        return Err(TrainError::Config { place: shown, message });
    }
    let mut chosen: Vec<Vec<&Choice>> = vec![Vec::new()];
    for axis in &axes {
        chosen = chosen.iter().flat_map(|c| axis.iter().map(|choice| [&c[..], &[choice]].concat())).collect();
    }
    let mut cells = Vec::new();
    let mut configs = Vec::new();
    for choices in chosen {
        let own = choices.iter().flat_map(|c| c.overrides.iter().cloned());
        let all: Vec<String> = overrides(&file.settings).into_iter().chain(own).collect();
        let labels: Vec<String> = choices.iter().map(|c| c.label.clone()).collect();
        let config = match (&file.preset, &file.config) {
            (Some(preset), _) => Config::preset_with(preset, &all),
            (_, Some(beside)) => Config::from_file(&place.parent().unwrap_or(Path::new(".")).join(beside), &all),
            (None, None) => Ok(Config::preset_with(crate::config::PRESETS[0].name, &all)?),
        };
        configs.push(config.map_err(|e| within(e, &shown, &labels))?);
        cells.push(Cell { labels });
    }
    Ok((cells, configs))
}

/// Says which combination a fault belongs to.
pub(super) fn within(fault: TrainError, file: &str, labels: &[String]) -> TrainError {
    match fault {
        TrainError::Config { place, message } => {
            let at = if labels.is_empty() { String::new() } else { format!(" ({})", labels.join(", ")) };
            TrainError::Config { place: format!("{file}{at}: {place}"), message }
        }
        other => other,
    }
}

/// The runs, seed by seed, so that an early look compares like with like.
pub(super) fn runs(cells: &[Cell], configs: &[Config], seeds: &[u64]) -> Vec<Run> {
    let of_seed = |&seed: &u64| {
        cells.iter().zip(configs).enumerate().map(move |(i, (cell, config))| {
            let mut config = config.clone();
            config.seed = seed;
            let name = if cell.labels.is_empty() { "runs".to_owned() } else { slug(&cell.labels.join("-")) };
            // labels that differ in signs only must not share a folder
            let twin = cells[..i].iter().filter(|c| slug(&c.labels.join("-")) == name).count();
            let name = if twin > 0 { format!("{name}-{}", twin + 1) } else { name };
            Run { cell: i, seed, config, folder: format!("{name}/seed-{seed}") }
        })
    };
    seeds.iter().flat_map(of_seed).collect()
}

/// Letters, digits and hyphens of a text.
fn slug(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' }).collect();
    let parts: Vec<&str> = plain.split('-').filter(|p| !p.is_empty() && *p != "." && *p != "..").collect();
    if parts.is_empty() { "cell".to_owned() } else { parts.join("-").chars().take(100).collect() }
}
