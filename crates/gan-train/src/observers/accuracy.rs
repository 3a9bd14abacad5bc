//! A classifier's accuracy on samples that it is not trained on, the best checkpoint, early stopping.

use gan_metrics::Direction;

use super::best::Best;
use super::{Observer, ObserverEntry, View};
use crate::{ClassifierConfig, Event, Flow, TrainError};

struct Accuracy {
    every: u64,
    best: Best,
}

impl Observer<ClassifierConfig> for Accuracy {
    fn on(&mut self, event: &Event, view: &mut View<'_, ClassifierConfig>) -> Result<Flow, TrainError> {
        match event {
            Event::Started { step, .. } => self.best.started(*step, view.best),
            Event::Step(r) if r.step.is_multiple_of(self.every) => {
                let (classifier, pool) = view.session.task_mut();
                if let Some(scores) = classifier.held_out_scores(pool)? {
                    let flow = self.best.judge(&scores[0], Direction::Higher, r.step, &mut view.best);
                    view.raised.push(Event::Evaluated { step: r.step, scores: scores.into() });
                    return Ok(flow);
                }
            }
            _ => {}
        }
        Ok(Flow::Continue)
    }
}

pub(super) const ENTRY: ObserverEntry<ClassifierConfig> = ObserverEntry {
    name: "accuracy",
    doc: "measures accuracy and cross-entropy on evaluate.split, chooses the best checkpoint, stops early",
    build: |config, _| {
        let (every, patience) = (config.evaluate.every_steps, config.evaluate.patience);
        (every > 0).then(|| Box::new(Accuracy { every, best: Best::new(every, patience) }) as Box<dyn Observer<ClassifierConfig>>)
    },
};
