//! What a run is: everything that decides its result, in one TOML file.

mod check;
mod load;
mod presets;
mod run;

pub(crate) use load::{explain, read_text};
pub(crate) use presets::presets;
pub use presets::{ALL as PRESETS, Preset};
pub use run::{Kind, RunConfig, Shared, SharedMut};

use std::path::PathBuf;

use gan_datasets::Split;
use gan_layers::optim::Average;
use gan_layers::{Fields, Spec, Value};
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// A run's configuration. Unknown keys are refused; every default is written out in the run's `config.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the preset, or of the user's own.
    #[serde(default = "default_name")]
    pub name: String,
    /// Everything random follows from it.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// What is imitated.
    pub data: DataConfig,
    /// How long, how many at a time.
    pub train: TrainConfig,
    /// What the players want.
    #[serde(default)]
    pub game: GameConfig,
    /// The generator.
    pub generator: GeneratorConfig,
    /// The discriminator.
    pub discriminator: DiscriminatorConfig,
    /// Pictures during training.
    #[serde(default)]
    pub samples: SamplesConfig,
    /// The log.
    #[serde(default)]
    pub metrics: MetricsConfig,
    /// Scores during training.
    #[serde(default)]
    pub evaluate: EvaluateConfig,
    /// Checkpoints.
    #[serde(default)]
    pub checkpoint: CheckpointConfig,
}

fn default_name() -> String {
    "custom".to_owned()
}

fn default_seed() -> u64 {
    1
}

/// The data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Its name: `gan list datasets`.
    pub name: String,
    /// Where its files are, if it needs any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
    /// `train`, `validation`, `test` or `all`.
    #[serde(default = "default_split")]
    pub split: String,
    /// Use only so many samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
    /// Rows and columns of background on each side of its pictures.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub pad: usize,
    /// Mirror half of the pictures, left for right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flip: bool,
    /// Normalise the contrast of each sample: mean 0, norm 55.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gcn: bool,
    /// The fold, from 0, of a set that has folds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fold: usize,
    /// The side of the squares that a folder's pictures are brought to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// Whether a folder's pictures are brought to one channel.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub grey: bool,
    /// The rate that sounds are brought to, in samples a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// The number of samples that sounds are cut or filled up to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

fn default_split() -> String {
    "train".to_owned()
}

impl DataConfig {
    /// The split.
    ///
    /// # Errors
    /// A name that is none.
    pub fn split(&self) -> Result<Split, TrainError> {
        self.split.parse().map_err(|e| TrainError::Config { place: "data.split".to_owned(), message: format!("{e}") })
    }

    /// Whether a part of the data is kept from training.
    pub(crate) fn keeps_some(&self) -> bool {
        matches!(self.split(), Ok(Split::Train | Split::Validation))
    }
}

/// Length and batch. Of several lengths the first that is reached ends the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Examples of a step.
    #[serde(default = "default_batch")]
    pub batch: usize,
    /// Steps to make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// Passes over the data to make.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epochs: Option<f64>,
    /// Minutes to train.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<f64>,
    /// Threads; all cores if absent. Results do not depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
}

fn default_batch() -> usize {
    100
}

/// When the players move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum UpdateOrder {
    /// Algorithm 1 of the paper: k steps of D, then one of G on fresh noise.
    #[default]
    Alternating,
    /// Both at once from one forward pass, as in the published code.
    Simultaneous,
}

/// The rules of the game.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GameConfig {
    /// What the players want: `gan list objectives`.
    #[serde(default = "default_objective")]
    pub objective: Spec,
    /// When they move.
    #[serde(default)]
    pub updates: UpdateOrder,
    /// Steps of D for one of G.
    #[serde(default = "one")]
    pub k: usize,
    /// Steps of D that G looks ahead (unrolled GANs).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unroll: usize,
    /// Terms added to D's loss.
    #[serde(default)]
    pub penalties: Vec<Spec>,
}

fn default_objective() -> Spec {
    Spec::new("non_saturating")
}

