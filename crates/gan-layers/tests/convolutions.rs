//! Convolutional layers against PyTorch (`fixtures/convolutions.py`): results, gradients, and gradients of gradients. Faults of
//! their descriptions.

use gan_layers::{Cx, Mode, Network, Progress, Spec, Updates, optim};
use gan_tensor::{Cx as RunCx, Graph, Shape, Team, testing::distance};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixture {
    spec: Spec,
    input: Vec<usize>,
    output: Vec<usize>,
    x: Vec<f64>,
    weight: Vec<f64>,
    bias: Vec<f64>,
    cotangent: Vec<f64>,
    u: Vec<f64>,
    v: Vec<f64>,
    y: Vec<f64>,
    dx: Vec<f64>,
    dweight: Vec<f64>,
    dbias: Vec<f64>,
    ddx: Vec<f64>,
    ddweight: Vec<f64>,
    ddcotangent: Vec<f64>,
}

fn narrow(x: &[f64]) -> Vec<f32> {
    x.iter().map(|&x| x as f32).collect()
}

#[test]
fn forward_backward_and_twice_backward() {
    let fixtures: Vec<Fixture> = serde_json::from_str(include_str!("fixtures/convolutions.json")).unwrap();
    assert_eq!(fixtures.len(), 8);
    for f in &fixtures {
        let example = Shape::new(&f.input[1..]).unwrap();
        let mut net = Network::build("net", std::slice::from_ref(&f.spec), example, 0, 0).unwrap();
        net.params_mut().write("layers[0].weight", &narrow(&f.weight)).unwrap();
        net.params_mut().write("layers[0].bias", &narrow(&f.bias)).unwrap();
        let graph = Graph::new();
        let x = graph.input("x", Shape::new(&f.input).unwrap());
        let y = net.forward(&Cx::new(&graph, net.params(), Mode::Train), x);
        assert_eq!(y.shape()[..], f.output, "{:?}", f.spec);
        let [w, b] = ["weight", "bias"].map(|n| net.params().var(&graph, net.params().find(&format!("layers[0].{n}")).unwrap()));
        let ct = graph.input("cotangent", y.shape());
        let (u, v) = (graph.input("u", x.shape()), graph.input("v", w.shape()));
        let first = graph.grad((y * ct).sum(), &[x, w, b]);
        let second = graph.grad((first[0] * u).sum() + (first[1] * v).sum(), &[x, w, ct]);
        let outs = [y, first[0], first[1], first[2], second[0], second[1], second[2]];

        let team = Team::serial();
        let run = RunCx::new(&team, 0, 0);
        let inputs = [&f.x, &f.cotangent, &f.u, &f.v];
        let given: Vec<&[f64]> = inputs.iter().map(|x| &x[..]).collect();
        let exact = graph.eval::<f64>(&outs, &[&net.params().values().cast()], &given, &run).unwrap();
        let mut plan = graph.compile::<f32>(&outs).unwrap();
        let single: Vec<Vec<f32>> = inputs.iter().map(|x| narrow(x)).collect();
        let given: Vec<&[f32]> = single.iter().map(|x| &x[..]).collect();
        plan.run(&mut [net.params_mut().values_mut()], &given, &run).unwrap();
        let expected = [&f.y, &f.dx, &f.dweight, &f.dbias, &f.ddx, &f.ddweight, &f.ddcotangent];
        for (i, expected) in expected.into_iter().enumerate() {
            let e = distance(exact[i].values(), expected);
            assert!(e <= 1e-12, "{:?} {:?}, result {i}: {e:e}", f.spec, f.input);
            let e = distance(plan.output(i), expected);
            assert!(e <= 1e-5, "{:?} {:?}, result {i} in f32: {e:e}", f.spec, f.input);
        }
    }
}

#[test]
fn the_nets_of_dcgan_fit_together() {
    let up = |channels: usize| Spec::new("conv_transpose2d").with("channels", channels).with("kernel", 4);
    let down = |channels: usize| Spec::new("conv2d").with("channels", channels).with("kernel", 4);
    let doubling = |spec: Spec| spec.with("stride", 2).with("padding", 1);
    let generator = [
        Spec::new("reshape").with("shape", vec![1, 1, 100]),
        up(32),
        doubling(up(16)),
        doubling(up(8)),
        doubling(up(3)).with("bias", false),
    ];
    let discriminator = [doubling(down(8)), doubling(down(16)), doubling(down(32)), down(1), Spec::new("flatten")];
    let g = Network::build("generator", &generator, [100], 0, 0).unwrap();
    assert_eq!(g.output()[..], [32, 32, 3]);
    let d = Network::build("discriminator", &discriminator, g.output(), 1, 0).unwrap();
    assert_eq!(d.output()[..], [1]);
}

