//! A one-dimensional game whose players move one at a time.

use std::sync::Arc;

use gan::core::theory::densities::Density;
use gan::core::{Decoder, Judge};
use gan::layers::{Numbers, Progress, Weights};
use gan::tensor::{Cx, Graph, Plan, Pool};
use gan::train::{Config, Session, Task};

use super::data::FromDensity;

/// Both players, the plans of their steps and what reads them.
pub(super) struct LineGame {
    session: Session,
    d: Player,
    g: Player,
    decoder: Decoder,
    judge: Judge,
    batch: usize,
    seed: u64,
    /// Samples of the data that were used.
    read: usize,
    /// Runs of plans: each draws fresh noise.
    draws: u32,
}

struct Player {
    plan: Plan<f32>,
    updates: u64,
}

impl LineGame {
    /// The players, of the scale of the data: G starts beside them, a little narrower.
    pub fn new(p_data: &dyn Density, (mean, deviation): (f64, f64), seed: u64) -> anyhow::Result<LineGame> {
        let normal = |std: f64| format!("{{ type = \"normal\", std = {std:?} }}");
        let scale = [
            format!("seed={seed}"),
            format!("generator.layers[4].init={}", normal(0.8 * deviation)),
            format!("generator.layers[4].bias_init={:?}", mean + 1.4 * deviation),
            format!("discriminator.layers[0].init={}", normal(0.125 / deviation)),
        ];
        let mut config = Config::from_toml(include_str!("figure1.toml"), "figure1.toml", &scale)?;
        let data = Arc::new(FromDensity::new(p_data, seed)?);
        // the networks are small: a second thread would only wait
        config.train.threads = Some(1);
        let session = Session::with_data(&config, data)?;
        let (game, batch) = (session.task().game(), config.train.batch);
        let graph = Graph::new();
        let d = graph.compile(&[game.trace_discriminator(&graph, batch, &Numbers::new())?.loss])?;
        let graph = Graph::new();
        let g = graph.compile(&[game.trace_generator(&graph, batch, &Numbers::new())?.loss])?;
        let (decoder, judge) = (Decoder::new(game, Weights::Raw)?, Judge::new(game)?);
        let player = |plan| Player { plan, updates: 0 };
        Ok(LineGame { d: player(d), g: player(g), session, decoder, judge, batch, seed, read: 0, draws: 0 })
    }

    /// Steps made by D and by G.
    pub fn steps(&self) -> (usize, usize) {
        (self.d.updates as usize, self.g.updates as usize)
    }

    /// `n` steps of D while G stands still.
    pub fn teach_discriminator(&mut self, n: usize, rate: f64) -> anyhow::Result<()> {
        (0..n).try_for_each(|_| self.step(true, rate))
    }

    /// `n` steps of G while D stands still.
    pub fn teach_generator(&mut self, n: usize, rate: f64) -> anyhow::Result<()> {
        (0..n).try_for_each(|_| self.step(false, rate))
    }

    /// `n` steps of Algorithm 1, each with `k` of D for one of G. The rates are those of D and of G.
    pub fn play(&mut self, n: usize, k: usize, rates: (f64, f64)) -> anyhow::Result<()> {
        for _ in 0..n {
            self.teach_discriminator(k, rates.0)?;
            self.teach_generator(1, rates.1)?;
        }
        Ok(())
    }

    /// A step of one player, its learning rate times `rate`.
    fn step(&mut self, discriminator: bool, rate: f64) -> anyhow::Result<()> {
        let mut batch = vec![0.0; self.batch];
        for x in batch.chunks_mut(1) {
            let data = self.session.data();
            data.read(self.read % data.len(), x)?;
            self.read += 1;
        }
        let game = self.session.task().game();
        let (player, updates) = match discriminator {
            true => (&mut self.d, game.discriminator_updates()),
            false => (&mut self.g, game.generator_updates()),
        };
        let mut scalars = updates.values(Progress { step: player.updates, epoch: 0.0 });
        if let Some(lr) = scalars.first_mut() {
            *lr *= rate;
        }
        let scalars: Vec<f32> = scalars.into_iter().map(|s| s as f32).collect();
        let inputs: Vec<&[f32]> = std::iter::once(&batch[..]).chain(scalars.chunks(1)).collect();
        let (task, pool) = self.session.task_mut();
        let mut stores: Vec<_> = task.stores_mut().into_iter().map(|(_, s)| s.values_mut()).collect();
        pool.region(|team| player.plan.run(&mut stores, &inputs, &Cx::new(team, self.seed, self.draws)))?;
        player.updates += 1;
        self.draws += 1;
        Ok(())
    }

    /// G at given latent values.
    pub fn decode(&mut self, z: &[f32]) -> anyhow::Result<Vec<f64>> {
        let (task, pool): (_, &mut Pool) = self.session.task_mut();
        let mut stores = task.stores_mut();
        let x = match &mut stores[..] {
            [(_, generator), _] => self.decoder.decode(generator, z, pool)?,
            _ => Vec::new(),
        };
        Ok(x.into_iter().map(f64::from).collect())
    }

    /// D's logits at places of the line.
    pub fn logits(&mut self, x: &[f64]) -> anyhow::Result<Vec<f64>> {
        let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
        let (task, pool) = self.session.task_mut();
        let mut stores = task.stores_mut();
        let logits = match &mut stores[..] {
            [_, (_, discriminator)] => self.judge.logits(discriminator, &x, pool)?,
            _ => Vec::new(),
        };
        Ok(logits.into_iter().map(f64::from).collect())
    }
}
