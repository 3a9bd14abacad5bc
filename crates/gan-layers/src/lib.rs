#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod error;
pub mod init;
pub mod layers;
mod module;
mod network;
pub mod optim;
mod params;
pub mod schedule;
mod sequence;
pub mod spec;
pub mod testing;

pub use builder::NetworkBuilder;
pub use error::LayerError;
pub use init::Init;
pub use module::{Build, Cx, Mode, Module, Weights};
pub use network::{LayerInfo, Network};
pub use optim::{Optimizer, Updates};
pub use params::{Kind, MAX_VALUES, ParamId, ParamSpec, ParamStore};
pub use schedule::{Number, Numbers, Progress, Schedule};
pub use spec::{Fields, Spec, Value};