#[test]
fn what_does_not_fit_is_named() {
    let layer = |kind: &str| Spec::new(kind).with("channels", 4).with("kernel", 3);
    for (spec, input, says) in [
        (layer("conv2d"), &[784][..], "layers[0]: expected a picture [height, width, channels], found [784]"),
        (layer("conv2d"), &[2, 9, 1], "kernel [3, 3], stride [1, 1], padding [0, 0] on pictures of [2, 9]: does not fit"),
        (layer("conv2d").with("groups", 3), &[9, 9, 3], "3 groups do not divide 3 channels in and 4 channels out"),
        (layer("conv2d").with("stride", 0), &[9, 9, 3], "layers[0].stride: expected a whole number from 1"),
        (layer("conv2d").with("padding", -1), &[9, 9, 3], "layers[0].padding: expected a whole number from 0"),
        (Spec::new("conv2d").with("kernel", 3), &[9, 9, 3], "`channels` is missing"),
        (Spec::new("conv2d").with("channels", 3), &[9, 9, 3], "`kernel` is missing"),
        (layer("conv2d").with("bias", false).with("bias_init", 1.0), &[9, 9, 3], "unknown key `bias_init`"),
        (layer("conv2d").with("padding", 1_000_000).with("stride", 1), &[9, 9, 3], "is larger than"),
        (layer("conv_transpose2d"), &[784], "expected a picture"),
        (layer("conv_transpose2d").with("output_padding", 1), &[2, 2, 1], "must be smaller than the stride [1, 1]"),
        (
            layer("conv_transpose2d").with("groups", 3),
            &[2, 2, 3],
            "layers[0].groups: expected a divisor of the channels, found 3",
        ),
        (layer("conv_transpose2d").with("groups", 2), &[2, 2, 3], "2 groups do not divide 4 channels in and 3 channels out"),
        (layer("conv_transpose2d").with("padding", 2), &[1, 1, 1], "nothing remains of a picture"),
        (layer("conv_transpose2d").with("max_column_norm", 1.0), &[1, 1, 1], "unknown key `max_column_norm`"),
        (layer("conv2d").with("kernel", 1_000_000).with("padding", 500_000), &[9, 9, 300], "weight"),
    ] {
        let e = Network::build("net", &[spec], Shape::new(input).unwrap(), 0, 0).unwrap_err().to_string();
        assert!(e.contains(says), "`{says}` in `{e}`");
    }
}

#[test]
fn norms_of_channels_are_bounded() {
    let spec = Spec::new("conv2d").with("channels", 5).with("kernel", 3).with("max_column_norm", 0.25);
    let mut net = Network::build("net", &[spec], [4, 4, 2], 0, 0).unwrap();
    let updates = Updates::new(optim::build(&Spec::new("sgd"), "optimizer").unwrap());
    updates.register(net.params_mut()).unwrap();
    let graph = Graph::new();
    let x = graph.input("x", [2, 4, 4, 2]);
    let loss = net.forward(&Cx::new(&graph, net.params(), Mode::Train), x).square().sum();
    let scalars = updates.inputs(&graph, "net");
    let change = updates.trace(net.params(), loss, &scalars).unwrap();
    let mut plan = graph.compile::<f32>(&[change]).unwrap();
    let values: Vec<[f32; 1]> = updates.values(Progress { step: 0, epoch: 0.0 }).iter().map(|&v| [v as f32 * 1e-3]).collect();
    let inputs: Vec<&[f32]> = std::iter::once(&[0.5f32; 64][..]).chain(values.iter().map(|v| &v[..])).collect();
    let team = Team::serial();
    plan.run(&mut [net.params_mut().values_mut()], &inputs, &RunCx::new(&team, 0, 0)).unwrap();
    let w = net.params().read(net.params().find("layers[0].weight").unwrap());
    for o in 0..5 {
        let norm = w[o..].iter().step_by(5).map(|w| w * w).sum::<f32>().sqrt();
        assert!((norm - 0.25).abs() < 1e-5, "channel {o}: {norm}");
    }
}
