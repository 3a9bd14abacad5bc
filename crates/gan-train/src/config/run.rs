//! What the configurations of all tasks have in common, so that sessions, trainers, checkpoints and observers are written once.

use std::path::Path;

use gan_datasets::Dataset;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CheckpointConfig, Config, DataConfig, MetricsConfig, Preset, TrainConfig, load, presets};
use crate::observers::{self, ObserverEntry};
use crate::{Adversarial, Task, TrainError};

/// A configuration from which something is trained: [`Config`] describes a game, [`ClassifierConfig`](crate::ClassifierConfig) a
/// classifier.
pub trait RunConfig: Clone + Serialize + DeserializeOwned + Send + 'static {
    /// What is trained.
    type Task: Task;

    /// Which kind it is.
    const KIND: Kind;

    /// The presets of its kind; the first is the default.
    const PRESETS: &'static [Preset];

    /// Who may watch its runs, in the order in which they are told.
    const OBSERVERS: &'static [ObserverEntry<Self>];

    /// What a configuration cannot do without, for one that does.
    const COMPLETE: &'static str;

    /// The parts that every task has.
    fn shared(&self) -> Shared<'_>;

    /// The same, to be changed.
    fn shared_mut(&mut self) -> SharedMut<'_>;

    /// Checks ranges and the parts that refer to each other.
    ///
    /// # Errors
    /// The first value that does not make sense, with its place.
    fn check(&self) -> Result<(), TrainError>;

    /// Checks that the data have what the configuration asks of them.
    ///
    /// # Errors
    /// What they lack, with the place that asks for it.
    fn check_data(&self, data: &dyn Dataset) -> Result<(), TrainError>;

    /// Builds what is trained, for a data set.
    ///
    /// # Errors
    /// What is wrong in the configuration, with its place, or does not fit the data.
    fn task(&self, data: &dyn Dataset) -> Result<Self::Task, TrainError>;

    /// The first difference to `other` that makes a different model, if there is one: a resumed run may change how it is
    /// observed, for how long and on how many threads, nothing else.
    fn differs_from(&self, other: &Self) -> Option<&'static str>;

    /// The metric that chooses the best checkpoint.
    fn best(&self) -> Option<&str>;

    /// Batches of data that a step takes.
    fn batches_per_step(&self) -> u64 {
        1
    }

    /// The preset of that name with overrides `key.path=value`.
    ///
    /// # Errors
    /// There is no such preset, or an override does not fit.
    fn preset_with(name: &str, overrides: &[String]) -> Result<Self, TrainError> {
        load::preset_with(name, overrides)
    }

    /// Reads a file, with overrides `key.path=value`.
    ///
    /// # Errors
    /// It cannot be read or does not make sense.
    fn from_file(path: &Path, overrides: &[String]) -> Result<Self, TrainError> {
        load::from_file(path, overrides)
    }

    /// As TOML, every default written out.
    ///
    /// # Errors
    /// A path that is not Unicode.
    fn to_toml(&self) -> Result<String, TrainError> {
        load::to_toml(self)
    }
}

/// The parts that every task has.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// Name of the preset, or of the user's own.
    pub name: &'a str,
    /// Everything random follows from it.
    pub seed: u64,
    /// The data.
    pub data: &'a DataConfig,
    /// How long, how many at a time.
    pub train: &'a TrainConfig,
    /// The log.
    pub metrics: &'a MetricsConfig,
    /// Checkpoints.
    pub checkpoint: &'a CheckpointConfig,
}

/// Of the parts that every task has those that a command line changes.
#[derive(Debug)]
pub struct SharedMut<'a> {
    /// Everything random follows from it.
    pub seed: &'a mut u64,
    /// The data.
    pub data: &'a mut DataConfig,
    /// How long, how many at a time.
    pub train: &'a mut TrainConfig,
}

impl RunConfig for Config {
    type Task = Adversarial;
    const KIND: Kind = Kind::Game;
    const PRESETS: &'static [Preset] = presets::ALL;
    const OBSERVERS: &'static [ObserverEntry] = observers::ALL;
    const COMPLETE: &'static str = "a configuration needs [data] name, [train], [generator] latent, optimizer and layers, and \
        [discriminator] optimizer and layers; `gan train PRESET --steps 1 --out x` writes a complete one to x/config.toml";

    fn shared(&self) -> Shared<'_> {
        let Config { name, seed, data, train, metrics, checkpoint, .. } = self;
        Shared { name, seed: *seed, data, train, metrics, checkpoint }
    }
    fn shared_mut(&mut self) -> SharedMut<'_> {
        SharedMut { seed: &mut self.seed, data: &mut self.data, train: &mut self.train }
    }
    fn check(&self) -> Result<(), TrainError> {
        Config::check(self)
    }
    fn check_data(&self, data: &dyn Dataset) -> Result<(), TrainError> {
        self.check_metrics(data)
    }
    fn task(&self, data: &dyn Dataset) -> Result<Adversarial, TrainError> {
        Adversarial::new(self, data)
    }
    fn differs_from(&self, other: &Config) -> Option<&'static str> {
        Config::differs_from(self, other)
    }
    fn best(&self) -> Option<&str> {
        self.evaluate.best.as_deref()
    }
    fn batches_per_step(&self) -> u64 {
        self.game.k.max(1) as u64
    }
}

/// What kind of run a configuration file describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A game: [`Config`].
    Game,
    /// A classifier: [`ClassifierConfig`](crate::ClassifierConfig).
    Classifier,
}

impl Kind {
    /// A look at a file; one that cannot be read counts as a game's, and reading it as such says what is wrong.
    pub fn of(path: &Path) -> Kind {
        let table = load::read_text(path).ok().and_then(|text| toml::from_str::<toml::Table>(&text).ok());
        if table.is_some_and(|t| Kind::of_table(&t) == Some(Kind::Classifier)) { Kind::Classifier } else { Kind::Game }
    }

    /// The kind whose parts a configuration has.
    pub(super) fn of_table(table: &toml::Table) -> Option<Kind> {
        let has = |key| table.contains_key(key);
        match (has("classifier"), has("generator") || has("discriminator")) {
            (true, false) => Some(Kind::Classifier),
            (false, true) => Some(Kind::Game),
            _ => None,
        }
    }

    /// What it is called, and the command that takes it.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Kind::Game => ("a game", "gan train --config FILE"),
            Kind::Classifier => ("a classifier", "gan train-classifier FILE"),
        }
    }
}
