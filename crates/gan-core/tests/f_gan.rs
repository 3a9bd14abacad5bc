//! f-GAN: traced losses against the `f64` formulas of the theory, and games that are played.

mod common;

use common::{Fixed, close, game_of, linear, players};
use gan_core::theory::f_divergences::{self, FDivergence};
use gan_core::{Game, Objective, Parts, objectives, priors};
use gan_layers::{Numbers, Progress, Spec, Updates, optim};
use gan_tensor::{Cx, Graph, Pool, Team};

const REAL: [f64; 5] = [2.0, -0.5, 0.25, -3.0, 6.0];
const FAKE: [f64; 5] = [-1.5, 0.75, -3.0, 5.0, 0.0];

fn specs() -> impl Iterator<Item = (&'static str, &'static dyn FDivergence, &'static str, Spec)> {
    f_divergences::ALL.iter().flat_map(|e| {
        ["minimax", "non_saturating"].map(|generator| {
            let spec = Spec::new("f_gan").with("divergence", e.name).with("generator", generator);
            (e.name, e.divergence, generator, spec)
        })
    })
}

fn build(spec: &Spec) -> Box<dyn Objective> {
    objectives::build(spec, "objective").unwrap()
}

/// Losses of D and G where D's raw outputs on data and fakes are these.
fn losses(spec: &Spec, real: &[f64], fake: &[f64]) -> [f64; 2] {
    let mut players = players(&[linear(1)], &[linear(1)], 1, 1);
    players.prior = Box::new(Fixed(fake.to_vec()));
    players.generator.params_mut().write("layers[0].weight", &[1.0]).unwrap();
    players.discriminator.params_mut().write("layers[0].weight", &[1.0]).unwrap();
    let game = game_of(players, build(spec), Vec::new());
    let p = game.players();
    let stores = [p.generator.params().values().cast::<f64>(), p.discriminator.params().values().cast::<f64>()];
    let (team, inputs) = (Team::serial(), [real, &[0.0], &[0.0]]);
    let (gd, gg) = (Graph::new(), Graph::new());
    let d = game.trace_discriminator(&gd, real.len(), &Numbers::new()).unwrap().loss;
    let g = game.trace_generator(&gg, real.len(), &Numbers::new()).unwrap().loss;
    let eval = |graph: &Graph, out| {
        graph.eval(&[out], &[&stores[0], &stores[1]], &inputs, &Cx::new(&team, 0, 0)).unwrap()[0].values()[0]
    };
    [eval(&gd, d), eval(&gg, g)]
}

fn mean(x: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    x.iter().map(|&x| f(x)).sum::<f64>() / x.len() as f64
}

#[test]
fn losses_are_the_variational_bound() {
    for (name, f, generator, spec) in specs() {
        let judged = mean(&FAKE, |v| f.conjugate(f.activation(v)));
        let bound = mean(&REAL, |v| f.activation(v)) - judged;
        let expected = if generator == "minimax" { -judged } else { -mean(&FAKE, |v| f.activation(v)) };
        close(name, &losses(&spec, &REAL, &FAKE), &[-bound, expected], 1e-13);
    }
}

#[test]
fn at_the_equilibrium_the_loss_is_minus_f_of_one() {
    for (name, f, _, spec) in specs() {
        // the raw output at which D says that the densities are equal, by bisection of the increasing activation
        let (mut lo, mut hi) = (-8.0, 8.0);
        for _ in 0..100 {
            let middle = (lo + hi) / 2.0;
            if f.activation(middle) < f.threshold() { lo = middle } else { hi = middle }
        }
        let [d, _] = losses(&spec, &[lo; 2], &[lo; 2]);
        assert!((d + f.f(1.0)).abs() < 1e-13, "{name}: {d}");
        // nothing else that D could say of equal samples is better
        for v in [-1.0, 0.3, 2.0] {
            assert!(losses(&spec, &[lo + v; 2], &[lo + v; 2])[0] >= d - 1e-13, "{name} {v}");
        }
        assert_eq!(build(&spec).optimum().is_some(), f.reads_log_ratio(), "{name}");
        assert!(!f.reads_log_ratio() || lo.abs() < 1e-13, "{name}: sigmoid(v) must be 1/2 there, found v = {lo}");
    }
}

#[test]
fn with_the_divergence_of_2014_it_is_the_game_of_2014() {
    for generator in ["minimax", "non_saturating"] {
        let spec = Spec::new("f_gan").with("divergence", "gan").with("generator", generator);
        close(generator, &losses(&spec, &REAL, &FAKE), &losses(&Spec::new(generator), &REAL, &FAKE), 1e-15);
    }
    close("default", &losses(&Spec::new("f_gan"), &REAL, &FAKE), &losses(&Spec::new("minimax"), &REAL, &FAKE), 1e-15);
}

