//! R1, R2 and WGAN-GP against PyTorch's double backward: losses and all gradients of D on the same weights and samples
//! (`fixtures/penalties.py`), for linear and for convolutional layers.

mod common;

use std::collections::BTreeMap;

use common::{close, draw, linear, objective, sgd, start};
use gan_core::{Game, Parts, Penalty, Players, Prior, Scene, penalties};
use gan_layers::{Kind, Network, Numbers, Spec};
use gan_tensor::{Cx, Element, Graph, Shape, Store, Team, Var};
use serde::Deserialize;

const BATCH: usize = 5;

#[derive(Deserialize)]
struct Expected {
    loss: f64,
    gradients: BTreeMap<String, Vec<f64>>,
}

/// The fakes themselves, which G passes on.
#[derive(Debug)]
struct Given;

impl Prior for Given {
    fn draw<'g>(&self, graph: &'g Graph, _: &str, shape: Shape) -> Var<'g> {
        graph.input("fake", shape)
    }
}

/// WGAN-GP at points that the run is given.
#[derive(Debug)]
struct GivenShares;

impl Penalty for GivenShares {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let share = scene.graph().input("share", [scene.batch(), 1]);
        penalties::gradient_penalty(scene, share, 10.0)
    }
}

fn penalty(name: &str) -> Box<dyn Penalty> {
    let gamma = |gamma: f64| penalties::build(&Spec::new(name).with("gamma", gamma), "penalty").unwrap();
    match name {
        "r1" => gamma(1.5),
        "r2" => gamma(0.7),
        _ => Box::new(GivenShares),
    }
}

fn layers(net: &str) -> (Shape, Vec<Spec>) {
    let leaky = || Spec::new("leaky_relu").with("slope", 0.2);
    if net == "mlp" {
        return ([5].into(), vec![linear(4), leaky(), linear(4), leaky(), linear(1)]);
    }
    let conv = |channels: usize, kernel: usize| Spec::new("conv2d").with("channels", channels).with("kernel", kernel);
    let (first, second) = (conv(3, 3).with("padding", 1), conv(2, 4).with("stride", 2));
    ([6, 6, 2].into(), vec![first, Spec::new("softplus"), second, leaky(), Spec::new("flatten"), linear(1)])
}

fn game(net: &str, names: &[&str]) -> Game {
    let (sample, layers) = layers(net);
    let mut discriminator = Network::build("discriminator", &layers, sample, 1, 1).unwrap();
    let specs: Vec<_> = discriminator.params().specs().cloned().collect();
    for spec in &specs {
        discriminator.params_mut().write(&spec.name, &start(&format!("penalties/{net}.{}", spec.name), &spec.shape)).unwrap();
    }
    let generator = Network::build("generator", &[Spec::new("identity")], [sample.len()], 0, 1).unwrap();
    let players = Players { generator, discriminator, prior: Box::new(Given), sample };
    let penalties = names.iter().map(|n| penalty(n)).collect();
    Game::new(Parts { penalties, ..Parts::new(players, objective("relativistic"), sgd(), sgd()) }).unwrap()
}

fn agree<E: Element>(tolerance: f64) {
    let all: BTreeMap<String, Expected> = serde_json::from_str(include_str!("fixtures/penalties.json")).unwrap();
    assert_eq!(all.len(), 8);
    for (name, expected) in &all {
        let parts: Vec<&str> = name.split('+').collect();
        let (net, names) = parts.split_first().unwrap();
        let game = game(net, names);
        let graph = Graph::new();
        let loss = game.trace_discriminator(&graph, BATCH, &Numbers::new()).unwrap().loss;
        let params = game.players().discriminator.params();
        let ids: Vec<_> = params.of_kind(Kind::Trainable).collect();
        let weights: Vec<Var<'_>> = ids.iter().map(|&id| params.var(&graph, id)).collect();
        let outs: Vec<Var<'_>> = std::iter::once(loss).chain(graph.grad(loss, &weights)).collect();
        let mut plan = graph.compile::<E>(&outs).unwrap();
        let given = plan.inputs().iter().map(|(input, shape)| match input.as_str() {
            "real" | "fake" => draw(&format!("penalties/{net}/{input}"), shape.len()),
            "share" => draw(&format!("penalties/{net}/share"), shape.len()).iter().map(|x| (x + 1.0) / 2.0).collect(),
            _ => vec![0.0; shape.len()],
        });
        let given: Vec<Vec<E>> = given.map(|x: Vec<f64>| x.iter().map(|&x| E::from_f64(x)).collect()).collect();
        let inputs: Vec<&[E]> = given.iter().map(|x| &x[..]).collect();
        let mut stores: [Store<E>; 2] = [game.players().generator.params().values().cast(), params.values().cast()];
        let [g, d] = &mut stores;
        plan.run(&mut [g, d], &inputs, &Cx::new(&Team::serial(), 1, 0)).unwrap();
        let found = |i: usize| plan.output(i).iter().map(|x| x.to_f64()).collect::<Vec<f64>>();
        close(name, &found(0), &[expected.loss], tolerance);
        for (i, &id) in ids.iter().enumerate() {
            let of = &params.spec(id).name;
            close(&format!("{name}, {of}"), &found(i + 1), &expected.gradients[of], tolerance);
        }
    }
}

#[test]
fn losses_and_gradients_in_64_bits() {
    agree::<f64>(1e-10);
}

#[test]
fn losses_and_gradients_in_32_bits() {
    agree::<f32>(1e-5);
}
