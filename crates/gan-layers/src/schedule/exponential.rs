//! Exponential decay with a floor.

use super::{Progress, Schedule, ScheduleEntry};

/// `max(start / divisor^step, floor)`: the published code divides the learning rate by 1.000004 after every minibatch.
#[derive(Debug, Clone, Copy)]
pub struct Exponential {
    /// The first value.
    pub start: f64,
    /// Divisor of every step.
    pub divisor: f64,
    /// The least value.
    pub floor: f64,
}

impl Schedule for Exponential {
    fn at(&self, p: Progress) -> f64 {
        (self.start * (-(p.step as f64) * self.divisor.ln()).exp()).max(self.floor)
    }
}

pub(super) const ENTRY: ScheduleEntry = ScheduleEntry {
    name: "exponential",
    doc: "divides by divisor (1.000004) every step down to floor (1e-6). start (0.1)",
    build: |f| {
        Ok(Box::new(Exponential {
            start: f.positive("start", 0.1)?,
            divisor: f.f64_in("divisor", 1.000_004, 1.0, 1e6)?,
            floor: f.f64_in("floor", 1e-6, 0.0, f64::MAX)?,
        }))
    },
};
