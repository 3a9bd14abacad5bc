//! The adversarial pair as a task.

use gan_core::{CoreError, Decoder, Game, Parts, Phase, Players, Sampler, objectives, penalties, priors};
use gan_datasets::{Batch, Dataset, Loader};
use gan_layers::optim::{self, Average, Clip};
use gan_layers::{Kind, Network, ParamStore, Progress, Updates, Weights};
use gan_tensor::{Cx, Graph, Plan, Pool, Shape};

use crate::config::{Config, OutputBias, UpdateOrder};
use crate::{Fault, PhaseReport, StepReport, Task, TrainError};

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

/// The compiled steps of both players.
enum Steps {
    /// Algorithm 1: k steps of D, then one of G on fresh noise.
    Alternating { d: Compiled, g: Compiled },
    /// Both from one forward pass.
    Simultaneous(Compiled),
}

/// A plan and which of its outputs is what.
struct Compiled {
    plan: Plan<f32>,
    phases: Vec<PhaseOutputs>,
}

#[derive(Clone, Copy)]
struct PhaseOutputs {
    phase: &'static str,
    loss: usize,
    change: usize,
    d_real: Option<usize>,
    d_fake: Option<usize>,
    value: Option<usize>,
}

const D: &str = "discriminator";
const G: &str = "generator";

fn compile(graph: &Graph, phases: &[(&'static str, Phase<'_>)]) -> Result<Compiled, CoreError> {
    let mut outputs = Vec::new();
    let mut add = |v| {
        outputs.push(v);
        outputs.len() - 1
    };
    let mut list = Vec::new();
    for &(phase, p) in phases {
        let (loss, change) = (add(p.loss), add(p.squared_change));
        list.push(PhaseOutputs {
            phase,
            loss,
            change,
            d_real: p.d_real.map(&mut add),
            d_fake: p.d_fake.map(&mut add),
            value: p.value.map(&mut add),
        });
    }
    Ok(Compiled { plan: graph.compile(&outputs)?, phases: list })
}

impl Adversarial {
    /// The game that a configuration describes, for a data set.
    ///
    /// # Errors
    /// What is wrong in the configuration, with its place, or what does not fit the data.
    pub fn new(config: &Config, data: &dyn Dataset) -> Result<Adversarial, TrainError> {
        let sample = Shape::new(data.sample_shape())?;
        let (g, d) = (&config.generator, &config.discriminator);
        let seed = config.seed;
        let players = Players {
            generator: Network::build(G, &g.layers, [g.latent], 0, seed)?,
            discriminator: Network::build(D, &d.layers, sample, 1, seed)?,
            prior: priors::build(&g.prior, "generator.prior")?,
            sample,
        };
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
        let parts = Parts {
            players,
            objective: objectives::build(&config.game.objective, "game.objective")?,
            penalties: penalties.collect::<Result<_, _>>()?,
            generator: updates(&g.optimizer, "generator.optimizer", g.clip_norm, g.clip_value, g.average)?,
            discriminator: updates(&d.optimizer, "discriminator.optimizer", d.clip_norm, d.clip_value, None)?,
        };
        let mut game = Game::new(parts)?;
        if g.output_bias == OutputBias::DataLogit {
            set_output_bias(game.players_mut(), data)?;
        }
        let batch = config.train.batch;
        let steps = trace(&game, batch, config.game.updates)?;
        Ok(Adversarial { game, steps, batch, k: config.game.k, seed, counters: Counters::default(), samplers: Vec::new() })
    }

    /// The game.
    pub fn game(&self) -> &Game {
        &self.game
    }

    /// The compiled plans by phase: for listings and benchmarks.
    pub fn plans(&self) -> Vec<(&'static str, &Plan<f32>)> {
        match &self.steps {
            Steps::Alternating { d, g } => vec![(D, &d.plan), (G, &g.plan)],
            Steps::Simultaneous(both) => vec![("both players", &both.plan)],
        }
    }

