#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub use gan_core as core;
pub use gan_datasets as datasets;
pub use gan_layers as layers;
pub use gan_metrics as metrics;
pub use gan_tensor as tensor;
pub use gan_train as train;

/// What most programs need.
///
/// ```
/// use gan::prelude::*;
/// let mut session = Session::new(&Config::preset("ring")?)?;
/// for _ in 0..10 {
///     session.step()?;
/// }
/// # Ok::<(), gan::train::TrainError>(())
/// ```
pub mod prelude {
    pub use gan_core::{Game, Objective, Penalty, Prior, Scene};
    pub use gan_datasets::Dataset;
    pub use gan_layers::{Network, Spec, Weights};
    pub use gan_tensor::{Graph, Plan, Pool, Tensor, Var};
    pub use gan_train::{Config, Session, StepReport, Trainer};
}
