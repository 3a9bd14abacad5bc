//! Scores during training, the best checkpoint, early stopping.

use gan_datasets::Dataset;
use gan_metrics::{Direction, Input, Inputs, Modes, Samples, Score};

use super::best::Best;
use super::{Observer, ObserverEntry, View};
use crate::config::EvaluateConfig;
use crate::{Event, Flow, TrainError, yardsticks};

struct Evaluate {
    config: EvaluateConfig,
    best: Best,
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
        let named = |name: &'static str| self.config.metrics.iter().any(|n| n == name);
        let metrics: Vec<_> = gan_metrics::ALL.iter().filter(|m| named(m.name)).collect();
        let of_theory: Vec<_> = yardsticks::ALL.iter().filter(|y| named(y.name)).collect();
        if self.reference.is_none() && metrics.iter().any(|m| m.needs.contains(&Input::Reference)) {
            self.reference = Some(read_all(view.session.data())?);
        }
        let reference = self.reference.as_ref().map(|r| Samples::new(r, dim)).transpose()?;
        let samples = Some(Samples::new(&samples, dim)?);
        let inputs = Inputs { samples, modes: modes.as_ref(), reference, ..Inputs::default() };
        let mut found: Vec<(Score, Direction)> = Vec::new();
        for metric in metrics {
            found.push(((metric.run)(&inputs)?, metric.better));
        }
        let measured = view.session.measure(&of_theory, self.config.samples, seed)?;
        found.extend(measured.into_iter().zip(&of_theory).map(|(score, y)| (score, y.better)));
        // in the order in which they are named
        found.sort_by_key(|(score, _)| self.config.metrics.iter().position(|n| n == score.metric));
        let mut flow = Flow::Continue;
        for (score, better) in &found {
            if self.config.best.as_deref() == Some(score.metric) {
                flow = self.best.judge(score, *better, step, &mut view.best);
            }
        }
        let scores = found.into_iter().map(|(score, _)| score).collect();
        view.raised.push(Event::Evaluated { step, scores });
        Ok(flow)
    }
}

impl Observer for Evaluate {
    fn on(&mut self, event: &Event, view: &mut View<'_>) -> Result<Flow, TrainError> {
        match event {
            Event::Started { step, .. } => {
                self.best.started(*step, view.best);
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
        let config = config.evaluate.clone();
        let wanted = config.every_steps > 0 && !config.metrics.is_empty();
        let best = Best::new(config.every_steps, config.patience);
        wanted.then(|| Box::new(Evaluate { config, best, reference: None }) as Box<dyn Observer>)
    },
};
