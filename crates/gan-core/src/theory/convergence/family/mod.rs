//! Too little capacity: `p_g` restricted to a parametric family.
//!
//! The criterion is convex in `p_g`, but not in the parameters of `p_g`. Descending it in the parameters, with the optimal D at every
//! step, may end in a local minimum, far above the best of the family, which may be far above `-log 4` itself. Section 4.2 of
//! the paper says so: "In practice, adversarial nets represent a limited family of p_g distributions".

mod bumps;
mod movable_mean;
mod parameters;
mod scene;

pub use bumps::Bumps;
pub use movable_mean::{MeanAndWidth, MovableMean};
pub use parameters::{Moment, Options, Report, descend, landscape};
pub use scene::{Demonstration, Scene, demonstrate};

use std::fmt::Debug;

use nalgebra::DMatrix;

use crate::theory::{ConvergenceError, Distribution, TheoryError};

/// Distributions on one support that a vector of parameters chooses.
pub trait Family: Debug {
    /// The name of each parameter.
    fn parameters(&self) -> Vec<String>;

    /// The distribution of these parameters.
    ///
    /// # Errors
    /// [`ConvergenceError::Parameters`] where they are too few, too many or not finite; others where no distribution comes of them.
    fn distribution(&self, parameters: &[f64]) -> Result<Distribution, TheoryError>;

    /// Its derivatives `d p_i / d parameter_k`: `[outcomes, parameters]`.
    ///
    /// # Errors
    /// As [`distribution`](Family::distribution).
    fn jacobian(&self, parameters: &[f64]) -> Result<DMatrix<f64>, TheoryError>;
}

/// Checks number and values of parameters.
fn check_parameters(expected: usize, parameters: &[f64]) -> Result<(), TheoryError> {
    if parameters.len() == expected && parameters.iter().all(|x| x.is_finite()) {
        return Ok(());
    }
    Err(ConvergenceError::Parameters { expected, found: parameters.to_vec() }.into())
}

/// The normal density at `x`, up to a factor, as its logarithm.
fn log_normal(x: f64, mean: f64, width: f64) -> f64 {
    let z = (x - mean) / width;
    -0.5 * z * z
}

/// A distribution from logarithms of weights, which may all be too small for f64.
fn from_log_weights(log_weights: &[f64]) -> Result<Distribution, TheoryError> {
    let largest = log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Distribution::from_weights(&log_weights.iter().map(|l| (l - largest).exp()).collect::<Vec<_>>())
}
