//! Twenty steps of three games against the losses that PyTorch computed on the same weights, data, latent vectors, masks and
//! shares (`fixtures/pytorch.py`).

mod common;

use std::collections::BTreeMap;

use common::{close, draw, linear, start};
use gan_core::{Game, Parts, Penalty, Phase, Players, Prior, Scene, objectives, penalties};
use gan_layers::layers::Built;
use gan_layers::{Cx, Kind, Mode, Module, Network, NetworkBuilder, Numbers, ParamId, Progress, Spec, Updates, Weights, optim};
use gan_tensor::{Cx as RunCx, Element, Graph, Plan, PlanOptions, Shape, Store, Team, Var};
use serde::Deserialize;

const STEPS: usize = 20;
const LATENT: usize = 12;

#[derive(Deserialize)]
struct Losses {
    d: Vec<f64>,
    g: Vec<f64>,
    /// Mean square of samples and mean of D's logits on them.
    in_use: Vec<f64>,
}

#[derive(Deserialize)]
struct Precisions {
    f64: Losses,
    f32: Losses,
}

/// Latent vectors that each run is given.
#[derive(Debug)]
struct Given;

impl Prior for Given {
    fn draw<'g>(&self, graph: &'g Graph, name: &str, shape: Shape) -> Var<'g> {
        graph.input(name, shape)
    }
}

/// In training multiplies by what each run is given: dropout with a mask from outside.
#[derive(Debug)]
struct Masked(&'static str);

impl Module for Masked {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        if cx.mode() == Mode::Train { x * cx.graph().input(self.0, x.shape()) } else { x }
    }
}

/// WGAN-GP's penalty at points that each run is given.
#[derive(Debug)]
struct GivenShares;

impl Penalty for GivenShares {
    fn term<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let share = scene.graph().input("share", [scene.batch(), 1]);
        penalties::gradient_penalty(scene, share, 10.0)
    }
}

/// Layers of the registry, by name and fields, with masks between.
fn net(name: &str, position: usize, input: Shape, layers: Vec<Spec>) -> Network {
    let empty = Network::builder(name, input, position, 1).unwrap();
    let add = |net: NetworkBuilder, spec: &Spec| match ["mask0", "mask1", "mask2"].iter().find(|m| spec.kind == **m) {
        Some(mask) => net.module("masked", |b| Built::new(Masked(mask), b.input())).unwrap(),
        None => net.layer(spec).unwrap(),
    };
    layers.iter().fold(empty, add).finish()
}

struct Set {
    name: &'static str,
    /// Where its numbers come from.
    stream: &'static str,
    batch: usize,
    objective: &'static str,
    optimizer: Spec,
}

const NAMES: [&str; 3] = ["mlp", "dcgan", "wgangp-mlp"];

fn set(name: &'static str) -> Set {
    let adam = |beta1: f64, beta2: f64| Spec::new("adam").with("lr", 0.0005).with("beta1", beta1).with("beta2", beta2);
    match name {
        "mlp" => Set {
            name,
            stream: name,
            batch: 10,
            objective: "non_saturating",
            optimizer: Spec::new("sgd").with("lr", 0.1).with("momentum", 0.5),
        },
        "dcgan" => Set { name, stream: "dcgan51", batch: 6, objective: "non_saturating", optimizer: adam(0.5, 0.999) },
        _ => Set { name, stream: name, batch: 10, objective: "wasserstein", optimizer: adam(0.0, 0.9).with("epsilon", 1e-4) },
    }
}

fn of(kind: &str) -> Spec {
    Spec::new(kind)
}

