//! Normalisations with activations behind them: what a plan puts together, and that it computes the same.

mod common;

use common::{store, uniform};
use gan_tensor::ops::Over;
use gan_tensor::testing::check_plan;
use gan_tensor::{Cx, Element, Graph, Param, PlanOptions, Shape, Team, Var};

type Activation = for<'g> fn(Var<'g>) -> Var<'g>;

const ACTIVATIONS: [(&str, Activation); 5] = [
    ("relu", |x| x.relu()),
    ("leaky_relu", |x| x.leaky_relu(0.2)),
    ("tanh", |x| x.tanh()),
    ("sigmoid", |x| x.sigmoid()),
    ("identity", |x| x),
];

/// Everything over which one can normalise, with the number of gains of `[6, 5, 4]`.
const OVERS: [(Over, usize); 5] =
    [(Over::Batch, 4), (Over::Positions, 4), (Over::Groups(2), 4), (Over::Example, 20), (Over::Channels, 4)];

/// Two layers with running means; the loss, the gradients of all parameters, and, to second `order`, those of a penalty.
fn net<'g>(g: &'g Graph, over: Over, gains: usize, activation: Activation, order: usize) -> Vec<Var<'g>> {
    let p = |slot, shape: &[usize]| g.param(Param { store: 0, slot }, Shape::new(shape).unwrap());
    let x = g.input("x", [6, 5, 4]);
    let params = [p(0, &[gains]), p(1, &[gains]), p(2, &[gains]), p(3, &[gains])];
    let first = x.normalise(over, params[0], params[1], 0.1);
    let running = p(4, &first.mean.shape());
    // used before the activation
    g.write(running, running * 0.9 + first.mean.detach() * 0.1);
    let h = activation(first.value) * 1.5;
    let y = activation(h.normalise(over, params[2], params[3], 0.1).value);
    let loss = (y * g.input("w", [6, 5, 4])).sum();
    let mut outs = vec![loss];
    if order == 2 {
        let slope = g.grad(loss, &[x])[0];
        let penalty = (slope.square().sum_axes(&[1, 2]).affine(1.0, 1e-3).sqrt() - 1.0).square().mean();
        outs.push(penalty);
        outs.extend(g.grad(penalty + loss, &params));
    } else {
        outs.extend(g.grad(loss, &[&params[..], &[x]].concat()));
    }
    outs
}

fn agree<E: Element>(tolerance: f64) {
    for (over, gains) in OVERS {
        for (name, activation) in ACTIVATIONS {
            for order in [1, 2] {
                let g = Graph::new();
                let outs = net(&g, over, gains, activation, order);
                let statistics = match over {
                    Over::Batch => 4,
                    Over::Positions => 24,
                    Over::Groups(n) => 6 * n,
                    Over::Example => 6,
                    Over::Channels => 30,
                };
                let stores = [store::<E>(&[gains, gains, gains, gains, statistics])];
                let inputs = [uniform::<E>(120, 1), uniform::<E>(120, 2)];
                let team = Team::serial();
                let e = check_plan(&g, &outs, &stores, &[&inputs[0], &inputs[1]], &Cx::new(&team, 1, 2)).unwrap();
                assert!(e.same_bits && e.fused <= tolerance, "{over:?} {name} to order {order}: {e:?}");
            }
        }
    }
}

#[test]
fn plans_agree_with_the_eager_reading() {
    agree::<f32>(1e-5);
    agree::<f64>(1e-12);
}

fn steps(g: &Graph, outs: &[Var<'_>], fuse: bool) -> Vec<&'static str> {
    let plan = g.compile_with::<f32>(outs, PlanOptions { fuse }).unwrap();
    plan.steps().map(|s| s.op).collect()
}

#[test]
fn activations_join_forward_and_backward() {
    for (over, gains) in OVERS {
        for (name, activation) in &ACTIVATIONS[..4] {
            let g = Graph::new();
            let outs = net(&g, over, gains, *activation, 1);
            let (fused, loose) = (steps(&g, &outs, true), steps(&g, &outs, false));
            let count = |steps: &[&str], op: &str| steps.iter().filter(|s| **s == op).count();
            for op in ["norm", "norm_backward"] {
                assert_eq!(count(&fused, &format!("{op}+{name}")), 2, "{over:?} {fused:?}");
                assert_eq!((count(&fused, op), count(&loose, op)), (0, 2), "{over:?} {loose:?}");
            }
            // the products are those of the loss and of its gradient
            let rest = [name, "where_positive", "mul"].map(|op| count(&fused, op));
            assert_eq!(rest, [0, 0, 2], "{fused:?}");
        }
    }
}

#[test]
fn a_result_that_is_used_again_keeps_its_activation_apart() {
    let g = Graph::new();
    let [gain, shift] = ["gain", "shift"].map(|n| g.input(n, [4]));
    let y = g.input("x", [6, 4]).normalise(Over::Batch, gain, shift, 0.1).value;
    assert_eq!(steps(&g, &[y.relu(), y], true), ["norm", "relu"]);
    assert_eq!(steps(&g, &[y.relu(), y.tanh()], true), ["norm", "relu", "tanh"]);
    assert_eq!(steps(&g, &[y.relu()], true), ["norm+relu"]);
    assert_eq!(steps(&g, &[y.scale_shift(gain, shift).tanh()], true), ["norm", "scale_shift+tanh"]);
}

#[test]
fn a_mask_of_something_else_stays_apart() {
    let g = Graph::new();
    let [gain, shift] = ["gain", "shift"].map(|n| g.input(n, [4]));
    let (x, other) = (g.input("x", [6, 4]), g.input("other", [6, 4]));
    let y = x.normalise(Over::Batch, gain, shift, 0.1).value;
    // the gates: another tensor; a rectifier of another slope; the same of another normalisation
    let elsewhere = other.normalise(Over::Batch, gain, shift, 0.1).value.relu();
    for gate in [other, y.leaky_relu(0.5), elsewhere] {
        let dx = g.vjp(&[y], &[Some(other.where_positive(gate, 0.0))], &[x])[0].unwrap();
        let steps = steps(&g, &[dx], true);
        assert!(steps.contains(&"norm_backward") && steps.contains(&"where_positive"), "{steps:?}");
    }
    let own = g.vjp(&[y], &[Some(other.where_positive(y.relu(), 0.0))], &[x])[0].unwrap();
    assert!(steps(&g, &[own], true).contains(&"norm_backward+relu"));
}
