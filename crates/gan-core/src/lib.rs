#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod classes;
mod error;
mod game;
mod judge;
pub mod objectives;
mod packing;
pub mod penalties;
mod players;
pub mod priors;
mod sampler;
mod scene;
pub mod testing;
pub mod theory;
mod unroll;
pub mod views;

pub use classes::Classes;
pub use error::CoreError;
pub use game::{Game, Gradients, Parts, Phase};
pub use judge::Judge;
pub use objectives::{Objective, Optimum};
pub use packing::Packing;
pub use penalties::{Penalty, Slopes};
pub use players::Players;
pub use priors::Prior;
pub use sampler::{Decoder, Sampler};
pub use scene::Scene;
pub use unroll::Unrolling;
pub use views::View;
