//! The adversarial pair as a task.

mod fault;
mod output_bias;
mod steps;

use gan_core::{CoreError, Decoder, Game, Judge, Packing, Parts, Players, Sampler, objectives, penalties, priors, views};
use gan_datasets::{Dataset, Loader};
use gan_layers::optim::{self, Average, Clip};
use gan_layers::{ParamStore, Progress, Updates, Weights};
use gan_tensor::{Plan, Pool, Shape};

use crate::config::{Config, OutputBias, UpdateOrder};
use crate::{Fault, StepReport, Task, TrainError, networks};
use output_bias::set_output_bias;
use steps::{Steps, run, trace};

/// A game with its compiled steps.
pub struct Adversarial {
    game: Game,
    steps: Steps,
    batch: usize,
    /// Steps of D for one of G.
    k: usize,
    seed: u64,
    counters: Counters,
    samplers: Vec<(Weights, Sampler)>,
    judge: Option<Judge>,
}

/// Everything about a game that changes besides its parameters.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    steps: u64,
    /// Runs of training plans: every run draws fresh noise and masks.
    draws: u64,
    d_updates: u64,
    g_updates: u64,
    batches: u64,
}

const D: &str = "discriminator";
const G: &str = "generator";

impl Adversarial {
    /// The game that a configuration describes, for a data set.
    ///
    /// # Errors
    /// What is wrong in the configuration, with its place, or what does not fit the data.
    pub fn new(config: &Config, data: &dyn Dataset) -> Result<Adversarial, TrainError> {
        let sample = Shape::new(data.sample_shape())?;
        let (g, d) = (&config.generator, &config.discriminator);
        let seed = config.seed;
        let batch = config.train.batch;
        let packing = Packing::new(d.packing)?;
        let mut players = Players {
            generator: networks::build(G, &g.layers, [g.latent].into(), 0, seed)?,
            discriminator: networks::build(D, &d.layers, packing.shape(&sample)?, 1, seed)?,
            prior: priors::build(&g.prior, "generator.prior")?,
            sample,
        };
        players.check(packing).map_err(|e| with_place(e, &players))?;
        networks::check_activations(&[&players.generator, &players.discriminator], batch)?;
        if g.output_bias == OutputBias::DataLogit {
            // before the averages are made: they start at the weights
            set_output_bias(&mut players, data)?;
        }
        let updates =
            |optimizer, path: &str, norm: Option<f64>, value: Option<f64>, average: Option<f64>| -> Result<Updates, TrainError> {
                Ok(Updates {
                    optimizer: optim::build(optimizer, path)?,
                    clip: norm.map(Clip::Norm).or(value.map(Clip::Value)),
                    average: average.map(|decay| Average { decay }),
                })
            };
        let penalties =
            config.game.penalties.iter().enumerate().map(|(i, p)| penalties::build(p, &format!("game.penalties[{i}]")));
        let views = d.views.iter().enumerate().map(|(i, v)| views::build(v, &format!("discriminator.views[{i}]")));
        let parts = Parts {
            players,
            objective: objectives::build(&config.game.objective, "game.objective")?,
            penalties: penalties.collect::<Result<_, _>>()?,
            views: views.collect::<Result<_, _>>()?,
            packing,
            generator: updates(&g.optimizer, "generator.optimizer", g.clip_norm, g.clip_value, g.average)?,
            discriminator: updates(&d.optimizer, "discriminator.optimizer", d.clip_norm, d.clip_value, None)?,
        };
        let game = Game::new(parts)?;
        let steps = trace(&game, batch, config.game.updates)?;
        Ok(Adversarial {
            game,
            steps,
            batch,
            k: config.game.k,
            seed,
            counters: Counters::default(),
            samplers: Vec::new(),
            judge: None,
        })
    }

    /// The game.
    pub fn game(&self) -> &Game {
        &self.game
    }