fn layers(game: &str) -> (Shape, [Vec<Spec>; 2]) {
    if game == "dcgan" {
        let conv = |kind: &str, channels: usize, bias: bool| {
            of(kind).with("channels", channels).with("kernel", 4).with("stride", 2).with("padding", 1).with("bias", bias)
        };
        let (up, norm) = (|c, bias| conv("conv_transpose2d", c, bias), || of("batch_norm"));
        let g = vec![
            linear(256),
            of("reshape").with("shape", vec![4, 4, 16]),
            norm(),
            of("relu"),
            up(8, false),
            norm(),
            of("relu"),
            up(3, true),
            of("tanh"),
        ];
        let down = |c, bias| conv("conv2d", c, bias);
        let d = vec![down(6, true), of("leaky_relu"), down(12, false), norm(), of("leaky_relu"), of("flatten"), linear(1)];
        return ([16, 16, 3].into(), [g, d]);
    }
    let g = vec![linear(32), of("relu"), linear(32), of("relu"), linear(49), of("sigmoid")];
    let d = if game == "mlp" {
        let bounded = |s: Spec| s.with("max_column_norm", 1.0);
        let maxout = || bounded(of("maxout").with("units", 16).with("pieces", 5));
        vec![of("mask0"), maxout(), of("mask1"), maxout(), of("mask2"), bounded(linear(1))]
    } else {
        vec![linear(32), of("leaky_relu"), linear(32), of("leaky_relu"), linear(1)]
    };
    ([49].into(), [g, d])
}

fn game(set: &Set) -> Game {
    let (sample, [g, d]) = layers(set.name);
    let mut players = Players {
        generator: net("generator", 0, [LATENT].into(), g),
        discriminator: net("discriminator", 1, sample, d),
        prior: Box::new(Given),
        sample,
    };
    for net in [&mut players.generator, &mut players.discriminator] {
        let ids: Vec<ParamId> = net.params().of_kind(Kind::Trainable).collect();
        for spec in ids.iter().map(|&id| net.params().spec(id).clone()).collect::<Vec<_>>() {
            let values = start(&format!("{}/{}.{}", set.stream, net.name(), spec.name), &spec.shape);
            net.params_mut().write(&spec.name, &values).unwrap();
        }
    }
    let penalties: Vec<Box<dyn Penalty>> = if set.name == "wgangp-mlp" { vec![Box::new(GivenShares)] } else { Vec::new() };
    let updates = || Updates::new(optim::build(&set.optimizer, "optimizer").unwrap());
    let objective = objectives::build(&of(set.objective), "objective").unwrap();
    Game::new(Parts { penalties, ..Parts::new(players, objective, updates(), updates()) }).unwrap()
}

/// What a plan is given in a step, by the names of its inputs.
fn inputs<E: Element>(set: &Set, at: &str, scalars: &[f64], names: &[(String, Shape)]) -> Vec<Vec<E>> {
    let mut scalars = scalars.iter();
    let value = |(name, shape): &(String, Shape)| {
        if shape.rank() == 0 {
            return vec![*scalars.next().unwrap()];
        }
        let x = draw(&format!("{}/{at}/{name}", set.stream), shape.len());
        let keep = if name == "mask0" { 0.8 } else { 0.5 };
        match name.as_str() {
            "latent" => x,
            "real" if set.name == "dcgan" => x,
            "real" | "share" => x.iter().map(|x| (x + 1.0) / 2.0).collect(),
            _ => x.iter().map(|&x| if x < 2.0 * keep - 1.0 { 1.0 / keep } else { 0.0 }).collect(),
        }
    };
    let values: Vec<Vec<f64>> = names.iter().map(value).collect();
    values.iter().map(|x| x.iter().map(|&x| E::from_f64(x)).collect()).collect()
}

