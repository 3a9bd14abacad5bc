//! Scores during training, the best checkpoint, early stopping.

use gan_metrics::{Direction, Inputs, Modes, Samples};

use super::{Observer, ObserverEntry, View};
use crate::config::EvaluateConfig;
use crate::{Event, Flow, TrainError};

struct Evaluate {
    config: EvaluateConfig,
    since_best: u32,
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
        let inputs = Inputs { samples: Some(Samples::new(&samples, dim)?), modes: modes.as_ref(), ..Inputs::default() };
        let mut scores = Vec::new();
        let mut flow = Flow::Continue;
        for name in &self.config.metrics {
            let Some(metric) = gan_metrics::ALL.iter().find(|m| m.name == name) else { continue };
            let score = (metric.run)(&inputs)?;
            if self.config.best.as_ref() == Some(name) {
                let better = view.best.is_none_or(|(b, _)| match metric.better {
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
                        flow = Flow::Stop(format!("{name} has not improved for {} evaluations", self.since_best));
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
        wanted.then(|| Box::new(Evaluate { config: config.evaluate.clone(), since_best: 0 }) as Box<dyn Observer>)
    },
};