    /// A decoder of latent vectors, with the generator's store.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn decoder(&mut self, weights: Weights) -> Result<(Decoder, &mut ParamStore), TrainError> {
        let decoder = Decoder::new(&self.game, weights)?;
        Ok((decoder, self.game.players_mut().generator.params_mut()))
    }

    /// `n` samples, row-major, sample `i` depending on `seed` and `i` alone.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn samples(&mut self, n: usize, seed: u64, weights: Weights, pool: &mut Pool) -> Result<Vec<f32>, TrainError> {
        if !self.samplers.iter().any(|(w, _)| *w == weights) {
            self.samplers.push((weights, Sampler::new(&self.game, weights)?));
        }
        let generator = self.game.players_mut().generator.params_mut();
        match self.samplers.iter_mut().find(|(w, _)| *w == weights) {
            Some((_, sampler)) => Ok(sampler.sample(generator, n, seed, pool)?),
            None => Ok(Vec::new()),
        }
    }

    /// D's logits of samples in use, `[n]`; compiled once.
    ///
    /// # Errors
    /// No whole number of samples, or a fault of the network.
    pub fn logits(&mut self, x: &[f32], pool: &mut Pool) -> Result<Vec<f32>, TrainError> {
        let judge = match &mut self.judge {
            Some(judge) => judge,
            none => none.insert(Judge::new(&self.game)?),
        };
        Ok(judge.logits(self.game.players_mut().discriminator.params_mut(), x, pool)?)
    }

    fn progress(&self, updates: u64, per_epoch: u64) -> Progress {
        Progress { step: updates, epoch: self.counters.batches as f64 / per_epoch.max(1) as f64 }
    }

    /// One step on given batches: `next` yields one for each step of D.
    fn play(&mut self, data: &mut Loader, pool: &mut Pool) -> Result<StepReport, TrainError> {
        let per_epoch = data.batches_per_epoch();
        let mut report = StepReport { step: self.counters.steps + 1, epoch: 0.0, phases: Vec::new(), numbers: Vec::new() };
        for turn in 0..self.k {
            let batch = data.next()?;
            let (of_d, of_g) =
                (self.progress(self.counters.d_updates, per_epoch), self.progress(self.counters.g_updates, per_epoch));
            let d_scalars = self.game.discriminator_updates().optimizer.values(of_d);
            let g_scalars = self.game.generator_updates().optimizer.values(of_g);
            let last = turn + 1 == self.k;
            match &mut self.steps {
                Steps::Alternating { d, g } => {
                    let scalars = d.scalars(&[&d_scalars], of_d);
                    run(d, &mut self.game, batch, &scalars, self.seed, &mut self.counters.draws, pool)?;
                    self.counters.d_updates += 1;
                    if last {
                        d.report(&mut report);
                        let scalars = g.scalars(&[&g_scalars], of_g);
                        run(g, &mut self.game, batch, &scalars, self.seed, &mut self.counters.draws, pool)?;
                        g.report(&mut report);
                        self.counters.g_updates += 1;
                    }
                }
                Steps::Simultaneous(both) => {
                    let scalars = both.scalars(&[&d_scalars, &g_scalars], of_d);
                    run(both, &mut self.game, batch, &scalars, self.seed, &mut self.counters.draws, pool)?;
                    self.counters.d_updates += 1;
                    self.counters.g_updates += 1;
                    if last {
                        both.report(&mut report);
                    }
                }
            }
            if last {
                report.numbers.push(("d_lr", d_scalars[0]));
                report.numbers.push(("g_lr", g_scalars[0]));
            }
            self.counters.batches += 1;
        }
        self.counters.steps += 1;
        report.epoch = self.counters.batches as f64 / per_epoch.max(1) as f64;
        Ok(report)
    }
}

/// Says where in the configuration players that do not fit are to be changed.
fn with_place(fault: CoreError, players: &Players) -> TrainError {
    let network = match fault {
        CoreError::GeneratorOutput { .. } => &players.generator,
        CoreError::DiscriminatorOutput { .. } | CoreError::DiscriminatorSigmoid => &players.discriminator,
        other => return other.into(),
    };
    let layer = network.layers().last().map(|l| format!(".{}", l.path)).unwrap_or_default();
    TrainError::Config { place: format!("{}{layer}", network.name()), message: fault.to_string() }
}

