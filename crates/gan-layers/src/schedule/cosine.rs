//! Half a cosine (Loshchilov & Hutter 2017).

use super::{Progress, Schedule, ScheduleEntry, Span};

/// From one value to another along half a cosine between two epochs (or steps), constant outside.
#[derive(Debug, Clone, Copy)]
pub struct Cosine {
    from: f64,
    to: f64,
    span: Span,
}

impl Schedule for Cosine {
    fn at(&self, p: Progress) -> f64 {
        let way = (1.0 - (std::f64::consts::PI * self.span.fraction(p)).cos()) / 2.0;
        self.from + (self.to - self.from) * way
    }
}

pub(super) const ENTRY: ScheduleEntry = ScheduleEntry {
    name: "cosine",
    doc: "from (1) to (0) along half a cosine between start (0) and end (100). unit (epoch | step)",
    build: |f| Ok(Box::new(Cosine { from: f.f64_or("from", 1.0)?, to: f.f64_or("to", 0.0)?, span: Span::read(f)? })),
};