#[test]
fn raw_outputs_of_eighty_overflow_in_neither_precision() {
    for (name, f, generator, _) in specs().filter(|s| s.2 == "minimax") {
        let graph = Graph::new();
        let v = graph.literal([4], &[-80.0, 80.0, -1e-6, 1e-6]);
        let outs = [f.trace_activation(v), f.trace_conjugate(v)];
        let slopes = outs.map(|out| graph.grad(out.sum(), &[v])[0]);
        let (team, outs) = (Team::serial(), [outs[0], outs[1], slopes[0], slopes[1]]);
        let single = graph.eval::<f32>(&outs, &[], &[], &Cx::new(&team, 0, 0)).unwrap();
        let double = graph.eval::<f64>(&outs, &[], &[], &Cx::new(&team, 0, 0)).unwrap();
        for (a, b) in single.iter().zip(&double) {
            assert!(a.values().iter().all(|x| x.is_finite()), "{name} {generator}: {a:?}");
            for (&x, &y) in a.values().iter().zip(b.values()) {
                assert!((f64::from(x) - y).abs() <= 1e-5 * y.abs().max(1.0), "{name}: {x} in f32, {y} in f64");
            }
        }
    }
}

/// Trains a generator `a z + b` with `z` standard normal; returns `b` and `|a|`.
fn train(spec: &Spec) -> (f64, f64) {
    const BATCH: usize = 128;
    const STEPS: u64 = 1000;
    let adam = |lr: f64| {
        let spec = Spec::new("adam").with("lr", lr).with("beta1", 0.0).with("beta2", 0.9);
        Updates::new(optim::build(&spec, "optimizer").unwrap())
    };
    let tanh = Spec::new("tanh");
    let mut players = players(&[linear(1)], &[linear(16), tanh, linear(1)], 1, 1);
    players.prior = Box::new(priors::Normal);
    players.generator.params_mut().write("layers[0].weight", &[1.0]).unwrap();
    let parts = Parts::new(players, build(spec), adam(0.01), adam(0.01));
    let mut game = Game::new(parts).unwrap();
    let data = Graph::new();
    let real = data.normal("data", [BATCH, 1]) * MEAN_AND_DEVIATION.1 + MEAN_AND_DEVIATION.0;
    let (gd, gg) = (Graph::new(), Graph::new());
    let d = game.trace_discriminator(&gd, BATCH, &Numbers::new()).unwrap();
    let g = game.trace_generator(&gg, BATCH, &Numbers::new()).unwrap();
    let mut plans = [gd.compile::<f32>(&[d.loss]).unwrap(), gg.compile::<f32>(&[g.loss]).unwrap()];
    let (mut pool, team) = (Pool::new(1), Team::serial());
    for step in 0..STEPS {
        let real = data.eval::<f32>(&[real], &[], &[], &Cx::new(&team, 1, step as u32)).unwrap();
        let values = game.discriminator_updates().values(Progress { step, ..Progress::default() });
        let scalars: Vec<[f32; 1]> = values.iter().map(|&x| [x as f32]).collect();
        let inputs = [real[0].values(), &scalars[0], &scalars[1], &scalars[2]];
        for (i, plan) in (0..).zip(&mut plans) {
            let p = game.players_mut();
            let mut stores = [p.generator.params_mut().values_mut(), p.discriminator.params_mut().values_mut()];
            let draw = 2 * step as u32 + i;
            pool.region(|team| plan.run(&mut stores, &inputs, &Cx::new(team, 7, draw))).unwrap();
        }
    }
    let params = game.players().generator.params();
    let at = |name: &str| f64::from(params.read(params.find(name).unwrap())[0]);
    (at("layers[0].bias"), at("layers[0].weight").abs())
}

/// Of the data; the generator starts at (0, 1).
const MEAN_AND_DEVIATION: (f64, f64) = (2.0, 0.5);

#[test]
fn every_divergence_draws_a_gaussian_to_the_data() {
    for (name, _, generator, spec) in specs() {
        let (mean, deviation) = train(&spec);
        // the Wasserstein-2 distance of two Gaussians; at the start it is 2.06
        let distance = (mean - MEAN_AND_DEVIATION.0).hypot(deviation - MEAN_AND_DEVIATION.1);
        // D's bounded output gives the total variation little slope: both players keep moving around the equilibrium
        let bound = if name == "total_variation" { 0.6 } else { 0.25 };
        assert!(distance < bound, "{name}, {generator}: mean {mean:.3}, deviation {deviation:.3}, distance {distance:.3}");
    }
}