fn one() -> usize {
    1
}

fn is_one(n: &usize) -> bool {
    *n == 1
}

impl Default for GameConfig {
    fn default() -> Self {
        Self { objective: default_objective(), updates: UpdateOrder::default(), k: 1, unroll: 0, penalties: Vec::new() }
    }
}

/// Where the bias of G's last layer starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum OutputBias {
    /// Where the layer's `bias_init` says.
    #[default]
    Layer,
    /// At the logit of the data's mean, so that G starts at the mean picture.
    DataLogit,
}

/// The generator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorConfig {
    /// Values of a latent vector.
    pub latent: usize,
    /// Their distribution.
    #[serde(default = "default_prior")]
    pub prior: Spec,
    /// Where its output bias starts.
    #[serde(default)]
    pub output_bias: OutputBias,
    /// The moving average of the weights: its decay, a schedule of decays or `{ half_life = .. }`; none if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub average: Option<Value>,
    /// Bound on the L2 norm of all gradients together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Bound on each component of a gradient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_value: Option<f64>,
    /// Its optimiser.
    pub optimizer: Spec,
    /// Its layers.
    pub layers: Vec<Spec>,
}

impl Config {
    /// The moving average of the generator's weights.
    ///
    /// # Errors
    /// What is wrong in its description.
    pub fn average(&self) -> Result<Option<Average>, TrainError> {
        let Some(value) = &self.generator.average else { return Ok(None) };
        let spec = Spec::new("generator").with("average", value.clone());
        Ok(Average::from_fields(&Fields::new(&spec, "generator"), "average", self.train.batch)?)
    }
}

fn default_prior() -> Spec {
    Spec::new("uniform")
}

/// The discriminator; its last layer yields the logit of D(x).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DiscriminatorConfig {
    /// What it is shown of a sample: `gan list views`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub views: Vec<Spec>,
    /// Samples that it judges at once (PacGAN).
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub packing: usize,
    /// Bound on the L2 norm of all gradients together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
    /// Bound on each component of a gradient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_value: Option<f64>,
    /// Bound on each weight, kept after each update (Wasserstein GAN).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_clip: Option<f64>,
    /// Its optimiser.
    pub optimizer: Spec,
    /// Its layers.
    pub layers: Vec<Spec>,
}

/// Pictures of samples from fixed latent vectors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SamplesConfig {
    /// Steps between pictures; 0 for none but the last.
    pub every_steps: u64,
    /// Samples of a picture.
    pub count: usize,
    /// Columns of a grid.
    pub columns: usize,
}

impl Default for SamplesConfig {
    fn default() -> Self {
        Self { every_steps: 500, count: 64, columns: 8 }
    }
}

/// The log `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetricsConfig {
    /// Steps between lines.
    pub every_steps: u64,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self { every_steps: 10 }
    }
}

/// Scores during training, the best checkpoint and early stopping.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvaluateConfig {
    /// Steps between evaluations; 0 for none.
    pub every_steps: u64,
    /// Samples drawn for each.
    pub samples: usize,
    /// The metrics: `gan list metrics`.
    pub metrics: Vec<String>,
    /// The classifier whose verdicts and features they use: `digits`, or the folder of a run of `gan train-classifier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classifier: Option<PathBuf>,
    /// The metric that chooses the best checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<String>,
    /// Stop after so many evaluations without a new best; 0 for never.
    pub patience: u32,
}

impl Default for EvaluateConfig {
    fn default() -> Self {
        Self { every_steps: 0, samples: 2500, metrics: Vec::new(), classifier: None, best: None, patience: 0 }
    }
}

/// Checkpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CheckpointConfig {
    /// Steps between checkpoints; 0 for only at the end.
    pub every_steps: u64,
    /// How many of the latest are kept, besides the best.
    pub keep: usize,
}

impl Default for CheckpointConfig {
    fn default() -> Self {
        Self { every_steps: 1000, keep: 3 }
    }
}
