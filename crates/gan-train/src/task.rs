//! What is trained: the trainer knows steps, samples and stores, not games.

use gan_datasets::Loader;
use gan_layers::ParamStore;
use gan_tensor::{NonFinite, Plan, Pool};

use crate::{PhaseProfile, StepReport, TrainError};

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

    /// Its parameter stores by name.
    fn stores(&self) -> Vec<(&'static str, &ParamStore)>;

    /// Its parameter stores by name, to be restored.
    fn stores_mut(&mut self) -> Vec<(&'static str, &mut ParamStore)>;

    /// Its counters (steps, draws of random numbers, updates), saved by checkpoints.
    fn counters(&self) -> Vec<u64>;

    /// Restores the counters; `false` if they are not this task's.
    fn restore_counters(&mut self, counters: &[u64]) -> bool;

    /// The compiled plans of a step by phase: for listings, profiles and benchmarks.
    fn plans(&self) -> Vec<(&'static str, &Plan<f32>)>;

    /// The same, to be timed.
    fn plans_mut(&mut self) -> Vec<&mut Plan<f32>>;

    /// Times every operation of the steps from now on.
    fn start_profile(&mut self) {
        self.plans_mut().into_iter().for_each(Plan::start_profile);
    }

    /// What the operations cost since [`start_profile`](Task::start_profile), phase by phase; empty if it was not called.
    fn profile(&self) -> Vec<PhaseProfile> {
        self.plans().into_iter().filter_map(|(phase, plan)| Some(PhaseProfile::new(phase, plan.profile()?))).collect()
    }

    /// Number of trainable values of all networks.
    fn trainable_len(&self) -> usize {
        self.stores().iter().map(|(_, store)| store.trainable_len()).sum()
    }
}

/// Where a step first leaves the finite numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The phase of the step.
    pub phase: &'static str,
    /// The operation and the layer.
    pub at: NonFinite,
}

impl Fault {
    /// A fault of a task: `parameter 3 of store 1` becomes the parameter's name.
    pub(crate) fn new(phase: &'static str, mut at: NonFinite, task: &dyn Task) -> Fault {
        let all = task.stores();
        let named = all.iter().enumerate().flat_map(|(position, (network, store))| {
            let specs = store.specs().enumerate();
            specs.map(move |(slot, spec)| {
                (format!("parameter {slot} of store {position}"), format!("parameter {network}.{}", spec.name))
            })
        });
        if let Some((_, name)) = named.into_iter().find(|(numbers, _)| *numbers == at.op) {
            at.op = name;
        }
        Fault { phase, at }
    }
}
