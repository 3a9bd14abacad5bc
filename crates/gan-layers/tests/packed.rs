//! Weights kept in the order in which products read them: row-major to everybody but plans.

use gan_layers::layers::Built;
use gan_layers::{Cx, Kind, Mode, Module, Network, ParamId, Progress, Spec, Updates, init, optim};
use gan_tensor::{Cx as RunCx, Graph, Pool, Var};

/// A product alone.
#[derive(Debug)]
struct Product(ParamId);

impl Module for Product {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x.matmul(cx.param(self.0))
    }
}

const SHAPE: [usize; 2] = [61, 70];

fn network(packed: bool) -> Network {
    let start = init::Constant(0.0);
    let builder = Network::builder("net", [SHAPE[0]], 0, 7).unwrap().module("product", |b| {
        let weight = b.param("weight", SHAPE, Kind::Trainable, &start)?;
        if packed {
            b.operand(weight);
        }
        Built::new(Product(weight), [SHAPE[1]])
    });
    let mut net = builder.unwrap().finish();
    let values: Vec<f32> = (0..SHAPE[0] * SHAPE[1]).map(|i| (i as f32 * 0.37).sin()).collect();
    net.params_mut().write("layers[0].weight", &values).unwrap();
    net
}

#[test]
fn values_are_read_as_they_were_written() {
    let net = network(true);
    let params = net.params();
    let id = params.find("layers[0].weight").unwrap();
    let values = params.read(id);
    let raw = params.values().get(params.slot(id)).unwrap();
    assert!(raw != &values[..], "plans see another order");
    assert!((0..values.len()).all(|k| values[k] == (k as f32 * 0.37).sin() && raw[params.offset(id, k)] == values[k]));
    assert!(params.iter().eq(network(false).params().iter().map(|(s, x)| (params.spec(params.find(&s.name).unwrap()), x))));
}

#[test]
fn small_matrices_stay_as_they_are() {
    let mut net = Network::build("net", &[Spec::new("linear").with("units", 40)], [5], 0, 7).unwrap();
    let id = net.params().find("layers[0].weight").unwrap();
    let before = net.params().read(id).to_vec();
    net.params_mut().pack(id);
    assert_eq!(net.params().values().get(0), Some(&before[..]));
}

/// Losses of four steps, then every parameter with its values.
fn train(packed: bool, optimizer: &str, threads: usize) -> (Vec<f32>, Vec<(String, Vec<f32>)>) {
    let mut net = network(packed);
    let updates = Updates {
        clip: Some(optim::Clip::Norm(0.5)),
        average: Some(optim::Average::new(0.9)),
        ..Updates::new(optim::build(&Spec::new(optimizer), "optimizer").unwrap())
    };
    updates.register(net.params_mut()).unwrap();
    let weight = net.params().find("layers[0].weight").unwrap();
    net.params_mut().constrain(weight, Some(4.0));
    let graph = Graph::new();
    let x = graph.input("x", [9, SHAPE[0]]);
    let loss = net.forward(&Cx::new(&graph, net.params(), Mode::Train), x).tanh().square().mean();
    let scalars = updates.inputs(&graph, "net");
    let change = updates.trace(net.params(), loss, &scalars).unwrap();
    let mut plan = graph.compile::<f32>(&[loss, change]).unwrap();
    let x: Vec<f32> = (0..9 * SHAPE[0]).map(|i| (i as f32 * 0.73).cos()).collect();
    let mut losses = Vec::new();
    for step in 0..4 {
        let values: Vec<f32> = updates.values(Progress { step, epoch: 0.0 }).iter().map(|&x| x as f32).collect();
        let inputs: Vec<&[f32]> = std::iter::once(&x[..]).chain(values.chunks(1)).collect();
        let stores = &mut [net.params_mut().values_mut()];
        Pool::new(threads).region(|team| plan.run(stores, &inputs, &RunCx::new(team, 0, step as u32))).unwrap();
        losses.extend([plan.output(0)[0], plan.output(1)[0]]);
    }
    (losses, net.params().iter().map(|(s, x)| (s.name.clone(), x.to_vec())).collect())
}

#[test]
fn training_gives_the_same_weights_states_and_averages() {
    for optimizer in ["sgd", "adam", "rmsprop"] {
        let (plain, packed) = (train(false, optimizer, 2), train(true, optimizer, 2));
        let close = |a: &[f32], b: &[f32]| gan_tensor::testing::distance(a, b) <= 1e-5;
        assert!(close(&packed.0, &plain.0), "{optimizer}: {:?} instead of {:?}", packed.0, plain.0);
        for ((name, found), (same, expected)) in packed.1.iter().zip(&plain.1) {
            assert!(name == same && close(found, expected), "{optimizer}: {name}");
        }
        assert_eq!(train(true, optimizer, 1), packed);
        assert_eq!(train(true, optimizer, 3), packed);
    }
}
