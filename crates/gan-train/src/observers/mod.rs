//! What watches a run, one file each. A new observer is a file here and a line in [`ALL`].

mod accuracy;
mod best;
mod checkpoint;
mod console;
mod evaluate;
mod log;
mod pictures;

use crate::{ClassifierConfig, Config, Event, Flow, RunConfig, RunFolder, Session, TrainError};

/// Watches a run and may ask it to save or stop.
pub trait Observer<C: RunConfig = Config> {
    /// Something happened.
    ///
    /// # Errors
    /// What ends the run: a disk that is full, for example.
    fn on(&mut self, event: &Event, view: &mut View<'_, C>) -> Result<Flow, TrainError>;
}

/// What an observer may look at.
pub struct View<'a, C: RunConfig = Config> {
    /// The model and its data. Sampling from it does not change training.
    pub session: &'a mut Session<C>,
    /// The run's folder.
    pub run: &'a RunFolder,
    /// The best value so far of the metric that chooses the best checkpoint, and its step.
    pub best: Option<(f64, u64)>,
    /// Pictures that were not drawn because the one before was still being drawn.
    pub dropped_frames: u64,
    /// Events that the observer wants the others to be told.
    pub raised: Vec<Event>,
}

/// An observer, where the configuration wants it.
pub type Wanted<C> = Option<Box<dyn Observer<C>>>;

/// An observer as the registry lists it.
pub struct ObserverEntry<C: RunConfig = Config> {
    /// Its name.
    pub name: &'static str,
    /// One line on what it does.
    pub doc: &'static str,
    /// Builds it; `None` where the configuration does not want it.
    pub build: fn(&C, &Options) -> Wanted<C>,
}

/// What observers are built with, besides the configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Print nothing.
    pub quiet: bool,
    /// Print events as JSON lines instead of a progress bar.
    pub json: bool,
}

/// Every observer of a game, in the order in which they are told: scores before checkpoints, so that a new best is saved.
pub const ALL: &[ObserverEntry] = &[console::GAME, log::entry(), pictures::ENTRY, evaluate::ENTRY, checkpoint::entry()];

/// Every observer of a classifier.
pub const CLASSIFIER: &[ObserverEntry<ClassifierConfig>] =
    &[console::CLASSIFIER, log::entry(), accuracy::ENTRY, checkpoint::entry()];

/// The observers that a configuration wants.
pub fn build<C: RunConfig>(config: &C, options: &Options) -> Vec<Box<dyn Observer<C>>> {
    C::OBSERVERS.iter().filter_map(|e| (e.build)(config, options)).collect()
}
