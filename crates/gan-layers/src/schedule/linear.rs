//! A straight line: the momentum ramp of the published code.

use super::{Progress, Schedule, ScheduleEntry, Span};

/// From one value to another between two epochs (or steps), constant outside.
///
/// An epoch's number is how many are over: the first is 0. The published ramp of the momentum, `start: 1, saturate: 250`,
/// counts the first as 1; here it is `start = 0, end = 249`.
#[derive(Debug, Clone, Copy)]
pub struct Linear {
    from: f64,
    to: f64,
    span: Span,
}

impl Schedule for Linear {
    fn at(&self, p: Progress) -> f64 {
        self.from + (self.to - self.from) * self.span.fraction(p)
    }
}

pub(super) const ENTRY: ScheduleEntry = ScheduleEntry {
    name: "linear",
    doc: "from (1) to (0) between start (0) and end (100). unit (epoch | step)",
    build: |f| Ok(Box::new(Linear { from: f.f64_or("from", 1.0)?, to: f.f64_or("to", 0.0)?, span: Span::read(f)? })),
};
