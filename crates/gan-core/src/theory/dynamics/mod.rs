//! The dynamics of games so small that everything about them can be computed: whether training by gradients reaches the equilibrium,
//! circles around it or runs away.
//!
//! - [`SmallGame`]: one of the [`games`] with one of the [`objectives`] and of the [`regularisers`]; its gradient vector field and the
//!   field's Jacobian, exact ([`Hyper`]);
//! - [`maps`]: how a step is made of the field, and its linear map near the equilibrium;
//! - [`eigenvalues`], [`spectral_radius`]: what decides;
//! - [`critical_damping`], [`critical_contraction`], [`largest_stable_step`]: from where on it converges;
//! - [`simulate`], [`field_on_grid`]: for phase portraits.
//!
//! ```
//! use gan_core::theory::dynamics::{SmallGame, games::Dirac, maps, spectral_radius};
//!
//! // the bare game runs away with simultaneous steps and circles with alternating ones
//! let game = SmallGame::new(Box::new(Dirac::new(32)?), "minimax", "none", 0.0)?;
//! let jacobian = game.jacobian(&game.equilibrium())?;
//! let radius = |name| maps::find(name).map(|map| spectral_radius(&(map.linear)(&jacobian, 1, 0.1))).transpose();
//! assert!(radius("simultaneous")?.is_some_and(|r| (r - 1.001249).abs() < 1e-6));
//! assert!(radius("alternating")?.is_some_and(|r| (r - 1.0).abs() < 1e-12));
//! # Ok::<(), gan_core::theory::TheoryError>(())
//! ```

mod critical;
pub mod curve;
pub mod games;
mod hyper;
pub mod maps;
pub mod objectives;
mod quadrature;
pub mod regularisers;
mod relativistic_roots;
mod small_game;
mod trajectory;

#[cfg(test)]
mod properties;

pub use super::schur::{eigenvalues, spectral_radius};
pub use critical::{CriticalWeight, critical_contraction, critical_damping, largest_stable_step};
pub use hyper::Hyper;
pub use quadrature::{gauss_hermite, gauss_legendre};
pub use relativistic_roots::{relativistic_roots, relativistic_roots_as_printed};
pub use small_game::{SmallGame, SmallScene};
pub use trajectory::{Arrow, Axis, Trajectory, field_on_grid, simulate};
