//! Scores during training, the best checkpoint, early stopping.

use gan_datasets::Dataset;
use gan_metrics::{Direction, Input, Inputs, Modes, Samples};

use super::{Observer, ObserverEntry, View};
use crate::config::EvaluateConfig;
use crate::{Event, Flow, TrainError};

struct Evaluate {
    config: EvaluateConfig,
    since_best: u32,
    /// The training samples, once a metric compares with them.
    reference: Option<Vec<f32>>,
}

/// The training samples, one after the other.
fn read_all(data: &dyn Dataset) -> Result<Vec<f32>, TrainError> {
    let dim = data.sample_len().max(1);
    let mut all = vec![0.0; data.len() * dim];
    for (i, x) in all.chunks_mut(dim).enumerate() {
        data.read(i, x)?;
    }
    Ok(all)
}

impl Evaluate {
    fn measure(&mut self, step: u64, view: &mut View<'_>) -> Result<Flow, TrainError> {
        // samples of evaluation have a seed of their own, the same at every step
        let seed = gan_tensor::derive(view.session.config().seed, "evaluate");
        let samples = view.session.samples(self.config.samples, seed)?;
        let dim = view.session.data().sample_len();
        let modes = match view.session.data().modes() {
            Some(m) => Some(Modes::new(m.centres.iter().map(|&x| x as f32).collect(), m.dim, m.sigma)?),
            None => None,
        };
        let metrics: Vec<_> = self.config.metrics.iter().filter_map(|n| gan_metrics::ALL.iter().find(|m| m.name == n)).collect();
        if self.reference.is_none() && metrics.iter().any(|m| m.needs.contains(&Input::Reference)) {
            self.reference = Some(read_all(view.session.data())?);
        }
        let reference = self.reference.as_ref().map(|r| Samples::new(r, dim)).transpose()?;
        let samples = Some(Samples::new(&samples, dim)?);
        let inputs = Inputs { samples, modes: modes.as_ref(), reference, ..Inputs::default() };
        let mut scores = Vec::new();
        let mut flow = Flow::Continue;
        for metric in metrics {
            let score = (metric.run)(&inputs)?;
            if self.config.best.as_deref() == Some(metric.name) {
                // what is not a number is never the best
                let better = !score.value.is_nan()
                    && view.best.is_none_or(|(b, _)| match metric.better {
                        Direction::Higher => score.value > b,
                        Direction::Lower => score.value < b,
                    });
                if better {
                    view.best = Some((score.value, step));
                    self.since_best = 0;
                    flow = Flow::CheckpointNow;
                } else {
                    self.since_best += 1;
                    if self.config.patience > 0 && self.since_best >= self.config.patience {
                        flow = Flow::Stop(format!("{} has not improved for {} evaluations", metric.name, self.since_best));
                    }
                }
            }
            scores.push(score);
        }
        view.raised.push(Event::Evaluated { step, scores });
        Ok(flow)
    }
}

impl Observer for Evaluate {
    fn on(&mut self, event: &Event, view: &mut View<'_>) -> Result<Flow, TrainError> {
        match event {
            // a resumed run counts on from its best evaluation
            Event::Started { step, .. } => {
                let since = view.best.map_or(0, |(_, best)| step.saturating_sub(best) / self.config.every_steps.max(1));
                self.since_best = since.try_into().unwrap_or(u32::MAX);
                Ok(Flow::Continue)
            }
            Event::Step(r) if r.step.is_multiple_of(self.config.every_steps) => self.measure(r.step, view),
            _ => Ok(Flow::Continue),
        }
    }
}

pub(super) const ENTRY: ObserverEntry = ObserverEntry {
    name: "evaluate",
    doc: "measures evaluate.metrics every evaluate.every_steps, chooses the best checkpoint, stops early",
    build: |config, _| {
        let wanted = config.evaluate.every_steps > 0 && !config.evaluate.metrics.is_empty();
        wanted
            .then(|| Box::new(Evaluate { config: config.evaluate.clone(), since_best: 0, reference: None }) as Box<dyn Observer>)
    },
};
