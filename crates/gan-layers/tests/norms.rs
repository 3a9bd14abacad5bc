//! Normalisations, with activations behind them, against PyTorch (`fixtures/norms.py`): results, gradients, running
//! statistics, results in use, and second derivatives in the gradients of a penalty.

use std::collections::BTreeMap;

use gan_layers::{Cx, Mode, Network, Spec};
use gan_tensor::{Cx as RunCx, Element, Graph, Shape, Team, Tensor, testing::distance};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    layers: Vec<Spec>,
    input: Vec<usize>,
    x: Vec<f64>,
    gain: Vec<f64>,
    shift: Vec<f64>,
    cotangent: Vec<f64>,
    y: Vec<f64>,
    grads: BTreeMap<String, Vec<f64>>,
    penalty: f64,
    penalty_grads: BTreeMap<String, Vec<f64>>,
    buffers: BTreeMap<String, Vec<f64>>,
    in_use: Vec<f64>,
}

fn fixtures() -> Vec<Fixture> {
    serde_json::from_str(include_str!("fixtures/norms.json")).unwrap()
}

fn narrow(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

fn network(f: &Fixture) -> Network {
    let mut net = Network::build("net", &f.layers, Shape::new(&f.input[1..]).unwrap(), 0, 0).unwrap();
    for (name, values) in [("gain", &f.gain), ("shift", &f.shift)] {
        net.params_mut().write(&format!("layers[0].{name}"), &narrow(values)).unwrap();
    }
    net
}

#[track_caller]
fn close<E: Element>(f: &Fixture, what: &str, found: &[E], expected: &[f64], tolerance: f64) {
    let e = if expected.iter().all(|&e| e == 0.0) {
        found.iter().fold(0.0, |m: f64, x| m.max(x.to_f64().abs()))
    } else {
        distance(found, expected)
    };
    assert!(e <= tolerance, "{:?} {:?} in {}, {what}: {e:e}", f.layers, f.input, E::NAME);
}

#[test]
fn every_kind_and_activation_is_there() {
    let kinds: Vec<_> = fixtures().iter().flat_map(|f| f.layers.clone()).map(|s| s.kind).collect();
    for kind in ["batch_norm", "instance_norm", "group_norm", "layer_norm", "relu", "leaky_relu", "tanh", "sigmoid"] {
        assert!(kinds.iter().any(|k| k == kind), "{kind}");
    }
}

#[test]
fn normalisations_to_second_order() {
    for f in &fixtures() {
        let mut net = network(f);
        let graph = Graph::new();
        let shape = Shape::new(&f.input).unwrap();
        let (x, ct) = (graph.input("x", shape), graph.input("cotangent", shape));
        let cx = Cx::new(&graph, net.params(), Mode::Train);
        let y = net.forward(&cx, x);
        cx.commit();
        let param = |name: &str| net.params().var(&graph, net.params().find(&format!("layers[0].{name}")).unwrap());
        let wanted = [("gain", param("gain")), ("shift", param("shift")), ("x", x)];
        let vars = wanted.map(|w| w.1);
        let grads = graph.grad((y * ct).sum(), &vars);
        let axes: Vec<usize> = (1..shape.rank()).collect();
        let penalty = (grads[2].square().sum_axes(&axes).sqrt() - 1.0).square().mean();
        let second = graph.grad(penalty, &vars);
        let outs = [&[y, penalty][..], &grads, &second].concat();
        let mut expected = vec![("y".to_owned(), &f.y[..]), ("penalty".to_owned(), std::slice::from_ref(&f.penalty))];
        expected.extend(wanted.iter().map(|(name, _)| (format!("gradient of {name}"), &f.grads[*name][..])));
        expected.extend(wanted.iter().map(|(name, _)| (format!("penalty's gradient of {name}"), &f.penalty_grads[*name][..])));

        let team = Team::serial();
        let run = RunCx::new(&team, 0, 0);
        let store = net.params().values().cast();
        let exact: Vec<Tensor<f64>> = graph.eval(&outs, &[&store], &[&f.x, &f.cotangent], &run).unwrap();
        let mut plan = graph.compile::<f32>(&outs).unwrap();
        plan.run(&mut [net.params_mut().values_mut()], &[&narrow(&f.x), &narrow(&f.cotangent)], &run).unwrap();
        for (i, (what, expected)) in expected.iter().enumerate() {
            close(f, what, exact[i].values(), expected, 1e-11);
            // what is behind a division by a small deviation has lost a digit more
            close(f, what, plan.output(i), expected, if i < 2 { 1e-5 } else { 1e-4 });
        }
        for (name, expected) in &f.buffers {
            let id = net.params().find(&format!("layers[0].{name}")).unwrap();
            close(f, name, &net.params().read(id), expected, 1e-6);
        }
    }
}

#[test]
fn in_use() {
    for f in &fixtures() {
        let mut net = network(f);
        for (name, values) in &f.buffers {
            net.params_mut().write(&format!("layers[0].{name}"), &narrow(values)).unwrap();
        }
        let graph = Graph::new();
        let x = graph.input("x", Shape::new(&f.input).unwrap());
        let y = net.forward(&Cx::new(&graph, net.params(), Mode::Eval), x);
        let team = Team::serial();
        let mut plan = graph.compile::<f32>(&[y]).unwrap();
        plan.run(&mut [net.params_mut().values_mut()], &[&narrow(&f.x)], &RunCx::new(&team, 0, 0)).unwrap();
        close(f, "in use", plan.output(0), &f.in_use, 1e-5);
    }
}
