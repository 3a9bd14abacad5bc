#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod game;
pub mod objectives;
pub mod penalties;
pub mod priors;
mod sampler;
mod scene;
pub mod theory;

pub use error::CoreError;
pub use game::{Game, Parts, Phase, Players};
pub use objectives::{Objective, Optimum};
pub use penalties::Penalty;
pub use priors::Prior;
pub use sampler::{Decoder, Sampler};
pub use scene::Scene;
