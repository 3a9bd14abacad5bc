//! A grid of settings times seeds: the same game trained in many ways, and a table of what came of it.

mod cells;
mod file;
mod picture;
mod results;
mod runs;

pub use cells::{Cell, Run};
pub use results::{Finished, Results};
pub use runs::{Options, Progress};

use std::path::Path;

use crate::{Config, TrainError};

/// What a sweep's file says, checked: every configuration of it can be trained.
///
/// ```
/// use gan_train::Sweep;
/// let text = r#"
///     name = "losses"
///     preset = "ring"
///     seeds = [1, 2, 3]
///     settings = { "train.steps" = 500, "evaluate.every_steps" = 500 }
///     [[axes]]
///     key = "game.objective"
///     values = ["minimax", "non_saturating"]
///     [[axes]]
///     name = "penalties"
///     values = [
///         { label = "none", set = { "game.penalties" = [] } },
///         { label = "R1", set = { "game.penalties" = ["r1"] } },
///     ]
/// "#;
/// let sweep = Sweep::from_toml(text, "losses.toml".as_ref())?;
/// assert_eq!((sweep.cells.len(), sweep.runs.len()), (4, 12));
/// assert_eq!(sweep.cells[1].labels, ["minimax", "R1"]);
/// # Ok::<(), gan_train::TrainError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sweep {
    /// What it is called.
    pub name: String,
    /// What is varied, the names of the columns.
    pub axes: Vec<String>,
    /// The combinations, the last axis the fastest.
    pub cells: Vec<Cell>,
    /// The runs, seed by seed: the first seed of every combination comes before the second of any.
    pub runs: Vec<Run>,
    /// The metrics that the table shows.
    pub metrics: Vec<String>,
    /// The file as it was read.
    text: String,
}

impl Sweep {
    /// Reads a sweep from a file.
    ///
    /// # Errors
    /// It cannot be read, has unknown keys, or one of its configurations makes no sense.
    pub fn from_file(path: &Path) -> Result<Sweep, TrainError> {
        Sweep::from_toml(&crate::config::read_text(path)?, path)
    }

    /// Reads a text that stands in the file `place`; configurations that it names lie beside that file.
    ///
    /// # Errors
    /// As [`from_file`](Sweep::from_file).
    pub fn from_toml(text: &str, place: &Path) -> Result<Sweep, TrainError> {
        let file = file::File::parse(text, &place.display().to_string())?;
        let (cells, configs) = cells::cells(&file, place)?;
        let axes = file.axes.iter().map(file::Axis::title).collect();
        let metrics = metrics(&file, &configs, &place.display().to_string())?;
        let runs = cells::runs(&cells, &configs, &file.seeds);
        Ok(Sweep { name: file.name, axes, cells, runs, metrics, text: text.to_owned() })
    }
}

/// The metrics of the table: those asked for, else all that the runs measure.
fn metrics(file: &file::File, configs: &[Config], place: &str) -> Result<Vec<String>, TrainError> {
    let fault = |message: String| Err(TrainError::Config { place: place.to_owned(), message });
    let Some(first) = configs.first() else { return fault("a sweep needs at least one value on each axis".to_owned()) };
    for config in configs {
        if config.evaluate.every_steps == 0 || config.evaluate.metrics.is_empty() {
            return fault("the runs measure nothing: set evaluate.every_steps and evaluate.metrics in `settings`".to_owned());
        }
        if let Some(missing) = file.metrics.iter().find(|m| !config.evaluate.metrics.contains(m)) {
            let known = config.evaluate.metrics.join(", ");
            return fault(format!("metrics: the runs do not measure `{missing}`; evaluate.metrics has {known}"));
        }
    }
    Ok(if file.metrics.is_empty() { first.evaluate.metrics.clone() } else { file.metrics.clone() })
}
