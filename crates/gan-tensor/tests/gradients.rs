//! Gradients: of what, with respect to what, of which order, and at what cost.

use gan_tensor::{Cx, Graph, Param, Team, Var};

fn eval(g: &Graph, outs: &[Var<'_>], inputs: &[&[f64]]) -> Vec<Vec<f64>> {
    let team = Team::serial();
    let values = g.eval(outs, &[], inputs, &Cx::new(&team, 0, 0)).unwrap();
    values.iter().map(|t| t.values().to_vec()).collect()
}

#[test]
fn of_any_order() {
    // x^5 and its derivatives 5 x^4, 20 x^3, 60 x^2, 120 x, 120, 0
    let g = Graph::new();
    let x = g.input("x", [3]);
    let mut derivatives = vec![x * x * x * x * x];
    for k in 0..6 {
        let next = g.grad(derivatives[k], &[x])[0];
        derivatives.push(next);
    }
    let points = [1.5, -2.0, 0.0];
    let out = eval(&g, &derivatives, &[&points]);
    for (i, x) in points.into_iter().enumerate() {
        let exact = [x.powi(5), 5.0 * x.powi(4), 20.0 * x.powi(3), 60.0 * x * x, 120.0 * x, 120.0, 0.0];
        for (k, e) in exact.into_iter().enumerate() {
            assert!((out[k][i] - e).abs() <= 1e-12 * e.abs().max(1.0), "order {k} at {x}: {} against {e}", out[k][i]);
        }
    }
}

#[test]
fn mixed_second_derivatives_agree() {
    let g = Graph::new();
    let (x, y) = (g.input("x", []), g.input("y", []));
    let f = (x * y).exp() * y.tanh() + x.softplus() * y;
    let (fx, fy) = (g.grad(f, &[x])[0], g.grad(f, &[y])[0]);
    let out = eval(&g, &[g.grad(fx, &[y])[0], g.grad(fy, &[x])[0]], &[&[0.7], &[-0.4]]);
    assert!((out[0][0] - out[1][0]).abs() < 1e-14);
}

#[test]
fn with_respect_to_values_in_between() {
    let g = Graph::new();
    let x = g.input("x", [2]);
    let h = x * 3.0;
    let y = h * h + x;
    let grads = g.grad(y, &[h, x, y]);
    let out = eval(&g, &grads, &[&[1.0, 2.0]]);
    // h is held, then x moves h too
    assert_eq!(out, [[6.0, 12.0], [19.0, 37.0], [1.0, 1.0]]);
}

#[test]
fn through_a_penalty_on_a_gradient() {
    // gradient penalty of f(x) = w x^2 at an interpolate: (|2 w x| - 1)^2 and its derivative by w
    let g = Graph::new();
    let (w, a, b) = (g.input("w", []), g.input("a", [1]), g.input("b", [1]));
    let mix = a * 0.25 + b * 0.75;
    let f = (w * mix * mix).sum();
    let slope = g.grad(f, &[mix])[0];
    let penalty = (slope.square().sum().sqrt() - 1.0).square();
    let out = eval(&g, &[penalty, g.grad(penalty, &[w])[0]], &[&[0.5], &[2.0], &[4.0]]);
    let x: f64 = 3.5;
    let norm = 2.0 * 0.5 * x;
    assert!((out[0][0] - (norm - 1.0).powi(2)).abs() < 1e-12);
    assert!((out[1][0] - 2.0 * (norm - 1.0) * 2.0 * x).abs() < 1e-12);
}

#[test]
fn zero_where_nothing_depends() {
    let g = Graph::new();
    let (x, y, late) = (g.input("x", [2]), g.input("y", [3, 1]), g.input("late", [4]));
    let z = x.tanh().sum() + y.detach().sum();
    let after = x * 2.0;
    let out = eval(&g, &g.grad(z, &[y, late, after]), &[&[0.0, 0.0], &[1.0; 3], &[1.0; 4]]);
    assert_eq!(out, [vec![0.0; 3], vec![0.0; 4], vec![0.0; 2]]);
    let none = g.vjp(&[z], &[Some(g.constant(1.0, []))], &[y, late, x]);
    assert!(none[0].is_none() && none[1].is_none() && none[2].is_some());
    assert!(g.vjp(&[], &[], &[x])[0].is_none());
}

#[test]
fn cotangents_of_several_results_add_up() {
    let g = Graph::new();
    let x = g.input("x", [2]);
    let (a, b) = (x * 2.0, x.square());
    let ct = g.vjp(&[a, b, a], &[Some(g.constant(1.0, [2])), Some(g.constant(10.0, [2])), None], &[x]);
    assert_eq!(eval(&g, &[ct[0].unwrap()], &[&[3.0, 4.0]]), [[62.0, 82.0]]);
}

#[test]
fn only_what_is_wanted_is_computed() {
    let g = Graph::new();
    let x = g.input("x", [8, 5]);
    let p = |slot, m, n| g.param(Param { store: 0, slot }, [m, n]);
    let (w1, w2) = (p(0, 5, 6), p(1, 6, 7));
    let y = (x.matmul(w1).relu().matmul(w2)).tanh().mean();
    let products = |wanted: &[Var<'_>]| {
        let grads = g.grad(y, wanted);
        let plan = g.compile::<f32>(&grads).unwrap();
        let shapes = plan.steps().filter(|s| s.op.starts_with("matmul")).map(|s| s.outs[0].to_vec());
        shapes.collect::<Vec<_>>()
    };
    // the player that is not trained: no gradient of a weight
    let into_data = products(&[x]);
    assert_eq!(into_data, [[8, 6], [8, 5]]);
    // the player that is trained: none into the data
    let of_weights = products(&[w1, w2]);
    assert!(!of_weights.contains(&vec![8, 5]) && of_weights.contains(&vec![5, 6]) && of_weights.contains(&vec![6, 7]));
    // the last layer alone: nothing below it
    assert_eq!(products(&[w2]), [[6, 7]]);
}

#[test]
fn gradients_belong_to_the_scope_of_their_layer() {
    let g = Graph::new();
    let x = g.input("x", [4, 3]);
    let h = {
        let _s = g.scope("first");
        x.matmul(g.param(Param { store: 0, slot: 0 }, [3, 2])).tanh()
    };
    let dx = g.grad(h.square().sum(), &[x])[0];
    let plan = g.compile::<f32>(&[dx]).unwrap();
    assert!(plan.steps().filter(|s| s.op.contains("matmul") || s.op.starts_with("linear")).all(|s| s.scope == "first"));
}
