//! Products with epilogues: what a plan puts together, and that it computes the same.

mod common;

use common::{store, uniform};
use gan_tensor::testing::check_plan;
use gan_tensor::{Cx, Element, Graph, Param, PlanOptions, Shape, Team, Var};

type Activation = for<'g> fn(Var<'g>) -> Var<'g>;

/// Two layers with an activation and dropout between them, and the gradients of all parameters and of the input.
fn net<'g>(g: &'g Graph, activation: Activation, keep: f64) -> Vec<Var<'g>> {
    let x = g.input("x", [9, 40]);
    let p = |slot, shape: &[usize]| g.param(Param { store: 0, slot }, Shape::new(shape).unwrap());
    let (a, b) = (p(0, &[40, 70]), p(1, &[70]));
    let (c, d) = (p(2, &[70, 33]), p(3, &[33]));
    let h = activation(x.matmul(a) + b);
    let h = if keep < 1.0 { h.dropout(keep, "hidden") } else { h };
    let loss = ((h.matmul(c) + d).sigmoid() * g.input("w", [9, 33])).sum();
    [&[loss][..], &g.grad(loss, &[a, b, c, d, x])].concat()
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
        for keep in [1.0, 0.7] {
            let g = Graph::new();
            let outs = net(&g, activation, keep);
            let stores = [store::<E>(&[40 * 70, 70, 70 * 33, 33])];
            let inputs = [uniform::<E>(9 * 40, 1), uniform::<E>(9 * 33, 2)];
            let team = Team::serial();
            let e = check_plan(&g, &outs, &stores, &[&inputs[0], &inputs[1]], &Cx::new(&team, 1, 2)).unwrap();
            assert!(e.same_bits && e.fused <= tolerance, "{name}, kept {keep}: {e:?}");
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
fn epilogues_take_bias_activation_dropout_and_gates() {
    for (name, activation) in &ACTIVATIONS[..4] {
        let g = Graph::new();
        let plain = steps(&g, &net(&g, *activation, 1.0));
        let count = |steps: &[&str], op: &str| steps.iter().filter(|s| **s == op).count();
        assert_eq!(count(&plain, &format!("linear+{name}")), 1 + usize::from(*name == "sigmoid"), "{plain:?}");
        // the gradient of the loss is no product: its gate is apart
        assert_eq!(count(&plain, "matmul+gate"), 1, "{plain:?}");
        assert_eq!([name, "where_positive", "add"].map(|op| count(&plain, op)), [0; 3], "{plain:?}");
        let g = Graph::new();
        let masked = steps(&g, &net(&g, *activation, 0.7));
        assert_eq!(count(&masked, "matmul+dropout+gate"), 1, "{masked:?}");
    }
    // without an activation there is nothing to keep for the way back
    let g = Graph::new();
    let masked = steps(&g, &net(&g, |x| x, 0.7));
    assert!(masked.contains(&"linear+dropout") && masked.contains(&"matmul+dropout"), "{masked:?}");
}

#[test]
fn a_product_that_is_used_again_keeps_what_follows_apart() {
    let g = Graph::new();
    let (x, w, b) = (g.input("x", [6, 4]), g.input("w", [4, 40]), g.input("b", [40]));
    let (product, gate) = (x.matmul(w), g.input("gate", [6, 40]));
    assert_eq!(steps(&g, &[product, (product + b).relu()]), ["matmul", "add", "relu"]);
    assert_eq!(steps(&g, &[product.where_positive(product, 0.1)]), ["matmul", "where_positive"]);
    assert_eq!(steps(&g, &[product.where_positive(gate, 0.1)]), ["matmul+gate"]);
    // a gate of another shape is no element-wise one
    assert_eq!(steps(&g, &[product.where_positive(b, 0.1)]), ["matmul", "where_positive"]);
    // a bias that stretches the product is none
    assert_eq!(steps(&g, &[x.slice(0, 0, 1).matmul(w) + gate]), ["slice", "matmul", "add"]);
}
