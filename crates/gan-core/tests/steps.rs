//! Whole steps of both players against numbers that a program of its own computed (`fixtures/make.py`).

mod common;

use std::collections::BTreeMap;

use common::{Fixed, close, game_of, linear, players};
use gan_core::{Game, objectives};
use gan_layers::Numbers;
use gan_layers::Spec;
use gan_tensor::{Cx, Element, Graph, Store, Team, Var};
use serde::Deserialize;

#[derive(Deserialize)]
struct Fixtures {
    batch: usize,
    latent: usize,
    hidden: usize,
    sample: usize,
    units: usize,
    pieces: usize,
    lr: f64,
    momentum: f64,
    max_norm: f64,
    games: Vec<Played>,
}

type Weights = BTreeMap<String, Vec<f64>>;

#[derive(Deserialize)]
struct Played {
    objective: String,
    d_scale: f64,
    order: String,
    generator: Weights,
    discriminator: Weights,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    real: Vec<f64>,
    z_d: Vec<f64>,
    z_g: Vec<f64>,
    d_loss: f64,
    g_loss: f64,
    d_change: f64,
    g_change: f64,
    value: f64,
    d_real: f64,
    d_fake: f64,
    d_fake_in_g: f64,
    generator: Weights,
    discriminator: Weights,
}

fn set_up(f: &Fixtures, played: &Played) -> Game {
    let bounded = |s: Spec| s.with("max_column_norm", f.max_norm);
    let g = [linear(f.hidden), Spec::new("relu"), linear(f.sample), Spec::new("sigmoid")];
    let d = [bounded(Spec::new("maxout").with("units", f.units).with("pieces", f.pieces)), bounded(linear(1))];
    let mut players = players(&g, &d, f.latent, f.sample);
    let narrow = |x: &[f64]| x.iter().map(|&x| x as f32).collect::<Vec<_>>();
    for (net, weights) in [(&mut players.generator, &played.generator), (&mut players.discriminator, &played.discriminator)] {
        weights.iter().for_each(|(name, x)| net.params_mut().write(name, &narrow(x)).unwrap());
    }
    let spec = Spec::new(&played.objective).with("d_scale", played.d_scale);
    game_of(players, objectives::build(&spec, "objective").unwrap(), Vec::new())
}

/// Compiles what `trace` yields and runs it once on the stores; returns the scalars.
fn run<E: Element>(
    stores: &mut [Store<E>; 2],
    real: &[f64],
    scalars: &[f64],
    trace: impl for<'g> Fn(&'g Graph) -> Vec<Var<'g>>,
) -> Vec<f64> {
    let graph = Graph::new();
    let outs = trace(&graph);
    let mut plan = graph.compile::<E>(&outs).unwrap();
    let cast = |x: &[f64]| x.iter().map(|&x| E::from_f64(x)).collect::<Vec<_>>();
    let (real, scalars) = (cast(real), cast(scalars));
    let inputs: Vec<&[E]> = std::iter::once(&real[..]).chain(scalars.chunks(1)).collect();
    let team = Team::serial();
    let [g, d] = stores;
    plan.run(&mut [g, d], &inputs, &Cx::new(&team, 0, 0)).unwrap();
    (0..outs.len()).map(|i| plan.output(i)[0].to_f64()).collect()
}

fn play<E: Element>(tolerance: f64) {
    let f: Fixtures = serde_json::from_str(include_str!("fixtures/steps.json")).unwrap();
    assert_eq!(f.games.len(), 6);
    for played in &f.games {
        let name = format!("{} {} d_scale {}", played.order, played.objective, played.d_scale);
        let mut game = set_up(&f, played);
        let p = game.players();
        let mut stores = [p.generator.params().values().cast::<E>(), p.discriminator.params().values().cast::<E>()];
        let scalars = [f.lr, f.momentum, f.lr, f.momentum];
        for (i, step) in played.steps.iter().enumerate() {
            game.players_mut().prior = Box::new(Fixed(step.z_d.clone()));
            let d_expected = [step.d_loss, step.d_change, step.value, step.d_real, step.d_fake];
            let (d_found, g_found) = if played.order == "simultaneous" {
                let mut found = run(&mut stores, &step.real, &scalars, |graph| {
                    let [d, g] = game.trace_simultaneous(graph, f.batch, &Numbers::new()).unwrap();
                    let d = [d.loss, d.squared_change, d.value.unwrap(), d.d_real.unwrap(), d.d_fake.unwrap()];
                    [&d[..], &[g.loss, g.squared_change, g.d_fake.unwrap()]].concat()
                });
                let g = found.split_off(5);
                (found, g)
            } else {
                let d = run(&mut stores, &step.real, &scalars[..2], |graph| {
                    let d = game.trace_discriminator(graph, f.batch, &Numbers::new()).unwrap();
                    vec![d.loss, d.squared_change, d.value.unwrap(), d.d_real.unwrap(), d.d_fake.unwrap()]
                });
                game.players_mut().prior = Box::new(Fixed(step.z_g.clone()));
                let g = run(&mut stores, &step.real, &scalars[..2], |graph| {
                    let g = game.trace_generator(graph, f.batch, &Numbers::new()).unwrap();
                    assert!(g.value.is_none() && g.d_real.is_none(), "G's step looks at no data");
                    vec![g.loss, g.squared_change, g.d_fake.unwrap()]
                });
                (d, g)
            };
            for (what, found, expected) in d_found.iter().zip(d_expected).enumerate().map(|(k, (f, e))| (k, *f, e)) {
                close(&format!("{name}, step {i}: number {what} of D"), &[found], &[expected], tolerance);
            }
            for (k, (found, expected)) in g_found.iter().zip([step.g_loss, step.g_change, step.d_fake_in_g]).enumerate() {
                close(&format!("{name}, step {i}: number {k} of G"), &[*found], &[expected], tolerance);
            }
            let p = game.players();
            let both = [(&p.generator, &step.generator), (&p.discriminator, &step.discriminator)];
            for ((net, weights), store) in both.into_iter().zip(&stores) {
                for (slot, (spec, _)) in net.params().iter().enumerate() {
                    let Some(expected) = weights.get(&spec.name) else { continue };
                    let found: Vec<f64> = store.get(slot).unwrap().iter().map(|x| x.to_f64()).collect();
                    close(&format!("{name}, step {i}: {}.{}", net.name(), spec.name), &found, expected, tolerance);
                }
            }
        }
    }
}

#[test]
fn three_steps_in_32_bits() {
    play::<f32>(1e-5);
}

#[test]
fn three_steps_in_64_bits() {
    play::<f64>(1e-12);
}
