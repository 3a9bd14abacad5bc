//! Layers and optimisers against numbers that a program of its own computed (`fixtures/make.py`).

use std::collections::BTreeMap;

use gan_layers::{Cx, Kind, Mode, Network, Progress, Spec, Updates, optim};
use gan_tensor::{Cx as RunCx, Graph, Shape, Team, Var};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixtures {
    layers: Vec<LayerFixture>,
    optimisers: Optimisers,
}

#[derive(Deserialize)]
struct LayerFixture {
    spec: Spec,
    input: Vec<usize>,
    x: Vec<f64>,
    params: BTreeMap<String, Vec<f64>>,
    y: Vec<f64>,
    cotangent: Vec<f64>,
    grads: BTreeMap<String, Vec<f64>>,
    #[serde(default)]
    buffers: BTreeMap<String, Vec<f64>>,
}

#[derive(Deserialize)]
struct Optimisers {
    w0: Vec<f64>,
    a: Vec<f64>,
    b: Vec<f64>,
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    spec: Spec,
    path: Vec<BTreeMap<String, Vec<f64>>>,
}

fn fixtures() -> Fixtures {
    serde_json::from_str(include_str!("fixtures/fixtures.json")).unwrap()
}

fn narrow(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

#[track_caller]
fn close(what: &str, found: impl IntoIterator<Item = f64>, expected: &[f64], tolerance: f64) {
    let scale = expected.iter().fold(f64::MIN_POSITIVE, |m, e| m.max(e.abs()));
    let found: Vec<f64> = found.into_iter().collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    let worst = found.iter().zip(expected).map(|(f, e)| (f - e).abs() / scale).fold(0.0, f64::max);
    assert!(worst <= tolerance, "{what}: error {worst:e}, {found:?} against {expected:?}");
}

#[test]
fn layers_forward_and_backward() {
    let layers = fixtures().layers;
    assert_eq!(layers.len(), 6);
    for f in layers {
        let example = Shape::new(&f.input[1..]).unwrap();
        let mut net = Network::build("net", std::slice::from_ref(&f.spec), example, 0, 0).unwrap();
        for (name, values) in &f.params {
            net.params_mut().write(&format!("layers[0].{name}"), &narrow(values)).unwrap();
        }
        let graph = Graph::new();
        let x = graph.input("x", Shape::new(&f.input).unwrap());
        let cx = Cx::new(&graph, net.params(), Mode::Train);
        let y = net.forward(&cx, x);
        let ct = graph.input("cotangent", y.shape());
        let wanted = |name: &String| match name.as_str() {
            "x" => x,
            p => net.params().var(&graph, net.params().find(&format!("layers[0].{p}")).unwrap()),
        };
        let xs: Vec<Var<'_>> = f.grads.keys().map(wanted).collect();
        let outs: Vec<Var<'_>> = std::iter::once(y).chain(graph.grad((y * ct).sum(), &xs)).collect();
        cx.commit();

        let team = Team::serial();
        let run = RunCx::new(&team, 0, 0);
        let exact = graph.eval::<f64>(&outs, &[&net.params().values().cast()], &[&f.x, &f.cotangent], &run).unwrap();
        let mut plan = graph.compile::<f32>(&outs).unwrap();
        plan.run(&mut [net.params_mut().values_mut()], &[&narrow(&f.x), &narrow(&f.cotangent)], &run).unwrap();
        let expected = std::iter::once(("y", &f.y)).chain(f.grads.iter().map(|(k, v)| (k.as_str(), v)));
        for (i, (name, expected)) in expected.enumerate() {
            let what = format!("{} {:?} {name}", f.spec.kind, f.input);
            close(&what, exact[i].values().iter().copied(), expected, 1e-12);
            close(&what, plan.output(i).iter().map(|&x| f64::from(x)), expected, 1e-5);
        }
        for (name, expected) in &f.buffers {
            let id = net.params().find(&format!("layers[0].{name}")).unwrap();
            close(name, net.params().read(id).iter().map(|&x| f64::from(x)), expected, 1e-6);
        }
    }
}

#[test]
fn optimisers_step_by_step() {
    let Optimisers { w0, a, b, runs } = fixtures().optimisers;
    assert_eq!(runs.len(), 6);
    for run in runs {
        // f(w) = sum(a w^2 / 2 - b w), w the gain of a layer normalisation that is never traced
        let mut net = Network::build("net", &[Spec::new("layer_norm")], [w0.len()], 0, 0).unwrap();
        net.params_mut().write("layers[0].gain", &narrow(&w0)).unwrap();
        let updates = Updates::new(optim::build(&run.spec, "optimizer").unwrap());
        updates.register(net.params_mut()).unwrap();
        let graph = Graph::new();
        let [a_in, b_in] = ["a", "b"].map(|n| graph.input(n, [w0.len()]));
        let gain = net.params().find("layers[0].gain").unwrap();
        let w = net.params().var(&graph, gain);
        let loss = (a_in * w.square() * 0.5 - b_in * w).sum();
        let scalars = updates.inputs(&graph, "net");
        let change = updates.trace(net.params(), loss, &scalars).unwrap();
        let mut plan = graph.compile::<f32>(&[change]).unwrap();
        assert_eq!(plan.inputs()[2].0, "net.lr");

        let team = Team::serial();
        let mut before = w0.clone();
        for (step, expected) in run.path.iter().enumerate() {
            let values = updates.values(Progress { step: step as u64, epoch: 0.0 });
            let values: Vec<[f32; 1]> = values.iter().map(|&v| [v as f32]).collect();
            let (a, b) = (narrow(&a), narrow(&b));
            let inputs: Vec<&[f32]> = [&a[..], &b[..]].into_iter().chain(values.iter().map(|v| &v[..])).collect();
            plan.run(&mut [net.params_mut().values_mut()], &inputs, &RunCx::new(&team, 0, step as u32)).unwrap();
            for (name, expected) in expected {
                let name = if name == "w" { "layers[0].gain".to_owned() } else { format!("{name}/layers[0].gain") };
                let id = net.params().find(&name).unwrap();
                // a kernel that takes 1 - .999 in 32 bits is off by 1.3e-5 there
                let tolerance = if name.starts_with("moment2") { 2e-5 } else { 1e-5 };
                let what = format!("{:?}, step {step}, {name}", run.spec);
                close(&what, net.params().read(id).iter().map(|&x| f64::from(x)), expected, tolerance);
            }
            let w = &expected["w"];
            let squares = w.iter().zip(&before).map(|(w, b)| (w - b) * (w - b)).sum::<f64>();
            close("squared change", [f64::from(plan.output(0)[0])], &[squares], 1e-4);
            before.clone_from(w);
        }
        // what the loss does not depend on stays
        assert!(net.params().read(net.params().find("layers[0].shift").unwrap()).iter().all(|&x| x == 0.0));
        assert_eq!(net.params().of_kind(Kind::OptimizerState).count(), 2 * updates.optimizer.states().len());
    }
}
