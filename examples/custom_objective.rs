//! An objective of one's own, and the game of Algorithm 1 written out.
//!
//!     cargo run --release --example custom_objective -- [steps]
//!
//! Least squares (Mao et al. 2017): D's output is drawn to 1 on data and to 0 on fakes, and G wants its fakes at 1. An objective
//! says so in the words of the paper; gradients, updates and compilation follow from it.

use std::error::Error;
use std::sync::Arc;

use gan::core::{Parts, Phase, Players, Sampler, priors, testing};
use gan::datasets::{Loader, LoaderOptions, OpenOptions};
use gan::layers::{Numbers, Progress, Updates, optim};
use gan::prelude::*;
use gan::tensor::Cx;

/// `1/2 E (d(x) - 1)^2 + 1/2 E d(G(z))^2` for D, `1/2 E (d(G(z)) - 1)^2` for G, on D's output `d` without a sigmoid.
#[derive(Debug)]
struct LeastSquares;

impl Objective for LeastSquares {
    fn discriminator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let (real, fake) = scene.d_pair();
        ((real - 1.0).square().mean() + fake.square().mean()) * 0.5
    }

    fn generator<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        (scene.d_fake() - 1.0).square().mean() * 0.5
    }
}

const BATCH: usize = 128;
const SEED: u64 = 1;

fn linear(units: usize) -> Spec {
    Spec::new("linear").with("units", units).with("init", "he")
}

fn updates() -> Result<Updates, Box<dyn Error>> {
    let adam = Spec::new("adam").with("lr", 0.001).with("beta1", 0.5);
    Ok(Updates::new(optim::build(&adam, "optimizer")?))
}

/// Runs one player's step on a batch.
fn step(
    plan: &mut Plan<f32>,
    game: &mut Game,
    x: &[f32],
    scalars: &[f64],
    draw: u32,
    pool: &mut Pool,
) -> Result<f32, Box<dyn Error>> {
    let scalars: Vec<f32> = scalars.iter().map(|&x| x as f32).collect();
    let inputs: Vec<&[f32]> = std::iter::once(x).chain(scalars.chunks(1)).collect();
    let players = game.players_mut();
    let mut stores = [players.generator.params_mut().values_mut(), players.discriminator.params_mut().values_mut()];
    pool.region(|team| plan.run(&mut stores, &inputs, &Cx::new(team, SEED, draw)))?;
    Ok(plan.output(0)[0])
}

fn main() -> Result<(), Box<dyn Error>> {
    let steps: u32 = std::env::args().nth(1).map_or(Ok(2000), |n| n.parse())?;

    // are the gradients those of the losses? against finite differences, on a small game
    let errors = testing::check_gradients(&testing::game(Box::new(LeastSquares), Vec::new())?)?;
    println!("gradients against differences: D {:.0e}, G {:.0e}", errors.discriminator, errors.generator);

    let data: Arc<dyn Dataset> =
        Arc::from(gan::datasets::open("gaussian", &OpenOptions { seed: SEED, ..OpenOptions::default() })?);
    let mut loader =
        Loader::new(data.clone(), LoaderOptions { batch: BATCH, seed: SEED, shuffle: true, flip: false, prefetch: 2 })?;
    let sample = data.sample_len();
    let net = |name: &str, input: usize, output: usize, position: usize| {
        Network::build(name, &[linear(32), Spec::new("softplus"), linear(output)], [input], position, SEED)
    };
    let players = Players {
        generator: net("generator", 1, sample, 0)?,
        discriminator: net("discriminator", sample, 1, 1)?,
        prior: Box::new(priors::Normal),
        sample: [sample].into(),
    };
    let mut game = Game::new(Parts::new(players, Box::new(LeastSquares), updates()?, updates()?))?;

    // each player's step is traced once, compiled, and then replayed
    let compile = |graph: &Graph, phase: Phase<'_>| graph.compile::<f32>(&[phase.loss]);
    let graph = Graph::new();
    let mut d_plan = compile(&graph, game.trace_discriminator(&graph, BATCH, &Numbers::new())?)?;
    let graph = Graph::new();
    let mut g_plan = compile(&graph, game.trace_generator(&graph, BATCH, &Numbers::new())?)?;

    let mut pool = Pool::new(1);
    for i in 0..steps {
        let progress = Progress { step: u64::from(i), epoch: 0.0 };
        let x = &loader.next()?.x;
        let d_scalars = game.discriminator_updates().values(progress);
        let d_loss = step(&mut d_plan, &mut game, x, &d_scalars, 2 * i, &mut pool)?;
        let g_scalars = game.generator_updates().values(progress);
        let g_loss = step(&mut g_plan, &mut game, x, &g_scalars, 2 * i + 1, &mut pool)?;
        if (i + 1) % (steps / 8).max(1) == 0 {
            println!("step {:5}  D {d_loss:.4} (1/4 where it cannot tell)  G {g_loss:.4} (1/8)", i + 1);
        }
    }

    let mut made = Sampler::new(&game, Weights::Raw)?;
    let made = made.sample(game.players_mut().generator.params_mut(), 10_000, SEED, &mut pool)?;
    let mut real = vec![0.0; sample];
    let real: Vec<f32> =
        (0..data.len().min(10_000)).map(|i| data.read(i, &mut real).map(|()| real[0])).collect::<Result<_, _>>()?;
    for (name, x) in [("data", real), ("generated", made)] {
        let mean = x.iter().sum::<f32>() / x.len() as f32;
        let deviation = (x.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / x.len() as f32).sqrt();
        println!("{name:9}  mean {mean:+.3}  standard deviation {deviation:.3}");
    }
    Ok(())
}
