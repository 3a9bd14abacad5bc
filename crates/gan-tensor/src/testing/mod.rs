//! Harnesses that check operations, for this crate's registry and for operations and layers of others.
//!
//! - [`check_gradients`]: gradients against differences of the function, to second order, in `f64`.
//! - [`check_plan`]: a compiled plan against the eager reading, including what it writes.
//! - [`check_precision`]: `f32` on the instruction set of a pool against `f64`, values and gradients.
//! - [`check_decompositions`]: fused operations against what they mean, values, first and second gradients.

mod decompositions;
mod gradients;
mod plans;
mod precision;

pub use decompositions::{DecompositionErrors, check_decompositions};
pub use gradients::{GradientErrors, check_case, check_gradients};
pub use plans::{PlanErrors, check_plan};
pub use precision::check_precision;

use crate::ops::Domain;
use crate::{Element, Graph, Key, Shape, Team, Var};

/// Pseudo-random values for an operand.
pub fn operand(domain: Domain, shape: &Shape, stream: u32) -> Vec<f64> {
    let mut x = vec![0.0f64; shape.len()];
    let team = Team::serial();
    let range = match domain {
        Domain::Real => (-2.0, 2.0),
        Domain::Positive => (0.5, 2.0),
        Domain::Index(n) => (0.0, n as f64),
    };
    gan_kernels::random::uniform(&team, Key { seed: 7, draw: 1, stream }, shape.len().max(1), range, &mut x);
    if matches!(domain, Domain::Index(_)) {
        x.iter_mut().for_each(|x| *x = x.floor());
    }
    x
}

/// The norm-wise distance `max |a - b| / max |b|` of `found` from `expected` (`max |a - b|` where all expected values are
/// 0). Not-finite values must stand in the same places; otherwise, and for different lengths, it is infinite.
pub fn distance<A: Element, B: Element>(found: &[A], expected: &[B]) -> f64 {
    if found.len() != expected.len() {
        return f64::INFINITY;
    }
    let (mut worst, mut scale) = (0.0f64, 0.0f64);
    for (a, b) in found.iter().zip(expected) {
        let (a, b) = (a.to_f64(), b.to_f64());
        if a.is_finite() && b.is_finite() {
            worst = worst.max((a - b).abs());
            scale = scale.max(b.abs());
        } else if a != b && !(a.is_nan() && b.is_nan()) {
            return f64::INFINITY;
        }
    }
    if scale > 0.0 { worst / scale } else { worst }
}

/// `sum_k <outs_k, w_k>` with fixed pseudo-random weights, so that no component of a gradient can hide.
fn weighted<'g>(graph: &'g Graph, outs: &[Var<'g>]) -> Var<'g> {
    let weights = weights(graph, outs);
    weighted_by(graph, outs, &weights)
}

/// Positive weights for each of `outs`.
fn weights<'g>(graph: &'g Graph, outs: &[Var<'g>]) -> Vec<Var<'g>> {
    outs.iter().enumerate().map(|(k, o)| graph.uniform(&format!("weights {k}"), o.shape(), 0.3, 1.7)).collect()
}

fn weighted_by<'g>(graph: &'g Graph, outs: &[Var<'g>], weights: &[Var<'g>]) -> Var<'g> {
    let terms = outs.iter().zip(weights).map(|(&o, &w)| (o * w).sum());
    terms.reduce(|a, b| a + b).unwrap_or_else(|| graph.constant(0.0, []))
}

/// Inputs of the given shapes, and which of them are differentiated.
fn inputs<'g>(graph: &'g Graph, operands: &[(Shape, Domain)]) -> (Vec<Var<'g>>, Vec<usize>) {
    let vars = operands.iter().enumerate().map(|(i, (s, _))| graph.input(&format!("x{i}"), *s)).collect();
    let smooth = (0..operands.len()).filter(|&i| !matches!(operands[i].1, Domain::Index(_))).collect();
    (vars, smooth)
}

/// Values for the operands.
fn points(operands: &[(Shape, Domain)]) -> Vec<Vec<f64>> {
    operands.iter().enumerate().map(|(i, (s, d))| operand(*d, s, i as u32)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_norm_wise_and_sees_nan() {
        assert_eq!(distance(&[1.0, 4.5], &[1.5, 5.0]), 0.1);
        assert_eq!(distance::<f64, f64>(&[], &[]), 0.0);
        assert_eq!(distance(&[f64::NAN, 1.0], &[f32::NAN, 1.0]), 0.0);
        assert_eq!(distance(&[f64::NAN, 1.0], &[2.0, 1.0]), f64::INFINITY);
        assert_eq!(distance(&[1.0], &[1.0, 1.0]), f64::INFINITY);
    }
}
