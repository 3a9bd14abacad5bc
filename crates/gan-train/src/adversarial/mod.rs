//! The adversarial pair as a task.

mod fault;
mod output_bias;
mod steps;

use gan_core::{
    Classes, CoreError, Decoder, Game, Judge, Packing, Parts, Players, Sampler, Unrolling, objectives, penalties, priors, views,
};
use gan_datasets::{Batch, Dataset, Loader};
use gan_layers::optim::{self, Clip};
use gan_layers::{ParamStore, Progress, Updates, Weights};
use gan_tensor::{Plan, Pool, Shape};

use crate::config::{Config, OutputBias};
use crate::{Fault, StepReport, Task, TrainError, networks};
use output_bias::set_output_bias;
use steps::{Compiled, Steps, run, trace};

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
const BOTH: &str = "both";

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
            generator: networks::build(G, &g.layers, [g.latent].into(), 0, seed, data.classes())?,
            discriminator: networks::build(D, &d.layers, packing.shape(&sample)?, 1, seed, data.classes())?,
            prior: priors::build(&g.prior, "generator.prior")?,
            sample,
        };
        players.check(packing).map_err(|e| with_place(e, &players))?;
        networks::check_activations(&[&players.generator, &players.discriminator], batch)?;
        if g.output_bias == OutputBias::DataLogit {
            // before the averages are made: they start at the weights
            set_output_bias(&mut players, data)?;
        }
        let updates = |optimizer, path: &str, norm: Option<f64>, value: Option<f64>| -> Result<Updates, TrainError> {
            let clip = norm.map(Clip::Norm).or(value.map(Clip::Value));
            Ok(Updates { clip, ..Updates::new(optim::build(optimizer, path)?) })
        };
        let of_g = updates(&g.optimizer, "generator.optimizer", g.clip_norm, g.clip_value)?;
        let of_d = updates(&d.optimizer, "discriminator.optimizer", d.clip_norm, d.clip_value)?;
        let penalties =
            config.game.penalties.iter().enumerate().map(|(i, p)| penalties::build(p, &format!("game.penalties[{i}]")));
        let views = d.views.iter().enumerate().map(|(i, v)| views::build(v, &format!("discriminator.views[{i}]")));
        let parts = Parts {
            players,
            objective: objectives::build(&config.game.objective, "game.objective")?,
            penalties: penalties.collect::<Result<_, _>>()?,
            views: views.collect::<Result<_, _>>()?,
            packing,
            unrolling: Unrolling::new(config.game.unroll),
            generator: Updates { average: config.average()?, ..of_g },
            discriminator: Updates { weight_clip: d.weight_clip, ..of_d },
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

    /// `n` samples, row-major, sample `i` depending on `seed` and `i` alone; of a conditional generator, all its classes in turn.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn samples(&mut self, n: usize, seed: u64, weights: Weights, pool: &mut Pool) -> Result<Vec<f32>, TrainError> {
        self.samples_of(n, &Classes::InTurn, seed, weights, pool)
    }

    /// `n` samples of the classes asked for; the sampler is compiled once for each kind of weights.
    ///
    /// # Errors
    /// Classes that a conditional generator does not know, or that are asked of another; a fault of the network.
    pub fn samples_of(
        &mut self,
        n: usize,
        classes: &Classes,
        seed: u64,
        weights: Weights,
        pool: &mut Pool,
    ) -> Result<Vec<f32>, TrainError> {
        let at = match self.samplers.iter().position(|(w, _)| *w == weights) {
            Some(at) => at,
            None => {
                self.samplers.push((weights, Sampler::new(&self.game, weights)?));
                self.samplers.len() - 1
            }
        };
        let generator = self.game.players_mut().generator.params_mut();
        Ok(self.samplers[at].1.sample_of(generator, n, classes, seed, pool)?)
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

    /// What moves on a batch: `last` is the one that G moves on, too.
    fn phases(&self, last: bool) -> &'static [&'static str] {
        match (&self.steps, last) {
            (Steps::Simultaneous(_), _) => &[BOTH],
            (Steps::Alternating { .. }, true) => &[D, G],
            (Steps::Alternating { .. }, false) => &[D],
        }
    }

    /// The scalars of a phase's plan for its next run.
    fn scalars(&self, phase: &str, per_epoch: u64) -> Vec<f64> {
        let Counters { d_updates, g_updates, .. } = self.counters;
        let d = |ahead: u64| self.game.discriminator_updates().values(self.progress(d_updates + ahead, per_epoch));
        let of_g = self.progress(g_updates, per_epoch);
        let g = || self.game.generator_updates().values(of_g);
        // D's next updates, which G looks at
        let ahead = || (0..self.game.unrolling().steps() as u64).map(d);
        match &self.steps {
            Steps::Alternating { d: plan, .. } if phase == D => plan.scalars([d(0)], self.progress(d_updates, per_epoch)),
            Steps::Alternating { g: plan, .. } => plan.scalars([g()].into_iter().chain(ahead()), of_g),
            Steps::Simultaneous(plan) => plan.scalars([d(0), g()].into_iter().chain(ahead()), of_g),
        }
    }

    /// Runs a phase's plan.
    fn run(&mut self, phase: &str, batch: &Batch, scalars: &[f64], pool: &mut Pool) -> Result<&Compiled, TrainError> {
        let c = &mut self.counters;
        let plan = match &mut self.steps {
            Steps::Alternating { d, .. } if phase == D => d,
            Steps::Alternating { g, .. } => g,
            Steps::Simultaneous(both) => both,
        };
        run(plan, &mut self.game, batch, scalars, self.seed, &mut c.draws, pool)?;
        c.d_updates += u64::from(phase != G);
        c.g_updates += u64::from(phase != D);
        Ok(plan)
    }

    /// One step on given batches: `next` yields one for each step of D.
    fn play(&mut self, data: &mut Loader, pool: &mut Pool) -> Result<StepReport, TrainError> {
        let per_epoch = data.batches_per_epoch();
        let mut report = StepReport { step: self.counters.steps + 1, epoch: 0.0, phases: Vec::new(), numbers: Vec::new() };
        for turn in 0..self.k {
            let batch = data.next()?;
            let last = turn + 1 == self.k;
            let (of_d, of_g) =
                (self.progress(self.counters.d_updates, per_epoch), self.progress(self.counters.g_updates, per_epoch));
            for &phase in self.phases(last) {
                let scalars = self.scalars(phase, per_epoch);
                let plan = self.run(phase, batch, &scalars, pool)?;
                if last {
                    plan.report(&mut report);
                }
            }
            if last {
                let lr = |updates: &Updates, progress| updates.values(progress).first().copied();
                let rates =
                    [("d_lr", lr(self.game.discriminator_updates(), of_d)), ("g_lr", lr(self.game.generator_updates(), of_g))];
                report.numbers.extend(rates.into_iter().filter_map(|(name, lr)| Some((name, lr?))));
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
        for turn in 0..self.k {
            let batch = data.next()?;
            for &phase in self.phases(turn + 1 == self.k) {
                let scalars = self.scalars(phase, per_epoch);
                if let Some(fault) = self.look_into(phase, batch, &scalars, pool)? {
                    return Ok(Some(fault));
                }
                // not here: make the step of this phase and look into the next
                self.run(phase, batch, &scalars, pool)?;
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
