//! Layers on pictures against PyTorch (`fixtures/pictures.py`): results and gradients.

use gan_layers::{Cx, Mode, Network, Spec};
use gan_tensor::{Cx as RunCx, Graph, Shape, Team, testing::distance};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    spec: Spec,
    input: Vec<usize>,
    x: Vec<f64>,
    output: Vec<usize>,
    y: Vec<f64>,
    cotangent: Vec<f64>,
    dx: Vec<f64>,
}

#[test]
fn layers_on_pictures_forward_and_backward() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("fixtures/pictures.json")).unwrap();
    let mut kinds: Vec<&str> = fixtures.iter().map(|f| f.spec.kind.as_str()).collect();
    kinds.dedup();
    assert_eq!(kinds, ["max_pool", "average_pool", "global_average_pool", "upsample", "pixel_shuffle", "pixel_unshuffle"]);
    for f in &fixtures {
        let example = Shape::new(&f.input[1..]).unwrap();
        let net = Network::build("net", std::slice::from_ref(&f.spec), example, 0, 0).unwrap();
        let graph = Graph::new();
        let x = graph.input("x", Shape::new(&f.input).unwrap());
        let y = net.forward(&Cx::new(&graph, net.params(), Mode::Train), x);
        assert_eq!(y.shape()[..], f.output, "{:?}", f.spec);
        let ct = graph.input("cotangent", y.shape());
        let dx = graph.grad((y * ct).sum(), &[x])[0];

        let team = Team::serial();
        let run = RunCx::new(&team, 0, 0);
        let exact = graph.eval::<f64>(&[y, dx], &[], &[&f.x, &f.cotangent], &run).unwrap();
        let narrow = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<_>>();
        let mut plan = graph.compile::<f32>(&[y, dx]).unwrap();
        plan.run(&mut [], &[&narrow(&f.x), &narrow(&f.cotangent)], &run).unwrap();
        for (i, expected) in [&f.y, &f.dx].into_iter().enumerate() {
            let e = distance(exact[i].values(), expected);
            assert!(e <= 1e-12, "{:?} {:?}, result {i}: {e:e}", f.spec, f.input);
            let e = distance(plan.output(i), expected);
            assert!(e <= 1e-5, "{:?} {:?}, result {i} in f32: {e:e}", f.spec, f.input);
        }
    }
}
