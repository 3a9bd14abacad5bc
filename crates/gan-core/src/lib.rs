#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod error;
mod game;
mod judge;
pub mod objectives;
pub mod penalties;
mod players;
pub mod priors;
mod sampler;
mod scene;
pub mod testing;
pub mod theory;

pub use error::CoreError;
pub use game::{Game, Gradients, Parts, Phase};
pub use judge::Judge;
pub use objectives::{Objective, Optimum};
pub use penalties::Penalty;
pub use players::Players;
pub use priors::Prior;
pub use sampler::{Decoder, Sampler};
pub use scene::Scene;
