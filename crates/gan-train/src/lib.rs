#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod adversarial;
pub mod checkpoint;
pub mod config;
mod data_facts;
mod error;
mod event;
pub mod files;
mod guard;
pub mod observers;
pub mod picture;
mod portrait;
mod profile;
mod run;
mod session;
mod summary;
pub mod sweep;
mod task;
mod trainer;
pub mod yardsticks;

pub use adversarial::Adversarial;
pub use config::{Config, Preset};
pub use data_facts::DataFacts;
pub use error::TrainError;
pub use event::{Event, Flow, PhaseReport, StepReport};
pub use guard::{Divergence, Guard};
pub use portrait::Portrait;
pub use profile::{OperationProfile, PhaseProfile, RunProfile};
pub use run::RunFolder;
pub use session::{Session, open_data};
pub use summary::Summary;
pub use sweep::Sweep;
pub use task::{Fault, Task};
pub use trainer::{Ending, Trainer};
