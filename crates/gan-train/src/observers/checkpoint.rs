//! Asks for a checkpoint every so many steps.

use super::{Observer, ObserverEntry, View};
use crate::{Event, Flow, RunConfig, TrainError};

struct Interval {
    every: u64,
}

impl<C: RunConfig> Observer<C> for Interval {
    fn on(&mut self, event: &Event, _: &mut View<'_, C>) -> Result<Flow, TrainError> {
        match event {
            Event::Step(r) if r.step.is_multiple_of(self.every) => Ok(Flow::CheckpointNow),
            _ => Ok(Flow::Continue),
        }
    }
}

/// For any task.
pub(super) const fn entry<C: RunConfig>() -> ObserverEntry<C> {
    ObserverEntry {
        name: "checkpoint",
        doc: "saves every checkpoint.every_steps",
        build: |config, _| match config.shared().checkpoint.every_steps {
            0 => None,
            every => Some(Box::new(Interval { every })),
        },
    }
}
