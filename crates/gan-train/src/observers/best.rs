//! Which evaluation is the best, and when there have been too many that are not.

use gan_metrics::{Direction, Score};

use crate::Flow;

/// Counts evaluations since the best.
#[derive(Debug)]
pub(super) struct Best {
    every: u64,
    patience: u32,
    since: u32,
}

impl Best {
    /// For evaluations every so many steps; after `patience` of them without a new best the run ends, unless it is 0.
    pub fn new(every: u64, patience: u32) -> Best {
        Best { every, patience, since: 0 }
    }

    /// A resumed run counts on from its best evaluation.
    pub fn started(&mut self, step: u64, best: Option<(f64, u64)>) {
        let since = best.map_or(0, |(_, best)| step.saturating_sub(best) / self.every.max(1));
        self.since = since.try_into().unwrap_or(u32::MAX);
    }

    /// Whether this is the best so far, or one of too many that are not.
    pub fn judge(&mut self, score: &Score, better: Direction, step: u64, best: &mut Option<(f64, u64)>) -> Flow {
        // what is not a number is never the best
        let is_best = !score.value.is_nan()
            && best.is_none_or(|(b, _)| match better {
                Direction::Higher => score.value > b,
                Direction::Lower => score.value < b,
            });
        if is_best {
            *best = Some((score.value, step));
            self.since = 0;
            return Flow::CheckpointNow;
        }
        self.since += 1;
        if self.patience > 0 && self.since >= self.patience {
            return Flow::Stop(format!("{} has not improved for {} evaluations", score.metric, self.since));
        }
        Flow::Continue
    }
}
