//! Spectral normalisation, minibatch deviations, conditional layers and bilinear reduction against PyTorch
//! (`fixtures/stabilisers.py`): results, gradients, second derivatives in the gradients of a penalty, buffers after two steps, results in use.

use std::collections::BTreeMap;

use gan_layers::testing::{check_network, context};
use gan_layers::{Cx, Kind, Mode, Network, Spec};
use gan_tensor::{Cx as RunCx, Element, Graph, Shape, Team, Var, testing::distance};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    spec: Spec,
    classes: Option<usize>,
    labels: Option<Vec<f64>>,
    input: Vec<usize>,
    x: Vec<f64>,
    params: BTreeMap<String, Vec<f64>>,
    output: Vec<usize>,
    y: Vec<f64>,
    cotangent: Vec<f64>,
    grads: BTreeMap<String, Vec<f64>>,
    penalty_grads: BTreeMap<String, Vec<f64>>,
    again: Vec<f64>,
    buffers: BTreeMap<String, Vec<f64>>,
    in_use: Vec<f64>,
}

fn narrow(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

#[track_caller]
fn close<E: Element>(f: &Fixture, what: &str, found: &[E], expected: &[f64], tolerance: f64) {
    let e = if expected.iter().all(|&e| e == 0.0) {
        found.iter().fold(0.0, |m: f64, x| m.max(x.to_f64().abs()))
    } else {
        distance(found, expected)
    };
    assert!(e <= tolerance, "{:?} {:?} in {}, {what}: {e:e}", f.spec, f.input, E::NAME);
}

/// Result, gradients, gradients of the penalty `|dy/dx|^2`, in the order of the fixture.
fn traced<'g>(f: &Fixture, net: &Network, graph: &'g Graph, mode: Mode) -> Vec<Var<'g>> {
    let x = graph.input("x", Shape::new(&f.input).unwrap());
    let labels = f.labels.as_ref().map(|l| graph.literal([l.len()], l));
    let cx = Cx::new(graph, net.params(), mode).with_labels(labels);
    let y = net.forward(&cx, x);
    cx.commit();
    assert_eq!(y.shape()[..], f.output, "{:?}", f.spec);
    let ct = graph.input("cotangent", y.shape());
    let of = |name: &String| match name.as_str() {
        "x" => x,
        p => net.params().var(graph, net.params().find(&format!("layers[0].{p}")).unwrap()),
    };
    let wanted: Vec<Var<'_>> = f.grads.keys().map(of).collect();
    let first = graph.grad((y * ct).sum(), &wanted);
    let dx = f.grads.keys().position(|k| k == "x").map(|i| first[i]).unwrap();
    let second = graph.grad(dx.square().sum(), &wanted);
    [y].into_iter().chain(first).chain(second).collect()
}

#[test]
fn as_pytorch_has_them() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("fixtures/stabilisers.json")).unwrap();
    assert_eq!(fixtures.len(), 11);
    for f in &fixtures {
        let example = Shape::new(&f.input[1..]).unwrap();
        let mut net = Network::builder("net", example, 0, 0).unwrap().with_classes(f.classes).layer(&f.spec).unwrap().finish();
        for (name, values) in &f.params {
            net.params_mut().write(&format!("layers[0].{name}"), &narrow(values)).unwrap();
        }
        let graph = Graph::new();
        let outs = traced(f, &net, &graph, Mode::Train);
        let names = f.grads.iter().map(|(k, v)| (format!("d {k}"), v));
        let second = f.penalty_grads.iter().map(|(k, v)| (format!("d {k} of the penalty"), v));
        let expected: Vec<_> = [("y".to_owned(), &f.y)].into_iter().chain(names).chain(second).collect();

        let team = Team::serial();
        let run = RunCx::new(&team, 0, 0);
        let exact = graph.eval::<f64>(&outs, &[&net.params().values().cast()], &[&f.x, &f.cotangent], &run).unwrap();
        let mut plan = graph.compile::<f32>(&outs).unwrap();
        let inputs = [narrow(&f.x), narrow(&f.cotangent)];
        plan.run(&mut [net.params_mut().values_mut()], &[&inputs[0], &inputs[1]], &run).unwrap();
        for (i, (what, expected)) in expected.iter().enumerate() {
            close(f, what, exact[i].values(), expected, 1e-11);
            close(f, what, plan.output(i), expected, 2e-5);
        }
        plan.run(&mut [net.params_mut().values_mut()], &[&inputs[0], &inputs[1]], &run).unwrap();
        close(f, "y of the second step", plan.output(0), &f.again, 1e-5);
        for (name, expected) in &f.buffers {
            let id = net.params().find(&format!("layers[0].{name}")).unwrap();
            close(f, name, &net.params().read(id), expected, 1e-5);
        }
        let graph = Graph::new();
        let y = traced(f, &net, &graph, Mode::Eval)[0];
        let found = graph.eval::<f32>(&[y], &[net.params().values()], &[&inputs[0]], &run).unwrap();
        close(f, "y in use", found[0].values(), &f.in_use, 1e-5);
    }
}

