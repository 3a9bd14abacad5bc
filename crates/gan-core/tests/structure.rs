//! How steps are traced: what goes through D together, what is updated when, what is not computed at all.

mod common;

use common::{Fixed, close, game, game_of, linear, objective, players};
use gan_core::{CoreError, Game, Parts, Players, priors};
use gan_layers::{Network, Numbers, ParamStore, Spec};
use gan_tensor::plan::PlanOptions;
use gan_tensor::{Cx, Graph, Plan, Shape, Team, Var};

const BATCH: usize = 5;
/// Sizes that occur once, so that a shape tells what a value is.
const LATENT: usize = 3;
const SAMPLE: usize = 7;
const G_UNITS: usize = 11;
const D_UNITS: usize = 13;

fn hidden(units: usize) -> [Spec; 2] {
    [linear(units), Spec::new("relu")]
}

fn plain() -> Game {
    let g = [&hidden(G_UNITS)[..], &[linear(SAMPLE)]].concat();
    let d = [&hidden(D_UNITS)[..], &[linear(1)]].concat();
    game(&g, &d, LATENT, SAMPLE)
}

/// A plan step by step, nothing fused.
fn compile(graph: &Graph, outs: &[Var<'_>]) -> Plan<f32> {
    graph.compile_with(outs, PlanOptions { fuse: false }).unwrap()
}

/// Shapes of what is computed in parts of the model whose name starts with `scope`.
fn made(plan: &Plan<f32>, scope: &str) -> Vec<Shape> {
    plan.steps().filter(|s| s.scope.starts_with(scope)).flat_map(|s| s.outs.to_vec()).collect()
}

fn products(plan: &Plan<f32>, scope: &str) -> Vec<Shape> {
    let products = plan.steps().filter(|s| s.op == "matmul" && s.scope.starts_with(scope));
    products.flat_map(|s| s.outs.to_vec()).collect()
}

#[test]
fn data_and_fakes_go_through_d_as_one_batch() {
    let game = plain();
    let graph = Graph::new();
    let d = game.trace_discriminator(&graph, BATCH, &Numbers::new()).unwrap();
    let forward: Vec<Shape> = products(&compile(&graph, &[d.loss]), "discriminator.layers[0]");
    assert!(forward.contains(&[2 * BATCH, D_UNITS].into()), "{forward:?}");
    assert!(!forward.contains(&[BATCH, D_UNITS].into()), "{forward:?}");
}

#[test]
fn in_the_step_of_d_nothing_flows_into_data_or_noise() {
    let game = plain();
    let graph = Graph::new();
    let d = game.trace_discriminator(&graph, BATCH, &Numbers::new()).unwrap();
    let plan = compile(&graph, &[d.loss, d.squared_change]);
    // in D's first layer: the forward product and the gradient of its weight, no gradient of what comes in
    let mut first = products(&plan, "discriminator.layers[0]");
    first.sort_by_key(|s| s[0]);
    assert_eq!(first, [[SAMPLE, D_UNITS].into(), [2 * BATCH, D_UNITS].into()]);
    // G: its two products and nothing backward
    assert_eq!(products(&plan, "generator"), [[BATCH, G_UNITS].into(), [BATCH, SAMPLE].into()]);
    let graph = Graph::new();
    let sampled = game.trace_samples(&graph, BATCH, gan_layers::Weights::Raw).unwrap();
    assert_eq!(made(&plan, "generator").len(), made(&compile(&graph, &[sampled]), "generator").len());
}

#[test]
fn in_the_step_of_g_no_weight_of_d_has_a_gradient() {
    let game = plain();
    let graph = Graph::new();
    let g = game.trace_generator(&graph, BATCH, &Numbers::new()).unwrap();
    let plan = compile(&graph, &[g.loss, g.squared_change]);
    // forward [batch, units] and backward [batch, inputs] of each layer
    let mut of_d = products(&plan, "discriminator");
    of_d.sort_by_key(|s| s[1]);
    assert_eq!(of_d, [[BATCH, 1].into(), [BATCH, SAMPLE].into(), [BATCH, D_UNITS].into(), [BATCH, D_UNITS].into()]);
    let biases = [[D_UNITS].into(), [1, D_UNITS].into()];
    assert!(made(&plan, "discriminator").iter().all(|s| !biases.contains(s)), "a bias of D has a gradient");
    // G's first layer: forward and its weight, nothing into z
    let mut first = products(&plan, "generator.layers[0]");
    first.sort_by_key(|s| s[0]);
    assert_eq!(first, [[LATENT, G_UNITS].into(), [BATCH, G_UNITS].into()]);
}

#[test]
fn simultaneous_steps_update_where_the_weights_stand() {
    // a batch of one and square weights: whatever is as large as a weight shows in the plan's memory
    const N: usize = 256;
    let bounded = linear(N).with("bias", false).with("max_column_norm", 1.0);
    let game = game(std::slice::from_ref(&bounded), &[bounded.clone(), linear(1)], N, N);
    let graph = Graph::new();
    let [d, g] = game.trace_simultaneous(&graph, 1, &Numbers::new()).unwrap();
    let plan: Plan<f32> = graph.compile(&[d.loss, g.loss, d.squared_change, g.squared_change]).unwrap();
    assert!(plan.steps().all(|s| s.op != "copy"));
    let updates: Vec<_> = plan.steps().filter(|s| s.op.ends_with("momentum")).collect();
    // two square weights, the weight and the bias of D's last layer
    assert!(updates.len() == 4 && updates.iter().all(|s| s.in_place), "{updates:?}");
    // no gradient, and no copy of a weight
    let weight = N * N * size_of::<f32>();
    assert!(plan.memory() < weight / 2, "{} bytes", plan.memory());
}

/// The stores of a game after one run of what `trace` records, on `real` and rates of 0.
fn after(game: &Game, real: &[f32], trace: impl for<'g> Fn(&'g Graph) -> Vec<Var<'g>>) -> [ParamStore; 2] {
    let graph = Graph::new();
    let mut plan: Plan<f32> = graph.compile(&trace(&graph)).unwrap();
    let mut stores = [game.players().generator.params().clone(), game.players().discriminator.params().clone()];
    let [g, d] = &mut stores;
    let team = Team::serial();
    let scalars: [&[f32]; 4] = [&[0.0]; 4];
    let inputs = [&[real][..], &scalars].concat();
    plan.run(&mut [g.values_mut(), d.values_mut()], &inputs, &Cx::new(&team, 1, 0)).unwrap();
    stores
}

