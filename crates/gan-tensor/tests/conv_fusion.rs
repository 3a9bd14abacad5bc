//! Convolutions with epilogues: what a plan puts together, and that it computes the same.

mod common;

use common::{store, uniform};
use gan_tensor::testing::check_plan;
use gan_tensor::{Conv, Cx, Element, Graph, Param, PlanOptions, Shape, Team, Var};

type Activation = for<'g> fn(Var<'g>) -> Var<'g>;

const HALVES: Conv = Conv { stride: [2, 2], padding: [1, 1], groups: 1 };

/// A picture made smaller and larger again, with an activation after each step, and the gradients of a loss for all parameters and
/// the picture; with `second`, those of the loss's squared gradient for the picture, as a gradient penalty takes them.
fn net<'g>(g: &'g Graph, activation: Activation, second: bool) -> Vec<Var<'g>> {
    let x = g.input("x", [3, 8, 12, 3]);
    let p = |slot, shape: &[usize]| g.param(Param { store: 0, slot }, Shape::new(shape).unwrap());
    let (a, b, c, d) = (p(0, &[4, 4, 3, 17]), p(1, &[17]), p(2, &[4, 4, 17, 33]), p(3, &[33]));
    let (e, f) = (p(4, &[4, 4, 3, 33]), p(5, &[3]));
    let h = activation(x.conv2d(a, HALVES) + b);
    let h = activation(h.conv2d(c, HALVES) + d);
    let h = (h.conv_transpose2d(e, HALVES, [0, 0]) + f).tanh();
    let loss = (h * g.input("w", [3, 4, 6, 3])).sum();
    let of = if second { g.grad(loss, &[x])[0].square().sum() } else { loss };
    [&[of][..], &g.grad(of, &[a, b, c, d, e, f, x])].concat()
}

const ACTIVATIONS: [(&str, Activation); 6] = [
    ("relu", |x| x.relu()),
    ("leaky_relu", |x| x.leaky_relu(0.2)),
    ("tanh", |x| x.tanh()),
    ("sigmoid", |x| x.sigmoid()),
    ("softplus", |x| x.softplus()),
    ("identity", |x| x),
];

fn agree<E: Element>(tolerance: f64) {
    for (name, activation) in ACTIVATIONS {
        for second in [false, true] {
            let g = Graph::new();
            let outs = net(&g, activation, second);
            let stores = [store::<E>(&[16 * 3 * 17, 17, 16 * 17 * 33, 33, 16 * 3 * 33, 3])];
            let inputs = [uniform::<E>(3 * 8 * 12 * 3, 1), uniform::<E>(3 * 4 * 6 * 3, 2)];
            let team = Team::serial();
            let e = check_plan(&g, &outs, &stores, &[&inputs[0], &inputs[1]], &Cx::new(&team, 1, 2)).unwrap();
            assert!(e.same_bits && e.fused <= tolerance, "{name}, second {second}: {e:?}");
        }
    }
}

#[test]
fn plans_agree_with_the_eager_reading() {
    agree::<f32>(1e-5);
    agree::<f64>(1e-12);
}

fn steps(g: &Graph, outs: &[Var<'_>]) -> Vec<&'static str> {
    let plan = g.compile_with::<f32>(outs, PlanOptions { fuse: true }).unwrap();
    plan.steps().map(|s| s.op).collect()
}

#[test]
fn epilogues_take_bias_activation_and_gates() {
    for (name, activation) in &ACTIVATIONS[..4] {
        let g = Graph::new();
        let plain = steps(&g, &net(&g, *activation, false));
        let count = |op: &str| plain.iter().filter(|s| **s == op).count();
        assert_eq!(["conv2d+activation", "conv_transpose2d+activation"].map(count), [2, 1], "{plain:?}");
        // the gradient of the loss is no convolution: its gate is apart
        assert_eq!(["conv2d+gate", "conv_transpose2d+gate"].map(count), [1, 1], "{plain:?}");
        assert_eq!([name, "where_positive", "add"].map(count), [0; 3], "{plain:?}");
    }
}

#[test]
fn a_convolution_that_is_used_again_keeps_what_follows_apart() {
    let g = Graph::new();
    let (x, w, b) = (g.input("x", [2, 4, 4, 3]), g.input("w", [4, 4, 3, 5]), g.input("b", [5]));
    let (made, gate) = (x.conv2d(w, HALVES), g.input("gate", [2, 2, 2, 5]));
    assert_eq!(steps(&g, &[made, (made + b).relu()]), ["conv2d", "add", "relu"]);
    assert_eq!(steps(&g, &[made + b]), ["conv2d+bias"]);
    assert_eq!(steps(&g, &[made.where_positive(made, 0.1)]), ["conv2d", "where_positive"]);
    assert_eq!(steps(&g, &[made.where_positive(gate, 0.1)]), ["conv2d+gate"]);
    assert_eq!(steps(&g, &[(made + b).relu().where_positive(gate, 0.1)]), ["conv2d+epilogue"]);
    // a gate of another shape is no element-wise one, nor is a picture a bias
    assert_eq!(steps(&g, &[made.where_positive(b, 0.1)]), ["conv2d", "where_positive"]);
    assert_eq!(steps(&g, &[made + gate]), ["conv2d", "add"]);
    // the masks of dropout are drawn for pictures
    assert_eq!(steps(&g, &[made.dropout(0.5, "d")]), ["conv2d", "dropout"]);
}
