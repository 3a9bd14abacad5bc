//! Gradients against central differences in `f64`, to second order. The function differentiated is
//! `sum_k <outs_k, w_k>` with fixed pseudo-random weights, so that no component can hide.

use super::{inputs, points, weighted};
use crate::ops::{Case, Domain};
use crate::{Cx, Graph, Shape, Team, TensorError, Var};

/// Largest relative errors of a gradient check: norm-wise, `|a - b| / max(|b|, 1)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct GradientErrors {
    /// Of the gradient against differences of the function.
    pub first: f64,
    /// Of the gradient's own gradient against differences of the gradient.
    pub second: f64,
}

/// Checks the gradients of `build` at pseudo-random operands.
///
/// # Errors
/// A fault of the trace.
pub fn check_gradients(
    operands: &[(Shape, Domain)],
    build: impl for<'g> Fn(&[Var<'g>]) -> Vec<Var<'g>>,
) -> Result<GradientErrors, TensorError> {
    let graph = Graph::new();
    let (vars, smooth) = inputs(&graph, operands);
    let points = points(operands);
    let wanted: Vec<Var<'_>> = smooth.iter().map(|&i| vars[i]).collect();
    let y = weighted(&graph, &build(&vars));
    let first = graph.grad(y, &wanted);
    let y1 = {
        let _s = graph.scope("second");
        weighted(&graph, &first)
    };
    let second = graph.grad(y1, &wanted);
    Ok(GradientErrors {
        first: compare(&graph, y, &first, &points, &smooth)?,
        second: compare(&graph, y1, &second, &points, &smooth)?,
    })
}

/// The worst error of `grads` against central differences of the scalar `y`.
fn compare(graph: &Graph, y: Var<'_>, grads: &[Var<'_>], points: &[Vec<f64>], smooth: &[usize]) -> Result<f64, TensorError> {
    let team = Team::serial();
    let cx = Cx::new(&team, 11, 3);
    let eval = |points: &[Vec<f64>], outs: &[Var<'_>]| {
        let inputs: Vec<&[f64]> = points.iter().map(|p| &p[..]).collect();
        graph.eval::<f64>(outs, &[], &inputs, &cx)
    };
    let exact = eval(points, grads)?;
    let mut moved = points.to_vec();
    let mut worst: f64 = 0.0;
    for (grad, &i) in exact.iter().zip(smooth) {
        let scale = grad.values().iter().fold(1.0f64, |m, g| m.max(g.abs()));
        for k in 0..points[i].len() {
            let at = |d: f64, moved: &mut Vec<Vec<f64>>| -> Result<f64, TensorError> {
                moved[i][k] = points[i][k] + d;
                let value = eval(moved, &[y])?[0].values()[0];
                moved[i][k] = points[i][k];
                Ok(value)
            };
            // fourth-order central difference
            let h = 1e-3;
            let near = at(h, &mut moved)? - at(-h, &mut moved)?;
            let far = at(2.0 * h, &mut moved)? - at(-2.0 * h, &mut moved)?;
            let difference = (8.0 * near - far) / (12.0 * h);
            let error = (difference - grad.values()[k]).abs() / scale;
            worst = if error > worst || error.is_nan() { error } else { worst };
        }
    }
    Ok(worst)
}

/// Checks the gradients of one case of an operation's registry entry.
///
/// # Errors
/// A fault of the trace.
pub fn check_case(case: &Case) -> Result<GradientErrors, TensorError> {
    check_gradients(&case.operands, |x| case.build.apply(x))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops;

    #[test]
    fn every_operation_to_second_order() {
        for entry in ops::ALL {
            for (i, case) in (entry.cases)().iter().enumerate() {
                let e = check_case(case).unwrap_or_else(|e| panic!("{} case {i}: {e}", entry.name));
                assert!(e.first <= 1e-7, "{} case {i}: first order {:e}", entry.name, e.first);
                assert!(e.second <= 1e-6, "{} case {i}: second order {:e}", entry.name, e.second);
            }
        }
    }

    #[test]
    fn a_wrong_gradient_is_noticed() {
        // detach makes x * x look linear: its gradient is x instead of 2 x
        let e = check_gradients(&[([3].into(), Domain::Real)], |x| vec![x[0] * x[0].detach()]).unwrap();
        assert!(e.first > 0.1);
    }
}