    /// A decoder of `n` latent vectors, with the generator's store.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn decoder(&mut self, n: usize, weights: Weights) -> Result<(Decoder, &mut ParamStore), TrainError> {
        let decoder = Decoder::new(&self.game, n, weights)?;
        Ok((decoder, self.game.players_mut().generator.params_mut()))
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
            let d_scalars = self.game.discriminator_updates().optimizer.values(self.progress(self.counters.d_updates, per_epoch));
            let g_scalars = self.game.generator_updates().optimizer.values(self.progress(self.counters.g_updates, per_epoch));
            let last = turn + 1 == self.k;
            match &mut self.steps {
                Steps::Alternating { d, g } => {
                    run(d, &mut self.game, batch, &d_scalars, self.seed, &mut self.counters.draws, pool)?;
                    self.counters.d_updates += 1;
                    if last {
                        d.report(&mut report);
                        run(g, &mut self.game, batch, &g_scalars, self.seed, &mut self.counters.draws, pool)?;
                        g.report(&mut report);
                        self.counters.g_updates += 1;
                    }
                }
                Steps::Simultaneous(both) => {
                    let scalars = [&d_scalars[..], &g_scalars[..]].concat();
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

/// Traces and compiles the steps.
fn trace(game: &Game, batch: usize, order: UpdateOrder) -> Result<Steps, CoreError> {
    let graph = Graph::new();
    Ok(match order {
        UpdateOrder::Simultaneous => {
            let [d, g] = game.trace_simultaneous(&graph, batch)?;
            Steps::Simultaneous(compile(&graph, &[(D, d), (G, g)])?)
        }
        UpdateOrder::Alternating => {
            let d = compile(&graph, &[(D, game.trace_discriminator(&graph, batch)?)])?;
            let graph = Graph::new();
            let g = compile(&graph, &[(G, game.trace_generator(&graph, batch)?)])?;
            Steps::Alternating { d, g }
        }
    })
}

/// Runs a plan on a batch with the optimisers' scalars.
fn run(
    compiled: &mut Compiled,
    game: &mut Game,
    batch: &Batch,
    scalars: &[f64],
    seed: u64,
    draws: &mut u64,
    pool: &mut Pool,
) -> Result<(), TrainError> {
    let scalars: Vec<f32> = scalars.iter().map(|&x| x as f32).collect();
    let inputs: Vec<&[f32]> = std::iter::once(&batch.x[..]).chain(scalars.chunks(1)).collect();
    let players = game.players_mut();
    let mut stores = [players.generator.params_mut().values_mut(), players.discriminator.params_mut().values_mut()];
    pool.region(|team| compiled.plan.run(&mut stores, &inputs, &Cx::new(team, seed, *draws as u32)))?;
    *draws += 1;
    Ok(())
}

impl Compiled {
    fn report(&self, report: &mut StepReport) {
        let at = |i: usize| f64::from(self.plan.output(i)[0]);
        for p in &self.phases {
            report.phases.push(PhaseReport { phase: p.phase, loss: at(p.loss), squared_change: at(p.change) });
            // D's phase shows both kinds of sample; G's phase shows D(G(z)) once more, after D's update
            let prefix = p.phase == G;
            let named = [("d_real", p.d_real), (if prefix { "d_fake_after" } else { "d_fake" }, p.d_fake), ("value", p.value)];
            for (name, output) in named {
                if let Some(i) = output.filter(|_| report.number(name).is_none()) {
                    report.numbers.push((name, at(i)));
                }
            }
        }
    }
}

/// Sets the bias of G's last layer so that its sigmoid starts at the mean of the data, as the published code does:
/// the logit of the pixel means, clipped to [1e-7, 1 - 1e-7].
fn set_output_bias(players: &mut Players, data: &dyn Dataset) -> Result<(), TrainError> {
    let fault = |message: &str| TrainError::Config { place: "generator.output_bias".to_owned(), message: message.to_owned() };
    let kinds: Vec<(String, String)> = players.generator.layers().map(|l| (l.path.to_owned(), l.kind.to_owned())).collect();
    let [.., (linear, kind), (_, last)] = &kinds[..] else {
        return Err(fault("data_logit needs a linear layer and a sigmoid at the end of G"));
    };
    if kind != "linear" || last != "sigmoid" {
        return Err(fault(&format!("data_logit needs a linear layer and a sigmoid at the end of G, found {kind} and {last}")));
    }
    let n = data.sample_shape().iter().product();
    let (mut sum, mut x) = (vec![0.0f64; n], vec![0.0f32; n]);
    for i in 0..data.len() {
        data.read(i, &mut x)?;
        sum.iter_mut().zip(&x).for_each(|(s, &x)| *s += f64::from(x));
    }
    let logit = |s: f64| {
        let p = (s / data.len().max(1) as f64).clamp(1e-7, 1.0 - 1e-7);
        (p / (1.0 - p)).ln() as f32
    };
    let bias: Vec<f32> = sum.into_iter().map(logit).collect();
    Ok(players.generator.params_mut().write(&format!("{linear}.bias"), &bias)?)
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
            let scalars = |game: &Game, p: Progress| {
                (game.discriminator_updates().optimizer.values(p), game.generator_updates().optimizer.values(p))
            };
            let (d, _) = scalars(&self.game, self.progress(self.counters.d_updates, per_epoch));
            let (_, g) = scalars(&self.game, self.progress(self.counters.g_updates, per_epoch));
            let phases: &[&'static str] = match order {
                UpdateOrder::Simultaneous => &["both"],
                UpdateOrder::Alternating if turn + 1 == self.k => &[D, G],
                UpdateOrder::Alternating => &[D],
            };
            for &phase in phases {
                let numbers = match phase {
                    D => d.clone(),
                    G => g.clone(),
                    _ => [&d[..], &g[..]].concat(),
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
                    Steps::Alternating { g: plan, .. } | Steps::Simultaneous(plan) => {
                        run(plan, &mut self.game, batch, &numbers, self.seed, &mut self.counters.draws, pool)?;
                        self.counters.g_updates += 1;
                    }
                }
            }
            self.counters.batches += 1;
        }
        Ok(None)
    }

    fn samples(&mut self, n: usize, seed: u64, weights: Weights, pool: &mut Pool) -> Result<Vec<f32>, TrainError> {
        if !self.samplers.iter().any(|(w, _)| *w == weights) {
            self.samplers.push((weights, Sampler::new(&self.game, weights)?));
        }
        let generator = self.game.players_mut().generator.params_mut();
        match self.samplers.iter_mut().find(|(w, _)| *w == weights) {
            Some((_, sampler)) => Ok(sampler.sample(generator, n, seed, pool)?),
            None => Ok(Vec::new()),
        }
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
}

impl Adversarial {
    /// Evaluates a phase node by node and reports the first result that is not finite.
    fn look_into(
        &self,
        phase: &'static str,
        batch: &Batch,
        scalars: &[f64],
        pool: &mut Pool,
    ) -> Result<Option<Fault>, TrainError> {
        let graph = Graph::new();
        let traced: Vec<(&'static str, Phase<'_>)> = match phase {
            D => vec![(D, self.game.trace_discriminator(&graph, self.batch)?)],
            G => vec![(G, self.game.trace_generator(&graph, self.batch)?)],
            _ => {
                let [d, g] = self.game.trace_simultaneous(&graph, self.batch)?;
                vec![(D, d), (G, g)]
            }
        };
        let scalars: Vec<f32> = scalars.iter().map(|&x| x as f32).collect();
        let inputs: Vec<&[f32]> = std::iter::once(&batch.x[..]).chain(scalars.chunks(1)).collect();
        let players = self.game.players();
        let stores = [players.generator.params().values(), players.discriminator.params().values()];
        for (name, p) in traced {
            let found = pool.region(|team| {
                let cx = Cx::new(team, self.seed, self.counters.draws as u32);
                graph.find_non_finite::<f32>(&[p.loss, p.squared_change], &stores, &inputs, &cx)
            })?;
            if let Some(at) = found {
                return Ok(Some(Fault { phase: name, at: self.with_parameter_name(at) }));
            }
        }
        Ok(None)
    }

    /// Replaces `parameter 3 of store 1` by the parameter's name.
    fn with_parameter_name(&self, mut at: gan_tensor::NonFinite) -> gan_tensor::NonFinite {
        for (position, (network, store)) in self.stores().into_iter().enumerate() {
            for (slot, (spec, _)) in store.iter().enumerate() {
                if at.op == format!("parameter {slot} of store {position}") {
                    at.op = format!("parameter {network}.{}", spec.name);
                    return at;
                }
            }
        }
        at
    }

    /// Number of trainable values of both players.
    pub fn trainable_len(&self) -> usize {
        self.stores().iter().map(|(_, s)| s.of_kind(Kind::Trainable).map(|id| s.read(id).len()).sum::<usize>()).sum()
    }
}
