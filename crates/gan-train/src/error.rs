//! What can go wrong in a run.

use std::path::{Path, PathBuf};

use gan_core::CoreError;
use gan_core::theory::TheoryError;
use gan_datasets::DatasetError;
use gan_layers::LayerError;
use gan_metrics::MetricError;
use gan_tensor::TensorError;

use crate::checkpoint::CheckpointError;
use crate::feature_net::FeatureNetError;
use crate::guard::Divergence;
use crate::picture::PictureError;

/// Faults of configurations, runs and training.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A configuration that cannot be read or does not make sense.
    #[error("{place}: {message}")]
    Config {
        /// The file, preset or option.
        place: String,
        /// What was expected and found.
        message: String,
    },
    /// A preset that does not exist.
    #[error("there is no preset `{found}`{}; known: {known}", .meant.as_ref().map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default())]
    UnknownPreset {
        /// The name found.
        found: String,
        /// The nearest name.
        meant: Option<String>,
        /// All names.
        known: String,
    },
    /// Data of unknown density where theory needs one.
    #[error(
        "the density of `{set}` (samples of shape {shape:?}) is not known: theory has numbers for drawn sets of 1 or 2 coordinates such as gaussian, ring and grid"
    )]
    NoDensity {
        /// The data set.
        set: String,
        /// Shape of its samples.
        shape: Vec<usize>,
    },
    /// A critic where theory compares D with D*.
    #[error(
        "D of the objective `{objective}` is no probability, so there is no D* to compare it with: take minimax or non_saturating"
    )]
    NoProbability {
        /// The objective.
        objective: String,
    },
    /// A run's folder that has something in it.
    #[error("{} exists already and is not empty: choose another --out, or continue it with `gan resume {}`", .path.display(), .path.display())]
    RunExists {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that is not a run.
    #[error("{} is not a run: {reason}", .path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        reason: String,
    },
    /// A run's `data.json` that makes no sense.
    #[error("{}: {message}; delete the file and open the run with its data", .path.display())]
    DataFacts {
        /// The file.
        path: PathBuf,
        /// What was expected and found.
        message: String,
    },
    /// A file that cannot be read or written.
    #[error("{what} {}: {source}", .path.display())]
    File {
        /// What was attempted.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: std::io::Error,
    },
    /// Training left the finite numbers, or is on its way.
    #[error("{0}")]
    Diverged(Box<Divergence>),
    /// A fault of a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A fault of a feature net.
    #[error(transparent)]
    FeatureNet(Box<FeatureNetError>),
    /// A fault of the data.
    #[error(transparent)]
    Data(#[from] DatasetError),
    /// A fault of the game.
    #[error(transparent)]
    Core(Box<CoreError>),
    /// A fault of a network.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// A fault of a graph.
    #[error(transparent)]
    Tensor(#[from] TensorError),
    /// A fault of a number of theory.
    #[error(transparent)]
    Theory(#[from] TheoryError),
    /// A fault of a metric.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A fault of a picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
}

// boxed: results are returned at every step, and these two are twice as large as the others
impl From<FeatureNetError> for TrainError {
    fn from(fault: FeatureNetError) -> Self {
        TrainError::FeatureNet(Box::new(fault))
    }
}

impl From<CoreError> for TrainError {
    fn from(fault: CoreError) -> Self {
        TrainError::Core(Box::new(fault))
    }
}

impl TrainError {
    /// A fault of a file.
    pub(crate) fn file(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> TrainError {
        let path = path.to_owned();
        move |source| TrainError::File { what, path, source }
    }
}