fn spectral(kind: &str) -> Spec {
    Spec::new(kind).with("spectral_norm", true)
}

/// The layers that may be normalised, with the shape of an example.
fn normalised() -> [(Spec, Shape); 5] {
    let conv = |kind: &str| spectral(kind).with("channels", 3).with("kernel", 3);
    [
        (spectral("linear").with("units", 3), [4].into()),
        (spectral("maxout").with("units", 3).with("pieces", 2), [4].into()),
        (conv("conv2d"), [4, 3, 2].into()),
        (conv("conv_transpose2d").with("stride", 2), [2, 2, 2].into()),
        (spectral("projection"), [4].into()),
    ]
}

fn build(spec: &Spec, input: Shape) -> Network {
    Network::builder("net", input, 0, 3).unwrap().with_classes(Some(3)).layer(spec).unwrap().finish()
}

#[test]
fn singular_vectors_start_near_the_truth_and_training_brings_the_norm_to_one() {
    let net = build(&spectral("linear").with("units", 30).with("bias", false), [40].into());
    // |W u| for the leading u is the largest singular value: against the Frobenius bounds and a long power iteration
    let read = |name: &str| net.params().read(net.params().find(&format!("layers[0].{name}")).unwrap()).to_vec();
    let (w, u) = (read("weight"), read("weight_u"));
    let times = |u: &[f64]| -> Vec<f64> { w.chunks(30).map(|r| r.iter().zip(u).map(|(w, u)| f64::from(*w) * u).sum()).collect() };
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut truth: Vec<f64> = (0..30).map(|i| 1.0 + f64::from(i % 7)).collect();
    for _ in 0..3000 {
        let v = times(&truth);
        truth = (0..30).map(|j| v.iter().enumerate().map(|(i, v)| v * f64::from(w[i * 30 + j])).sum()).collect();
        let n = norm(&truth);
        truth.iter_mut().for_each(|x| *x /= n);
    }
    let largest = norm(&times(&truth));
    let found = norm(&times(&u.iter().map(|&x| f64::from(x)).collect::<Vec<_>>()));
    assert!((found / largest - 1.0).abs() < 0.05, "{found} against {largest}");
}

#[test]
fn gradients_take_the_singular_vectors_for_constants() {
    for (spec, input) in normalised() {
        let net = build(&spec, input);
        let e = check_network(&net, Mode::Eval).unwrap();
        assert!(e.first <= 1e-7 && e.second <= 1e-6, "{spec:?}: {e:?}");
    }
}

#[test]
fn one_step_a_trace_however_often_the_network_is_applied() {
    for (spec, input) in normalised() {
        let net = build(&spec, input);
        let graph = Graph::new();
        let cx = context(&graph, &net, Mode::Train, 2);
        let x = graph.constant(0.5, gan_tensor::Shape::new(&[&[2][..], &input[..]].concat()).unwrap());
        let a = net.forward(&cx, x);
        let before = graph.len();
        let b = net.forward(&cx.relabelled(cx.labels()), x);
        let applied = graph.len() - before;
        assert!(applied < before / 2, "{spec:?}: {applied} operations after {before}");
        let team = Team::serial();
        let y = graph.eval::<f64>(&[a, b], &[&net.params().values().cast()], &[], &RunCx::new(&team, 0, 0)).unwrap();
        assert_eq!(y[0].values(), y[1].values());
    }
}

#[test]
fn a_weight_of_zeros_cannot_be_normalised() {
    let zeros = spectral("linear").with("units", 3).with("init", "constant");
    let e = Network::build("net", &[zeros], [4], 0, 0).unwrap_err().to_string();
    assert!(e.starts_with("net.layers[0].spectral_norm: expected a weight that does not start at 0"), "{e}");
}

#[test]
fn buffers_are_kept_and_no_weight_is_packed() {
    let net = build(&spectral("linear").with("units", 128), [128].into());
    let names: Vec<&str> = net.params().of_kind(Kind::Buffer).map(|id| net.params().spec(id).name.as_str()).collect();
    assert_eq!(names, ["layers[0].weight_u", "layers[0].weight_v"]);
    assert_eq!(net.params().offset(net.params().find("layers[0].weight").unwrap(), 777), 777);
}

#[test]
fn deviations_of_a_batch_that_groups_do_not_divide() {
    // 5 examples, groups of at most 4: the next size that divides 5 is 1, whose deviation is the root of epsilon
    let net = Network::build("net", &[Spec::new("minibatch_std")], [2], 0, 0).unwrap();
    let graph = Graph::new();
    let y = net.forward(&Cx::new(&graph, net.params(), Mode::Train), graph.input("x", [5, 2]));
    let team = Team::serial();
    let x: Vec<f64> = (0..10).map(f64::from).collect();
    let y = graph.eval::<f64>(&[y], &[&net.params().values().cast()], &[&x], &RunCx::new(&team, 0, 0)).unwrap();
    assert!(y[0].values().chunks(3).all(|row| (row[2] - 1e-4).abs() < 1e-12));
}
