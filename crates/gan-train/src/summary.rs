//! What remains of a run in one small file.

use serde::{Deserialize, Serialize};

/// The contents of `summary.json`.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Summary {
    /// Name of the preset or configuration.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// Seed.
    pub seed: u64,
    /// How it ended: `done`, `interrupted`, `stopped: ...`, `diverged: ...`.
    pub ended: String,
    /// Steps made.
    pub steps: u64,
    /// Passes over the data.
    pub epochs: f64,
    /// Seconds spent training, over all sessions.
    pub seconds: f64,
    /// Threads of the last session.
    pub threads: usize,
    /// Instruction set of the last session.
    pub isa: String,
    /// The data: name, split, count.
    pub data: String,
    /// Trainable values of both players.
    pub parameters: usize,
    /// Means over the last steps: losses, D on data and fakes, the value.
    pub last: std::collections::BTreeMap<String, f64>,
    /// The last evaluation: metric and value.
    pub scores: std::collections::BTreeMap<String, f64>,
    /// Pictures that were left out because an earlier one was still being drawn, in this session.
    #[serde(default)]
    pub dropped_frames: u64,
    /// Step of the best checkpoint, where a metric chooses it.
    pub best: Option<u64>,
}
