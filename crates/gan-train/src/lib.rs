#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adversarial;
pub mod checkpoint;
mod classifier;
pub mod config;
mod data_facts;
mod error;
mod event;
pub mod feature_net;
pub mod files;
mod guard;
pub mod measure;
mod networks;
pub mod observers;
pub mod picture;
mod portrait;
mod profile;
mod reader;
mod run;
mod session;
mod summary;
pub mod sweep;
mod task;
mod trainer;
pub mod yardsticks;

pub use adversarial::Adversarial;
pub use classifier::{Classifier, ClassifierConfig, ClassifierPart, HeldOutConfig};
pub use config::{Config, Kind, Preset, RunConfig};
pub use data_facts::DataFacts;
pub use error::TrainError;
pub use event::{Event, Flow, PhaseReport, StepReport};
pub use feature_net::{FeatureNet, FeatureNetError};
pub use guard::{Divergence, Guard};
pub use measure::Measure;
pub use portrait::Portrait;
pub use profile::{OperationProfile, PhaseProfile, RunProfile};
pub use run::RunFolder;
pub use session::{Session, open_data, open_split};
pub use summary::Summary;
pub use sweep::Sweep;
pub use task::{Fault, Task};
pub use trainer::{Ending, Trainer};
