//! A harness that checks layers, for the registry of this crate and for layers of others.
//!
//! Gradients with respect to the input and to every trainable parameter are compared with central differences in
//! `f64`, to second order, at pseudo-random points. The function differentiated is `sum(y w)` with fixed
//! pseudo-random weights `w`, so that no component can hide.
//!
//! ```
//! use gan_layers::{Mode, Spec, layers::Case, testing};
//! let case = Case::new(Spec::new("linear").with("units", 3), [4], [3]);
//! let errors = testing::check_gradients(&case, Mode::Train)?;
//! assert!(errors.first < 1e-7 && errors.second < 1e-6);
//! # Ok::<(), gan_layers::LayerError>(())
//! ```

use gan_tensor::ops::Domain;
use gan_tensor::testing::{GradientErrors, operand};
use gan_tensor::{Cx as RunCx, Graph, Shape, Store, Team, Var};

use crate::layers::Case;
use crate::network::batched;
use crate::{Cx, Kind, LayerError, Mode, Network, ParamId, ParamStore};

/// Examples in the batches that layers are checked on.
pub const BATCH: usize = 4;

/// The layer of `case` alone in a network, all its trainable values pseudo-random (a bias of 0 or a gain of 1 would hide faults).
///
/// # Errors
/// The description is at fault.
pub fn network(case: &Case) -> Result<Network, LayerError> {
    let mut net = Network::builder("layer", case.input, 0, 3)?.with_classes(case.classes).layer(&case.spec)?.finish();
    let trainable: Vec<_> = net.params().of_kind(Kind::Trainable).map(|id| net.params().spec(id).clone()).collect();
    for (i, spec) in trainable.iter().enumerate() {
        let values: Vec<f32> = operand(Domain::Real, &spec.shape, 100 + i as u32).iter().map(|&x| x as f32).collect();
        net.params_mut().write(&spec.name, &values)?;
    }
    Ok(net)
}

/// A pseudo-random batch of `count` examples.
///
/// # Errors
/// The batch would not fit the address space.
pub fn batch(case: &Case, count: usize) -> Result<(Shape, Vec<f64>), LayerError> {
    let shape = batched(count, &case.input)?;
    Ok((shape, operand(Domain::Real, &shape, 1)))
}

/// What surrounds the network on `count` examples, which are of its classes in turn.
pub fn context<'g, 's>(graph: &'g Graph, net: &'s Network, mode: Mode, count: usize) -> Cx<'g, 's> {
    let class = |i: usize, classes: usize| (i % classes) as f64;
    let labels = net.asked_classes().map(|n| graph.literal([count], &(0..count).map(|i| class(i, n)).collect::<Vec<_>>()));
    Cx::new(graph, net.params(), mode).with_labels(labels)
}

/// What the network makes of `count` examples, in `f64`.
///
/// # Errors
/// A fault of the trace.
pub fn outputs(net: &Network, mode: Mode, count: usize, x: &[f64]) -> Result<Vec<f64>, LayerError> {
    let graph = Graph::new();
    let input = graph.input("x", batched(count, &net.input())?);
    let y = net.forward(&context(&graph, net, mode, count), input);
    let team = Team::serial();
    Ok(graph.eval(&[y], &[&net.params().values().cast()], &[x], &RunCx::new(&team, 11, 3))?[0].values().to_vec())
}

/// Checks the gradients of the layer of `case`: its largest relative errors to first and second order.
///
/// # Errors
/// The description is at fault, or the trace.
pub fn check_gradients(case: &Case, mode: Mode) -> Result<GradientErrors, LayerError> {
    check_network(&network(case)?, mode)
}

/// Checks the gradients of a network as it stands, for example one with a layer of one's own: its largest relative errors to
/// first and second order.
///
/// # Errors
/// A fault of the trace.
pub fn check_network(net: &Network, mode: Mode) -> Result<GradientErrors, LayerError> {
    let shape = batched(BATCH, &net.input())?;
    let point = operand(Domain::Real, &shape, 1);
    let graph = Graph::new();
    let x = graph.input("x", shape);
    let y = weighted(&graph, &[net.forward(&context(&graph, net, mode, BATCH), x)]);
    let ids: Vec<_> = net.params().of_kind(Kind::Trainable).collect();
    let wanted: Vec<Var<'_>> = std::iter::once(x).chain(ids.iter().map(|&id| net.params().var(&graph, id))).collect();
    let first = graph.grad(y, &wanted);
    let y1 = {
        let _scope = graph.scope("second");
        weighted(&graph, &first)
    };
    let second = graph.grad(y1, &wanted);
    let at = Point { x: point, store: net.params().values().cast(), params: net.params(), ids };
    Ok(GradientErrors { first: compare(&graph, y, &first, &at)?, second: compare(&graph, y1, &second, &at)? })
}

/// Where gradients are compared: the input and the store; which parameters of it are differentiated.
#[derive(Clone)]
struct Point<'a> {
    x: Vec<f64>,
    store: Store<f64>,
    params: &'a ParamStore,
    ids: Vec<ParamId>,
}

impl Point<'_> {
    /// Element `k` of variable `i`: the input, then the trainable parameters.
    fn element(&mut self, i: usize, k: usize) -> &mut f64 {
        match i.checked_sub(1).map(|i| self.ids[i]) {
            None => &mut self.x[k],
            Some(id) => &mut self.store.get_mut(id.0).unwrap_or_default()[self.params.offset(id, k)],
        }
    }

    fn eval(&self, graph: &Graph, outs: &[Var<'_>]) -> Result<Vec<Vec<f64>>, LayerError> {
        let team = Team::serial();
        // the same draw every time: masks and noise are constants of the function
        let values = graph.eval(outs, &[&self.store], &[&self.x], &RunCx::new(&team, 11, 3))?;
        Ok(values.iter().map(|t| t.values().to_vec()).collect())
    }
}

fn weighted<'g>(graph: &'g Graph, outs: &[Var<'g>]) -> Var<'g> {
    let term = |(k, o): (usize, &Var<'g>)| (*o * graph.uniform(&format!("weights {k}"), o.shape(), 0.3, 1.7)).sum();
    outs.iter().enumerate().map(term).reduce(|a, b| a + b).unwrap_or_else(|| graph.constant(0.0, []))
}

/// The worst error of `grads` against fourth-order central differences of the scalar `y`, relative to the largest component
/// (or 1).
fn compare(graph: &Graph, y: Var<'_>, grads: &[Var<'_>], at: &Point<'_>) -> Result<f64, LayerError> {
    const H: f64 = 1e-3;
    let mut worst: f64 = 0.0;
    let mut moved = at.clone();
    for (i, exact) in at.eval(graph, grads)?.iter().enumerate() {
        let scale = exact.iter().fold(1.0f64, |m, g| m.max(g.abs()));
        for (k, &gradient) in exact.iter().enumerate() {
            let start = *moved.element(i, k);
            let mut value = |d: f64| -> Result<f64, LayerError> {
                *moved.element(i, k) = start + d;
                let value = moved.eval(graph, &[y])?[0][0];
                *moved.element(i, k) = start;
                Ok(value)
            };
            let near = value(H)? - value(-H)?;
            let far = value(2.0 * H)? - value(-2.0 * H)?;
            let error = ((8.0 * near - far) / (12.0 * H) - gradient).abs() / scale;
            worst = if error > worst || error.is_nan() { error } else { worst };
        }
    }
    Ok(worst)
}