impl Task for Adversarial {
    fn step(&mut self, data: &mut Loader, pool: &mut Pool) -> Result<StepReport, TrainError> {
        self.play(data, pool)
    }

    fn find_fault(&mut self, data: &mut Loader, pool: &mut Pool) -> Result<Option<Fault>, TrainError> {
        let per_epoch = data.batches_per_epoch();
        let order = match self.steps {
            Steps::Alternating { .. } => UpdateOrder::Alternating,
            Steps::Simultaneous(_) => UpdateOrder::Simultaneous,
        };
        for turn in 0..self.k {
            let batch = data.next()?;
            let (of_d, of_g) =
                (self.progress(self.counters.d_updates, per_epoch), self.progress(self.counters.g_updates, per_epoch));
            let d_scalars = self.game.discriminator_updates().optimizer.values(of_d);
            let g_scalars = self.game.generator_updates().optimizer.values(of_g);
            let phases: &[&'static str] = match order {
                UpdateOrder::Simultaneous => &["both"],
                UpdateOrder::Alternating if turn + 1 == self.k => &[D, G],
                UpdateOrder::Alternating => &[D],
            };
            for &phase in phases {
                let numbers = match &self.steps {
                    Steps::Alternating { d, .. } if phase == D => d.scalars(&[&d_scalars], of_d),
                    Steps::Alternating { g, .. } => g.scalars(&[&g_scalars], of_g),
                    Steps::Simultaneous(both) => both.scalars(&[&d_scalars, &g_scalars], of_d),
                };
                if let Some(fault) = self.look_into(phase, batch, &numbers, pool)? {
                    return Ok(Some(fault));
                }
                // not here: make the step of this phase and look into the next
                match &mut self.steps {
                    Steps::Alternating { d: plan, .. } if phase == D => {
                        run(plan, &mut self.game, batch, &numbers, self.seed, &mut self.counters.draws, pool)?;
                        self.counters.d_updates += 1;
                    }
                    Steps::Alternating { g: plan, .. } => {
                        run(plan, &mut self.game, batch, &numbers, self.seed, &mut self.counters.draws, pool)?;
                        self.counters.g_updates += 1;
                    }
                    Steps::Simultaneous(plan) => {
                        run(plan, &mut self.game, batch, &numbers, self.seed, &mut self.counters.draws, pool)?;
                        self.counters.d_updates += 1;
                        self.counters.g_updates += 1;
                    }
                }
            }
            self.counters.batches += 1;
        }
        Ok(None)
    }

    fn stores(&self) -> Vec<(&'static str, &ParamStore)> {
        let p = self.game.players();
        vec![(G, p.generator.params()), (D, p.discriminator.params())]
    }

    fn stores_mut(&mut self) -> Vec<(&'static str, &mut ParamStore)> {
        let p = self.game.players_mut();
        vec![(G, p.generator.params_mut()), (D, p.discriminator.params_mut())]
    }

    fn counters(&self) -> Vec<u64> {
        let c = self.counters;
        vec![c.steps, c.draws, c.d_updates, c.g_updates, c.batches]
    }

    fn restore_counters(&mut self, counters: &[u64]) -> bool {
        let &[steps, draws, d_updates, g_updates, batches] = counters else { return false };
        self.counters = Counters { steps, draws, d_updates, g_updates, batches };
        true
    }

    fn plans(&self) -> Vec<(&'static str, &Plan<f32>)> {
        match &self.steps {
            Steps::Alternating { d, g } => vec![(D, &d.plan), (G, &g.plan)],
            Steps::Simultaneous(both) => vec![("both players", &both.plan)],
        }
    }

    fn plans_mut(&mut self) -> Vec<&mut Plan<f32>> {
        match &mut self.steps {
            Steps::Alternating { d, g } => vec![&mut d.plan, &mut g.plan],
            Steps::Simultaneous(both) => vec![&mut both.plan],
        }
    }
}
