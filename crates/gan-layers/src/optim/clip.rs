//! Bounds on gradients.

use gan_tensor::{Graph, Var};

/// How gradients are bounded before the optimiser sees them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Clip {
    /// All gradients of the network are scaled down together where their L2 norm exceeds this (Pascanu et al. 2013).
    Norm(f64),
    /// Each component is held within `-x..=x`.
    Value(f64),
}

impl Clip {
    pub(super) fn apply<'g>(&self, graph: &'g Graph, grads: &[Var<'g>]) -> Vec<Var<'g>> {
        match *self {
            Clip::Value(x) => grads.iter().map(|g| g.clamp(-x, x)).collect(),
            Clip::Norm(max) => {
                let Some(squares) = grads.iter().map(|g| g.square().sum()).reduce(|a, b| a + b) else { return Vec::new() };
                // the maximum before the root, whose own gradient at 0 would be infinite
                let factor = max / squares.maximum(graph.constant(max, []).square()).sqrt();
                grads.iter().map(|&g| g * factor).collect()
            }
        }
    }
}
