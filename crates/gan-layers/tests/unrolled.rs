//! Gradients through an optimiser's step, as an unrolled game takes them, against finite differences to second order.

use gan_layers::{Spec, Updates, optim};
use gan_tensor::{Cx, Graph, Team, Var};

/// Values of the weight.
const N: usize = 3;

/// A loss after two steps of the optimiser on `w`, whose gradients depend on `a`.
///
/// The inner loss is `sum(a w^2 / 2 + sin-like terms)`, written with what the graph has: `tanh(a w)` couples both.
fn unrolled<'g>(graph: &'g Graph, updates: &Updates, [a, w]: [Var<'g>; 2], scalars: &[Var<'g>], states: &[Var<'g>]) -> Var<'g> {
    let mut states = states.to_vec();
    let mut w = w;
    for _ in 0..2 {
        let loss = ((a * w).tanh() + a * w.square() * 0.5).sum();
        let g = graph.grad(loss, &[w]);
        let step = updates.optimizer.update(graph, w, updates.clip_gradients(graph, &g)[0], &states, scalars);
        (w, states) = (step.weight, step.states);
    }
    (w.square() * graph.literal([N], &[0.3, 1.0, 1.7])).sum()
}

/// The largest error of the gradient of the loss, and of that of a sum of its components, by `a` and the first weight.
fn errors(spec: Spec) -> [f64; 2] {
    let updates = Updates { clip: Some(optim::Clip::Norm(1.5)), ..Updates::new(optim::build(&spec, "optimizer").unwrap()) };
    let (graph, team) = (Graph::new(), Team::serial());
    let a = graph.input("a", [N]);
    let w = graph.input("w", [N]);
    let states: Vec<Var<'_>> = updates.optimizer.states().iter().map(|s| graph.input(s, [N])).collect();
    let scalars = updates.inputs(&graph, "net");
    let y = unrolled(&graph, &updates, [a, w], &scalars, &states);
    let first = graph.grad(y, &[a, w]);
    let weights = graph.literal([N], &[1.1, -0.4, 0.7]);
    let y1 = (first[0] * weights).sum() - (first[1] * weights).sum();
    let second = graph.grad(y1, &[a, w]);

    // the numbers of step 4, when no correction is 1
    let numbers: Vec<[f64; 1]> = updates.values(gan_layers::Progress { step: 4, epoch: 0.0 }).iter().map(|&x| [x]).collect();
    let given = [0.2, 0.05, 0.4];
    let at = |point: &[f64; 2 * N], outs: &[Var<'_>]| -> Vec<f64> {
        let mut inputs: Vec<&[f64]> = vec![&point[..N], &point[N..]];
        inputs.extend(states.iter().map(|_| &given[..]));
        inputs.extend(numbers.iter().map(|n| &n[..]));
        let values = graph.eval::<f64>(outs, &[], &inputs, &Cx::new(&team, 0, 0)).unwrap();
        values.iter().flat_map(|t| t.values().to_vec()).collect()
    };
    let point = [0.9, -0.6, 1.4, 0.5, 1.2, -0.8];
    [(y, &first), (y1, &second)].map(|(y, gradient)| {
        let exact = at(&point, gradient);
        let scale = exact.iter().fold(1.0f64, |m, g| m.max(g.abs()));
        let error = |k: usize| {
            let moved = |d: f64| {
                let mut p = point;
                p[k] += d;
                at(&p, &[y])[0]
            };
            const H: f64 = 1e-3;
            let estimate = (8.0 * (moved(H) - moved(-H)) - (moved(2.0 * H) - moved(-2.0 * H))) / (12.0 * H);
            (estimate - exact[k]).abs() / scale
        };
        (0..2 * N).map(error).fold(0.0, f64::max)
    })
}

#[test]
fn every_optimiser_can_be_differentiated_through() {
    let ramp = Spec::new("linear").with("from", 0.9).with("to", 0.99).with("end", 10).with("unit", "step");
    let specs = [
        Spec::new("sgd").with("lr", 0.1).with("momentum", 0.0),
        Spec::new("sgd").with("lr", 0.1).with("momentum", 0.9),
        Spec::new("sgd").with("lr", 0.1).with("momentum", 0.9).with("nesterov", true),
        Spec::new("rmsprop").with("lr", 0.05),
        Spec::new("adam").with("lr", 0.05),
        Spec::new("adam").with("lr", 0.05).with("beta2", ramp),
    ];
    assert!(optim::ALL.iter().all(|o| specs.iter().any(|s| s.kind == o.name)), "an optimiser is missing here");
    for spec in specs {
        let [first, second] = errors(spec.clone());
        assert!(first <= 1e-8 && second <= 1e-7, "{spec:?}: {first:e}, {second:e}");
    }
}
