//! Asks for a checkpoint every so many steps.

use super::{Observer, ObserverEntry, View};
use crate::{Event, Flow, TrainError};

struct Interval {
    every: u64,
}

impl Observer for Interval {
    fn on(&mut self, event: &Event, _: &mut View<'_>) -> Result<Flow, TrainError> {
        match event {
            Event::Step(r) if r.step.is_multiple_of(self.every) => Ok(Flow::CheckpointNow),
            _ => Ok(Flow::Continue),
        }
    }
}

pub(super) const ENTRY: ObserverEntry = ObserverEntry {
    name: "checkpoint",
    doc: "saves every checkpoint.every_steps",
    build: |config, _| match config.checkpoint.every_steps {
        0 => None,
        every => Some(Box::new(Interval { every })),
    },
};