fn read(store: &ParamStore, name: &str) -> Vec<f64> {
    store.read(store.find(name).unwrap()).iter().map(|&x| f64::from(x)).collect()
}

#[test]
fn batch_normalised_players_keep_statistics_in_their_own_steps() {
    let norm = Spec::new("batch_norm").with("momentum", 0.25);
    let mut players = players(&[norm.clone(), linear(2)], &[norm, linear(1)], 1, 2);
    assert!(players.discriminator.couples_batch());
    players.prior = Box::new(Fixed(vec![1.0, 2.0, 6.0]));
    // G normalises z to zero mean and adds its bias, so that fakes have that mean
    players.generator.params_mut().write("layers[1].bias", &[4.0, -8.0]).unwrap();
    let game = game_of(players, objective("non_saturating"), Vec::new());
    let real = [1.0, 2.0, 3.0, 4.0, 8.0, 9.0];

    let graph = Graph::new();
    let d = game.trace_discriminator(&graph, 3, &Numbers::new()).unwrap();
    let first = products(&compile(&graph, &[d.loss, d.squared_change]), "discriminator.layers[1]");
    assert_eq!(first.iter().filter(|s| **s == [3, 1].into()).count(), 2, "data and fakes apart: {first:?}");

    let [g, d] = after(&game, &real, |graph| {
        let d = game.trace_discriminator(graph, 3, &Numbers::new()).unwrap();
        vec![d.loss, d.squared_change]
    });
    assert_eq!(read(&g, "layers[0].mean"), [0.0], "G stands still in D's step");
    // the data first, then the fakes: m = 3/4 (3/4 0 + 1/4 real) + 1/4 fake
    let mean = |real: f64, fake: f64| 0.75 * 0.25 * real + 0.25 * fake;
    close("means of D", &read(&d, "layers[0].mean"), &[mean(4.0, 4.0), mean(5.0, -8.0)], 1e-6);
    // unbiased variances of the data: 13 and 13
    let of_fakes = |w: f64| 1.5 * w * w;
    let w = read(&g, "layers[1].weight");
    let var = |k: usize| 0.75 * (0.75 + 0.25 * 13.0) + 0.25 * of_fakes(w[k]);
    close("variances of D", &read(&d, "layers[0].var"), &[var(0), var(1)], 1e-4);

    let [g, d] = after(&game, &real, |graph| {
        let g = game.trace_generator(graph, 3, &Numbers::new()).unwrap();
        vec![g.loss, g.squared_change]
    });
    close("mean of G", &read(&g, "layers[0].mean"), &[0.25 * 3.0], 1e-6);
    close("variance of G", &read(&g, "layers[0].var"), &[0.75 + 0.25 * 7.0], 1e-6);
    assert_eq!(read(&d, "layers[0].mean"), [0.0, 0.0], "D stands still in G's step");
    assert_eq!(read(&d, "layers[0].var"), [1.0, 1.0]);

    let [g, d] = after(&game, &real, |graph| {
        let [d, g] = game.trace_simultaneous(graph, 3, &Numbers::new()).unwrap();
        vec![d.loss, d.squared_change, g.loss, g.squared_change]
    });
    close("mean of G", &read(&g, "layers[0].mean"), &[0.25 * 3.0], 1e-6);
    close("means of D", &read(&d, "layers[0].mean"), &[mean(4.0, 4.0), mean(5.0, -8.0)], 1e-6);
}

