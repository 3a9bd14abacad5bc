//! A gentle start (Goyal et al. 2017).

use super::{Progress, Schedule, ScheduleEntry, from_fields, in_epochs};

/// `min(t / over, 1) then(t)`: rises from 0 in a straight line to what follows, which runs from the start.
#[derive(Debug)]
struct Warmup {
    over: f64,
    epochs: bool,
    then: Box<dyn Schedule>,
}

impl Schedule for Warmup {
    fn at(&self, p: Progress) -> f64 {
        let t = if self.epochs { p.epoch } else { p.step as f64 };
        (t / self.over).min(1.0) * self.then.at(p)
    }
    fn range(&self) -> (f64, f64) {
        let (least, greatest) = self.then.range();
        (least.min(0.0), greatest.max(0.0))
    }
}

pub(super) const ENTRY: ScheduleEntry = ScheduleEntry {
    name: "warmup",
    doc: "from 0 in a straight line over the first `over` (1) epochs to what follows. then (1): a number or schedule; unit (epoch | step)",
    build: |f| Ok(Box::new(Warmup { over: f.positive("over", 1.0)?, epochs: in_epochs(f)?, then: from_fields(f, "then", 1.0)? })),
};
