//! The compiled steps of both players.

use std::sync::Arc;

use gan_core::{Game, Phase};
use gan_datasets::Batch;
use gan_layers::{Numbers, Progress, Schedule};
use gan_tensor::{Cx, Graph, Plan, Pool};

use super::{D, G};
use crate::config::UpdateOrder;
use crate::{PhaseReport, StepReport, TrainError};

/// The compiled steps of both players.
pub(super) enum Steps {
    /// Algorithm 1: k steps of D, then one of G on fresh noise.
    Alternating { d: Box<Compiled>, g: Box<Compiled> },
    /// Both from one forward pass.
    Simultaneous(Box<Compiled>),
}

/// A plan and which of its outputs is what.
pub(super) struct Compiled {
    pub plan: Plan<f32>,
    phases: Vec<PhaseOutputs>,
    /// The numbers on schedules that it is given after the optimisers' scalars.
    numbers: Vec<Arc<dyn Schedule>>,
}

#[derive(Clone, Copy)]
struct PhaseOutputs {
    phase: &'static str,
    loss: usize,
    change: usize,
    d_real: Option<usize>,
    d_fake: Option<usize>,
    value: Option<usize>,
    accuracy: Option<usize>,
}

fn compile(graph: &Graph, phases: &[(&'static str, Phase<'_>)], numbers: Numbers) -> Result<Box<Compiled>, TrainError> {
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
            accuracy: p.accuracy.map(&mut add),
        });
    }
    Ok(Box::new(Compiled { plan: graph.compile(&outputs)?, phases: list, numbers: numbers.into_schedules() }))
}

/// Traces and compiles the steps.
pub(super) fn trace(game: &Game, batch: usize, order: UpdateOrder) -> Result<Steps, TrainError> {
    let (graph, numbers) = (Graph::new(), Numbers::new());
    Ok(match order {
        UpdateOrder::Simultaneous => {
            let [d, g] = game.trace_simultaneous(&graph, batch, &numbers)?;
            Steps::Simultaneous(compile(&graph, &[(D, d), (G, g)], numbers)?)
        }
        UpdateOrder::Alternating => {
            let phase = game.trace_discriminator(&graph, batch, &numbers)?;
            let d = compile(&graph, &[(D, phase)], numbers)?;
            let (graph, numbers) = (Graph::new(), Numbers::new());
            let phase = game.trace_generator(&graph, batch, &numbers)?;
            Steps::Alternating { d, g: compile(&graph, &[(G, phase)], numbers)? }
        }
    })
}

/// What a plan is given: the data, their classes if a network reads them, and its scalars.
pub(super) fn inputs<'a>(game: &Game, batch: &'a Batch, scalars: &'a [f32]) -> Vec<&'a [f32]> {
    let labels = game.players().conditional().then_some(&batch.labels[..]);
    std::iter::once(&batch.x[..]).chain(labels).chain(scalars.chunks(1)).collect()
}

/// Runs a plan on a batch with its scalars.
pub(super) fn run(
    compiled: &mut Compiled,
    game: &mut Game,
    batch: &Batch,
    scalars: &[f64],
    seed: u64,
    draws: &mut u64,
    pool: &mut Pool,
) -> Result<(), TrainError> {
    let scalars: Vec<f32> = scalars.iter().map(|&x| x as f32).collect();
    let inputs = inputs(game, batch, &scalars);
    let players = game.players_mut();
    let mut stores = [players.generator.params_mut().values_mut(), players.discriminator.params_mut().values_mut()];
    pool.region(|team| compiled.plan.run(&mut stores, &inputs, &Cx::new(team, seed, *draws as u32)))?;
    *draws += 1;
    Ok(())
}

impl Compiled {
    /// The scalars of the plan: those of its optimisers, then the numbers on schedules.
    pub fn scalars(&self, optimisers: impl IntoIterator<Item = Vec<f64>>, progress: Progress) -> Vec<f64> {
        optimisers.into_iter().flatten().chain(self.numbers.iter().map(|n| n.at(progress))).collect()
    }

    /// Adds what the last run came to.
    pub fn report(&self, report: &mut StepReport) {
        let at = |i: usize| f64::from(self.plan.output(i)[0]);
        for p in &self.phases {
            report.phases.push(PhaseReport { phase: p.phase, loss: at(p.loss), squared_change: at(p.change) });
            // D's phase shows both kinds of sample; G's phase shows D(G(z)) once more, after D's update
            let prefix = p.phase == G;
            let named = [
                ("d_real", p.d_real),
                (if prefix { "d_fake_after" } else { "d_fake" }, p.d_fake),
                ("value", p.value),
                ("accuracy", p.accuracy),
            ];
            for (name, output) in named {
                if let Some(i) = output.filter(|_| report.number(name).is_none()) {
                    report.numbers.push((name, at(i)));
                }
            }
        }
    }
}
