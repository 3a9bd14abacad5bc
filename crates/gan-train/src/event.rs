//! What observers are told.

use std::path::PathBuf;
use std::time::Duration;

use gan_metrics::Score;
use serde::Serialize;

use crate::Divergence;

/// What one phase of a step came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PhaseReport {
    /// The phase: `discriminator`, `generator`.
    pub phase: &'static str,
    /// The player's loss.
    pub loss: f64,
    /// Sum of the squared changes of its weights.
    pub squared_change: f64,
}

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepReport {
    /// Steps made so far, this one included.
    pub step: u64,
    /// Passes over the data made so far.
    pub epoch: f64,
    /// Its phases in order.
    pub phases: Vec<PhaseReport>,
    /// Named numbers for logs: `d_real`, `d_fake`, `value`, learning rates.
    pub numbers: Vec<(&'static str, f64)>,
}

impl StepReport {
    /// One of the named numbers.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.numbers.iter().find(|(n, _)| *n == name).map(|(_, x)| *x)
    }

    /// The loss of a phase.
    pub fn loss(&self, phase: &str) -> Option<f64> {
        self.phases.iter().find(|p| p.phase == phase).map(|p| p.loss)
    }
}

/// What happens in a run.
#[derive(Clone, Debug)]
pub enum Event {
    /// Training starts, or goes on, after `step` steps; `total` is the step at which it will end, where that is known.
    Started {
        /// Steps made before.
        step: u64,
        /// Steps in all, where the length is not a time.
        total: Option<u64>,
        /// Time after which it ends, where there is a limit.
        limit: Option<Duration>,
    },
    /// A step was made.
    Step(StepReport),
    /// Metrics were measured after `step` steps.
    Evaluated {
        /// Steps made so far.
        step: u64,
        /// The scores.
        scores: Vec<Score>,
    },
    /// A checkpoint was written.
    Saved {
        /// Steps made so far.
        step: u64,
        /// Its folder.
        path: PathBuf,
    },
    /// Training diverged: nothing is saved, and the last checkpoint is about to be replayed to find where it began.
    Diverged(Divergence),
    /// Training ended in good order (or was interrupted) after `step` steps.
    Finished {
        /// Steps made.
        step: u64,
        /// Time spent training, over all sessions of the run.
        elapsed: Duration,
        /// Why: `done`, `interrupted`, `stopped: ...`.
        why: String,
    },
}

/// What an observer wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// End the run, for this reason.
    Stop(String),
    /// Save now.
    CheckpointNow,
}
