//! Fused operations against what they mean.

use std::sync::Arc;

use super::{distance, inputs, points, weighted_by, weights};
use crate::graph::Source;
use crate::op::DynOp;
use crate::ops::Domain;
use crate::{Cx, Graph, Shape, Team, Tensor, TensorError, Var};

/// The largest [`distance`]s of a fused operation from its [decomposition](crate::Op::decompose), in `f64`.
#[derive(Clone, Copy, Debug, Default)]
pub struct DecompositionErrors {
    /// Of the results.
    pub values: f64,
    /// Of the gradients.
    pub first: f64,
    /// Of the gradients' own gradients.
    pub second: f64,
}

/// Compares every operation that `build` applies and that has a decomposition with it; `None` if there is no such
/// operation.
///
/// # Errors
/// A fault of the trace.
pub fn check_decompositions(
    operands: &[(Shape, Domain)],
    build: impl for<'g> Fn(&[Var<'g>]) -> Vec<Var<'g>>,
) -> Result<Option<DecompositionErrors>, TensorError> {
    let graph = Graph::new();
    let (vars, _) = inputs(&graph, operands);
    build(&vars);
    graph.check()?;
    let points = points(operands);
    let team = Team::serial();
    let given: Vec<&[f64]> = points.iter().map(|p| &p[..]).collect();
    let mut worst: Option<DecompositionErrors> = None;
    for n in 0..graph.len() {
        let Some((op, ins)) = operation(&graph, n) else { continue };
        let at = graph.eval(&ins, &[], &given, &Cx::new(&team, 11, 3))?;
        if let Some(e) = compare(&op, &at)? {
            let w = worst.get_or_insert_default();
            *w = DecompositionErrors {
                values: w.values.max(e.values),
                first: w.first.max(e.first),
                second: w.second.max(e.second),
            };
        }
    }
    Ok(worst)
}

fn operation(graph: &Graph, n: usize) -> Option<(Arc<dyn DynOp>, Vec<Var<'_>>)> {
    let trace = graph.trace.borrow();
    let node = &trace.nodes[n];
    match &node.source {
        Source::Op(op) => Some((op.clone(), node.ins.iter().map(|&id| Var { graph, id }).collect())),
        _ => None,
    }
}

/// The operation and its decomposition at the same operands.
fn compare(op: &Arc<dyn DynOp>, at: &[Tensor<f64>]) -> Result<Option<DecompositionErrors>, TensorError> {
    let graph = Graph::new();
    let ins: Vec<Var<'_>> = at.iter().enumerate().map(|(i, t)| graph.input(&format!("x{i}"), t.shape())).collect();
    let Some(meant) = op.decompose(&ins) else { return Ok(None) };
    let fused = graph.push_dyn(op.clone(), &ins);
    let w = weights(&graph, &fused);
    let first = [&fused, &meant].map(|outs| graph.grad(weighted_by(&graph, outs, &w), &ins));
    let w = weights(&graph, &first[0]);
    let second = [0, 1].map(|i| graph.grad(weighted_by(&graph, &first[i], &w), &ins));
    let all: Vec<Var<'_>> = [[fused, meant], first, second].into_iter().flatten().flatten().collect();
    let team = Team::serial();
    let given: Vec<&[f64]> = at.iter().map(Tensor::values).collect();
    let values = graph.eval(&all, &[], &given, &Cx::new(&team, 11, 3))?;
    let mut values = values.iter().map(Tensor::values);
    let mut worst = |n: usize| {
        let a: Vec<_> = values.by_ref().take(n).collect();
        let b: Vec<_> = values.by_ref().take(n).collect();
        a.into_iter().zip(b).fold(0.0, |w: f64, (a, b)| w.max(distance(a, b)))
    };
    Ok(Some(DecompositionErrors { values: worst(op.results()), first: worst(ins.len()), second: worst(ins.len()) }))
}
