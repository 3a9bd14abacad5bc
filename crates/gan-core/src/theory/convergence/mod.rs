//! Prop. 2 of Goodfellow et al. 2014 as a program, and what happens where its conditions fail.
//!
//! Prop. 2: "If G and D have enough capacity, and at each step of Algorithm 1, the discriminator is allowed to reach its optimum
//! given G, and p_g is updated so as to improve the criterion, then p_g converges to p_data."
//!
//! - [`descent`]: all conditions hold, and it does, at the rate that the curvature of the criterion predicts;
//! - [`family`]: not enough capacity: a local minimum of a parametric family;
//! - [`finite_k`]: D does not reach its optimum: for few steps a turn the players circle;
//! - [`overfitting`]: p_data is known by samples only: p_g converges to the samples.

pub mod descent;
pub mod family;
pub mod finite_k;
pub mod overfitting;

mod curvature;
mod fit;
mod projection;

pub use curvature::Curvature;
pub use projection::project_on_simplex;

use super::{ConvergenceError, Distribution, TheoryError};

/// Ratio `p_g / p_data` below which the slope of the criterion is taken where it is this: the true one falls to `-inf` at
/// `p_g = 0`, and no step can follow that.
const STEEPEST_RATIO: f64 = 1e-12;

/// The subgradient of `C(p_g) = max_D V(D, G)` that Prop. 2 descends: the slope of `V` in `p_g` at the optimal D,
/// `log(1 - D*) = log(p_g / (p_data + p_g))`, here plus `log 2`, so that it is 0 at the optimum and keeps its digits near it (a
/// constant moves nothing on the simplex).
///
/// `+log 2` where `p_data` is 0 (the limit from `p_g > 0`); bounded where `p_g` alone is (near) 0.
fn slope(p_data: f64, p_g: f64) -> f64 {
    let p_g = p_g.max(STEEPEST_RATIO * p_data);
    if p_data == 0.0 {
        return std::f64::consts::LN_2;
    }
    let lead = (p_g - p_data) / (p_data + p_g);
    if lead < -0.5 { (2.0 * p_g / (p_data + p_g)).ln() } else { lead.ln_1p() }
}

/// The slopes of all outcomes.
fn slopes(p_data: &Distribution, p_g: &Distribution) -> Result<Vec<f64>, TheoryError> {
    Ok(p_data.zip(p_g)?.map(|(a, b)| slope(a, b)).collect())
}

/// A step size or tolerance that the caller gave.
fn check_positive(name: &'static str, value: f64) -> Result<(), TheoryError> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { Err(ConvergenceError::NotPositive { name, value }.into()) }
}
