//! `f32` kernels against `f64`.

use super::{distance, inputs, points, weighted};
use crate::ops::Domain;
use crate::{Cx, Graph, Pool, Shape, Team, TensorError, Var};

/// The largest [`distance`] of results and first gradients of `build` in `f32`, on the threads and the instruction set
/// of `pool`, from the same in `f64`.
///
/// # Errors
/// A fault of the trace.
pub fn check_precision(
    pool: &mut Pool,
    operands: &[(Shape, Domain)],
    build: impl for<'g> Fn(&[Var<'g>]) -> Vec<Var<'g>>,
) -> Result<f64, TensorError> {
    let graph = Graph::new();
    let (vars, smooth) = inputs(&graph, operands);
    let mut outs = build(&vars);
    let wanted: Vec<Var<'_>> = smooth.iter().map(|&i| vars[i]).collect();
    outs.extend(graph.grad(weighted(&graph, &outs), &wanted));
    // both are given the rounded operands
    let single: Vec<Vec<f32>> = points(operands).iter().map(|p| p.iter().map(|&x| x as f32).collect()).collect();
    let double: Vec<Vec<f64>> = single.iter().map(|p| p.iter().map(|&x| f64::from(x)).collect()).collect();
    let mut plan = graph.compile::<f32>(&outs)?;
    let given: Vec<&[f32]> = single.iter().map(|p| &p[..]).collect();
    pool.region(|team| plan.run(&mut [], &given, &Cx::new(team, 11, 3)))?;
    let team = Team::serial();
    let given: Vec<&[f64]> = double.iter().map(|p| &p[..]).collect();
    let exact = graph.eval::<f64>(&outs, &[], &given, &Cx::new(&team, 11, 3))?;
    Ok(exact.iter().enumerate().fold(0.0, |worst: f64, (i, e)| worst.max(distance(plan.output(i), e.values()))))
}