/// A step of one player: its loss. Without fusion, what the trace says node by node must be the same bits.
fn step<E: Element>(
    stores: &mut [Store<E>; 2],
    (plan, graph, phase): (&mut Plan<E>, &Graph, &Phase<'_>),
    inputs: &[Vec<E>],
    eager: bool,
) -> f64 {
    let team = Team::serial();
    let (inputs, cx): (Vec<&[E]>, _) = (inputs.iter().map(|x| &x[..]).collect(), RunCx::new(&team, 0, 0));
    let [g, d] = stores;
    let expected = eager.then(|| graph.eval(&[phase.loss], &[&*g, &*d], &inputs, &cx).unwrap()[0].values()[0].to_f64());
    plan.run(&mut [g, d], &inputs, &cx).unwrap();
    let loss = plan.output(0)[0].to_f64();
    if let Some(expected) = expected {
        assert_eq!(loss.to_bits(), expected.to_bits(), "the plan's loss is {loss}, the trace's {expected}");
    }
    loss
}

/// Plays a game and returns its losses and the number of operations of its two plans.
fn play<E: Element>(set: &Set, options: PlanOptions) -> (Losses, usize) {
    let game = game(set);
    let p = game.players();
    let mut stores = [p.generator.params().values().cast::<E>(), p.discriminator.params().values().cast::<E>()];
    let (d_graph, g_graph) = (Graph::new(), Graph::new());
    let d_phase = game.trace_discriminator(&d_graph, set.batch, &Numbers::new()).unwrap();
    let g_phase = game.trace_generator(&g_graph, set.batch, &Numbers::new()).unwrap();
    let mut d_plan = d_graph.compile_with::<E>(&[d_phase.loss], options).unwrap();
    let mut g_plan = g_graph.compile_with::<E>(&[g_phase.loss], options).unwrap();
    let mut losses = Losses { d: Vec::new(), g: Vec::new(), in_use: Vec::new() };
    for i in 0..STEPS {
        let scalars = game.generator_updates().values(Progress { step: i as u64, epoch: 0.0 });
        let given = inputs(set, &format!("{i}/d"), &scalars, d_plan.inputs());
        losses.d.push(step(&mut stores, (&mut d_plan, &d_graph, &d_phase), &given, !options.fuse));
        let given = inputs(set, &format!("{i}/g"), &scalars, g_plan.inputs());
        losses.g.push(step(&mut stores, (&mut g_plan, &g_graph, &g_phase), &given, !options.fuse));
    }
    // running statistics, no masks
    let graph = Graph::new();
    let fake = game.trace_samples(&graph, set.batch, Weights::Raw).unwrap();
    let logits = p.discriminator.forward(&Cx::new(&graph, p.discriminator.params(), Mode::Eval), fake);
    let mut plan = graph.compile_with::<E>(&[fake.square().mean(), logits.mean()], options).unwrap();
    let given = inputs::<E>(set, "use", &[], plan.inputs());
    let [g, d] = &mut stores;
    plan.run(&mut [g, d], &[&given[0]], &RunCx::new(&Team::serial(), 0, 0)).unwrap();
    losses.in_use = (0..2).map(|i| plan.output(i)[0].to_f64()).collect();
    (losses, d_plan.steps().count() + g_plan.steps().count())
}

fn compare<E: Element>(tolerance: f64, precision: impl Fn(&Precisions) -> &Losses) {
    let mut all: BTreeMap<String, serde_json::Value> = serde_json::from_str(include_str!("fixtures/pytorch.json")).unwrap();
    for name in NAMES {
        let expected: Precisions = serde_json::from_value(all.remove(name).unwrap()).unwrap();
        let expected = precision(&expected);
        let [fused, plain] = [true, false].map(|fuse| {
            let (found, operations) = play::<E>(&set(name), PlanOptions { fuse });
            assert_eq!([expected.d.len(), expected.g.len(), expected.in_use.len()], [STEPS, STEPS, 2]);
            let check = |what: &str, found: &[f64], expected: &[f64]| {
                println!("{name}, fused {fuse}, {what}: {:.1e}", gan_tensor::testing::distance(found, expected));
                close(&format!("{name}, fused {fuse}, {what}"), found, expected, tolerance);
            };
            check("D", &found.d, &expected.d);
            check("G", &found.g, &expected.g);
            check("in use", &found.in_use, &expected.in_use);
            operations
        });
        assert!(fused < plain, "{name}: nothing was fused");
    }
}

#[test]
fn twenty_steps_in_32_bits() {
    compare::<f32>(1e-5, |p| &p.f64);
    compare::<f32>(1e-5, |p| &p.f32);
}

#[test]
fn twenty_steps_in_64_bits() {
    compare::<f64>(1e-10, |p| &p.f64);
}
