//! No change.

use super::{Progress, Schedule, ScheduleEntry};

/// The same number always.
#[derive(Debug, Clone, Copy)]
pub struct Constant(pub f64);

impl Schedule for Constant {
    fn at(&self, _: Progress) -> f64 {
        self.0
    }
}

pub(super) const ENTRY: ScheduleEntry =
    ScheduleEntry { name: "constant", doc: "no change. value (0)", build: |f| Ok(Box::new(Constant(f.f64_or("value", 0.0)?))) };
