//! The spectrum of a real game: the leading eigenvalues of the Jacobian of its gradient vector field, which decide whether training by
//! gradients settles, circles or runs away where it stands (Mescheder et al. 2017, section 3).
//!
//! [`GameField`] is the field of a [`Game`](crate::Game); [`leading_eigenvalues`] finds eigenvalues of any operator from its products;
//! [`Stability`] says what they mean.

mod game_field;
mod krylov;
mod search;
mod stability;

#[cfg(test)]
mod game_tests;
#[cfg(test)]
mod tests;

pub use game_field::GameField;
pub use krylov::{Eigenpair, Leading, leading_eigenvalues};
pub use search::{Search, Target};
pub use stability::{Stability, radius_of_step};
