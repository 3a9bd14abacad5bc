//! Scores during training, the best checkpoint, early stopping.

use gan_layers::Weights;
use gan_metrics::{Direction, Input, Score};

use super::best::Best;
use super::{Observer, ObserverEntry, View};
use crate::config::EvaluateConfig;
use crate::measure::{Drawn, STEP, held_out};
use crate::{Event, FeatureNet, Flow, Measure, TrainError, yardsticks};

struct Evaluate {
    config: EvaluateConfig,
    best: Best,
    /// Made at the first evaluation.
    measure: Option<Measure>,
}

impl Evaluate {
    fn start(&self, view: &View<'_>) -> Result<Measure, TrainError> {
        let data = view.session.shared_data();
        let wanted = gan_metrics::ALL.iter().filter(|m| self.config.metrics.iter().any(|n| n == m.name));
        let held_out = match wanted.flat_map(|m| m.needs).any(|input| *input == Input::HeldOut) {
            true => held_out(view.session.config())?,
            false => None,
        };
        let measure = Measure::new(data.clone(), data)?.with_held_out(held_out);
        Ok(match &self.config.classifier {
            Some(net) => measure.with_classifier(FeatureNet::open(net)?, view.session.config().data.pad)?,
            None => measure,
        })
    }

    fn measure(&mut self, step: u64, view: &mut View<'_>) -> Result<Flow, TrainError> {
        // samples of evaluation have a seed of their own, the same at every step
        let seed = gan_tensor::derive(view.session.config().seed, "evaluate");
        let samples = view.session.samples(self.config.samples, seed)?;
        let named = |name: &'static str| self.config.metrics.iter().any(|n| n == name);
        let metrics: Vec<_> = gan_metrics::ALL.iter().filter(|m| named(m.name)).collect();
        let of_theory: Vec<_> = yardsticks::ALL.iter().filter(|y| named(y.name)).collect();
        let path = match metrics.iter().flat_map(|m| m.needs).any(|input| *input == Input::Path) {
            true => Some(view.session.latent_path(self.config.samples, STEP, seed, Weights::Averaged)?),
            false => None,
        };
        let drawn = Drawn { samples: &samples, path: path.as_ref() };
        let mut measure = match self.measure.take() {
            Some(measure) => measure,
            None => self.start(view)?,
        };
        let mut found: Vec<(Score, Direction)> = measure.scores(&metrics, drawn, view.session.task_mut().1)?;
        self.measure = Some(measure);
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
        wanted.then(|| Box::new(Evaluate { config, best, measure: None }) as Box<dyn Observer>)
    },
};
