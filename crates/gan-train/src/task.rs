//! What is trained: the trainer knows steps, samples and stores, not games.

use gan_datasets::Loader;
use gan_layers::{ParamStore, Weights};
use gan_tensor::{NonFinite, Pool};

use crate::{StepReport, TrainError};

/// Something that learns from batches of data, step by step. The adversarial pair is one; a classifier is another.
pub trait Task: Send {
    /// One step: takes its batches from `data` and updates its parameters.
    ///
    /// # Errors
    /// A fault of the data or the plan. A loss that is not finite is no error here: the guard judges reports.
    fn step(&mut self, data: &mut Loader, pool: &mut Pool) -> Result<StepReport, TrainError>;

    /// The next step, evaluated operation by operation: the first result that is not finite. Phases before the failing one
    /// are made, so the task has gone into that step then and is of no further use.
    ///
    /// # Errors
    /// A fault of the data or the trace.
    fn find_fault(&mut self, data: &mut Loader, pool: &mut Pool) -> Result<Option<Fault>, TrainError>;

    /// `n` samples, row-major, sample `i` depending on `seed` and `i` alone.
    ///
    /// # Errors
    /// A fault of the network.
    fn samples(&mut self, n: usize, seed: u64, weights: Weights, pool: &mut Pool) -> Result<Vec<f32>, TrainError>;

    /// Its parameter stores by name.
    fn stores(&self) -> Vec<(&'static str, &ParamStore)>;

    /// Its parameter stores by name, to be restored.
    fn stores_mut(&mut self) -> Vec<(&'static str, &mut ParamStore)>;

    /// Its counters (steps, draws of random numbers, updates), saved by checkpoints.
    fn counters(&self) -> Vec<u64>;

    /// Restores the counters; `false` if they are not this task's.
    fn restore_counters(&mut self, counters: &[u64]) -> bool;
}

/// Where a step first leaves the finite numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The phase of the step.
    pub phase: &'static str,
    /// The operation and the layer.
    pub at: NonFinite,
}
