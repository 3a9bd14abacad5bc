//! What a classifier's run is: everything that decides its result, in one TOML file.

use gan_datasets::{Dataset, Split};
use gan_layers::Spec;
use serde::{Deserialize, Serialize};

use super::{Classifier, presets};
use crate::TrainError;
use crate::config::{CheckpointConfig, DataConfig, Kind, MetricsConfig, Preset, RunConfig, Shared, SharedMut, TrainConfig};
use crate::observers::{self, ObserverEntry};

/// A classifier's configuration. Unknown keys are refused; every default is written out in the run's `config.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierConfig {
    /// Name of the preset, or of the user's own.
    #[serde(default = "default_name")]
    pub name: String,
    /// Everything random follows from it.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// The labelled samples.
    pub data: DataConfig,
    /// How long, how many at a time.
    pub train: TrainConfig,
    /// The network and how it learns.
    pub classifier: ClassifierPart,
    /// The log.
    #[serde(default)]
    pub metrics: MetricsConfig,
    /// Scores on samples that are not trained on.
    #[serde(default)]
    pub evaluate: HeldOutConfig,
    /// Checkpoints.
    #[serde(default)]
    pub checkpoint: CheckpointConfig,
}

fn default_name() -> String {
    "classifier".to_owned()
}

fn default_seed() -> u64 {
    1
}

/// The network; its last layer yields a logit for each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierPart {
    /// Share of the target that is spread evenly over all classes (Szegedy et al. 2016, section 7).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub label_smoothing: f64,
    /// What it is shown of a sample in training: `gan list views`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<Spec>,
    /// Decay of the moving average of the weights, which is what is used; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<f64>,
    /// Bound on the L2 norm of all gradients together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Its optimiser.
    pub optimizer: Spec,
    /// Its layers.
    pub layers: Vec<Spec>,
}

fn is_zero(x: &f64) -> bool {
    *x == 0.0
}

/// Accuracy on samples that are not trained on: it chooses the best checkpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeldOutConfig {
    /// Steps between evaluations; 0 for none.
    pub every_steps: u64,
    /// The split that is held out.
    pub split: String,
    /// Use only so many of its samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// Stop after so many evaluations without a new best; 0 for never.
    pub patience: u32,
}

impl Default for HeldOutConfig {
    fn default() -> Self {
        Self { every_steps: 500, split: "validation".to_owned(), count: None, patience: 0 }
    }
}

impl HeldOutConfig {
    /// The split.
    ///
    /// # Errors
    /// A name that is none.
    pub fn split(&self) -> Result<Split, TrainError> {
        self.split.parse().map_err(|e| fault("evaluate.split", format!("{e}")))
    }
}

fn fault(place: &str, message: String) -> TrainError {
    TrainError::Config { place: place.to_owned(), message }
}

impl ClassifierConfig {
    /// The preset of that name.
    ///
    /// # Errors
    /// There is none; the nearest name is suggested.
    pub fn preset(name: &str) -> Result<ClassifierConfig, TrainError> {
        ClassifierConfig::preset_with(name, &[])
    }
}

impl RunConfig for ClassifierConfig {
    type Task = Classifier;
    const KIND: Kind = Kind::Classifier;
    const PRESETS: &'static [Preset] = presets::ALL;
    const OBSERVERS: &'static [ObserverEntry<Self>] = observers::CLASSIFIER;
    const COMPLETE: &'static str = "a classifier's configuration needs [data] name, [train], and [classifier] optimizer and layers; \
        `gan train-classifier PRESET --steps 1 --out x` writes a complete one to x/config.toml";

    fn shared(&self) -> Shared<'_> {
        let ClassifierConfig { name, seed, data, train, metrics, checkpoint, .. } = self;
        Shared { name, seed: *seed, data, train, metrics, checkpoint }
    }

    fn shared_mut(&mut self) -> SharedMut<'_> {
        SharedMut { seed: &mut self.seed, data: &mut self.data, train: &mut self.train }
    }

    fn check(&self) -> Result<(), TrainError> {
        self.shared().check()?;
        let c = &self.classifier;
        if !(0.0..1.0).contains(&c.label_smoothing) {
            let message = format!("expected a share from 0 up to, but not including, 1, found {}", c.label_smoothing);
            return Err(fault("classifier.label_smoothing", message));
        }
        if let Some(d) = c.average.filter(|d| !(0.0..1.0).contains(d)) {
            let message = format!("expected a decay from 0 up to, but not including, 1, found {d}");
            return Err(fault("classifier.average", message));
        }
        if let Some(x) = c.clip_norm.filter(|x| !(*x > 0.0 && x.is_finite())) {
            return Err(fault("classifier.clip_norm", format!("expected a number greater than 0, found {x}")));
        }
        if c.layers.is_empty() {
            return Err(fault("classifier.layers", "a network needs at least one layer".to_owned()));
        }
        if let Some(i) = c.views.iter().position(|v| v.kind == "adaptive") {
            let message = "`adaptive` learns from what D says of the data, and there is no D: take fixed views".to_owned();
            return Err(fault(&format!("classifier.views[{i}]"), message));
        }
        self.evaluate.split().map(drop)
    }

    fn check_data(&self, data: &dyn Dataset) -> Result<(), TrainError> {
        match data.classes() {
            Some(classes) if classes > 1 => Ok(()),
            found => {
                let (set, n) = (&data.provenance().name, found.unwrap_or(0));
                let message = format!("a classifier needs labelled samples of at least 2 classes; `{set}` has {n} classes");
                Err(fault("data", message))
            }
        }
    }

    fn task(&self, data: &dyn Dataset) -> Result<Classifier, TrainError> {
        Classifier::new(self, data)
    }

    fn differs_from(&self, other: &Self) -> Option<&'static str> {
        let same = |a: bool, name| (!a).then_some(name);
        self.shared().differs_from(&other.shared()).or(same(self.classifier == other.classifier, "classifier"))
    }

    fn best(&self) -> Option<&str> {
        (self.evaluate.every_steps > 0).then_some("accuracy")
    }
}