#[test]
fn masks_and_noise_are_fresh_in_every_run() {
    let dropout = Spec::new("dropout");
    for fixed in [true, false] {
        // noise fixed and masks of D, or noise from the prior and no masks
        let d = if fixed { vec![dropout.clone(), linear(1)] } else { vec![linear(1)] };
        let mut players = players(&[linear(6)], &d, 2, 6);
        if fixed {
            players.prior = Box::new(Fixed(vec![0.5; 8]));
        }
        let game = game_of(players, objective("minimax"), Vec::new());
        let stores = [&game.players().generator, &game.players().discriminator].map(|n| n.params().values().cast::<f64>());
        let real = [1.0; 4 * 6];
        let team = Team::serial();
        let loss = |seed: u64, draw: u32, of_g: bool| {
            let graph = Graph::new();
            let phase = if of_g {
                game.trace_generator(&graph, 4, &Numbers::new())
            } else {
                game.trace_discriminator(&graph, 4, &Numbers::new())
            };
            let inputs = [&real[..], &[0.0], &[0.0]];
            let cx = Cx::new(&team, seed, draw);
            graph.eval(&[phase.unwrap().loss], &[&stores[0], &stores[1]], &inputs, &cx).unwrap()[0].values()[0]
        };
        for of_g in [false, true] {
            assert_eq!(loss(1, 0, of_g), loss(1, 0, of_g), "one draw, one mask");
            assert_ne!(loss(1, 0, of_g), loss(1, 1, of_g), "another draw");
            assert_ne!(loss(1, 0, of_g), loss(2, 0, of_g), "another seed");
        }
    }
}

#[test]
fn misfits_are_named() {
    let fault = |players: Players| {
        let updates = common::sgd;
        let parts = Parts::new(players, objective("minimax"), updates(), updates());
        Game::new(parts).unwrap_err()
    };
    let shape = |n: usize| Shape::from([n]);
    let e = fault(players(&[linear(4)], &[linear(1)], 2, 3));
    assert_eq!(e, CoreError::GeneratorOutput { expected: shape(3), found: shape(4) });
    let e = fault(players(&[linear(3)], &[linear(2)], 2, 3));
    assert_eq!(e, CoreError::DiscriminatorOutput { found: shape(2) });
    let e = fault(Players { sample: shape(4), ..players(&[linear(4)], &[linear(1)], 2, 3) });
    assert_eq!(e, CoreError::DiscriminatorInput { expected: shape(4), found: shape(3) });
    for rest in [vec![], vec![Spec::new("identity")], vec![Spec::new("flatten"), Spec::new("identity")]] {
        let d = [&[linear(1), Spec::new("sigmoid")][..], &rest].concat();
        assert_eq!(fault(players(&[linear(3)], &d, 2, 3)), CoreError::DiscriminatorSigmoid);
    }
    let e = fault(players(&[linear(3)], &[Spec::new("step"), linear(1)], 2, 3));
    assert!(e.to_string().starts_with("discriminator.layers[0] (step)"), "G would learn nothing: {e}");
    let e = fault(players(&[linear(3), Spec::new("step")], &[linear(1)], 2, 3));
    assert!(e.to_string().starts_with("generator.layers[1] (step)"), "{e}");
    // both in store 0: D would read and write G's weights
    let build = |name: &str, specs: &[Spec], input: usize| Network::build(name, specs, [input], 0, 1).unwrap();
    let e = fault(Players {
        generator: build("generator", &[linear(3)], 2),
        discriminator: build("discriminator", &[linear(1)], 3),
        prior: Box::new(priors::Normal),
        sample: shape(3),
    });
    assert_eq!(e, CoreError::Position { player: "discriminator", expected: 1, found: 0 });
    let game = plain();
    assert_eq!(game.trace_discriminator(&Graph::new(), 0, &Numbers::new()).unwrap_err(), CoreError::EmptyBatch);
    assert_eq!(game.trace_generator(&Graph::new(), 0, &Numbers::new()).unwrap_err(), CoreError::EmptyBatch);
    assert_eq!(game.trace_simultaneous(&Graph::new(), 0, &Numbers::new()).unwrap_err(), CoreError::EmptyBatch);
}

#[test]
fn a_flat_generator_serves_data_of_any_shape() {
    let players = Players {
        generator: Network::build("generator", &[linear(12)], [2], 0, 1).unwrap(),
        discriminator: Network::build("discriminator", &[linear(1)], [3, 4], 1, 1).unwrap(),
        prior: Box::new(priors::Normal),
        sample: [3, 4].into(),
    };
    let game = game_of(players, objective("non_saturating"), Vec::new());
    let graph = Graph::new();
    let d = game.trace_discriminator(&graph, 2, &Numbers::new()).unwrap();
    let plan: Plan<f32> = graph.compile(&[d.loss]).unwrap();
    assert_eq!(plan.inputs()[0].1, [2, 3, 4].into());
}
