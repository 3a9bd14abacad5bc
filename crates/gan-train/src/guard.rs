//! Watches for divergence.

use std::fmt;

use gan_layers::Kind;

use crate::{Fault, StepReport, Task};

/// A loss beyond this for [`PATIENCE`] steps in a row is divergence.
const LOSS_LIMIT: f64 = 1e4;
/// Steps in a row.
const PATIENCE: u32 = 20;
/// A parameter whose root mean square exceeds this is divergence.
const RMS_LIMIT: f64 = 1e3;
/// Steps between looks at the parameters.
const RMS_EVERY: u64 = 100;

/// What went wrong, where, and what can be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Divergence {
    /// The step that failed.
    pub step: u64,
    /// The phase that failed.
    pub phase: String,
    /// What was seen.
    pub what: String,
    /// Whether it was a number that is not finite: then one operation yielded the first such number. Otherwise numbers grew
    /// too large step by step.
    pub not_finite: bool,
    /// The operation where it began, once the step was replayed.
    pub cause: Option<String>,
    /// The step of the last checkpoint, which is intact.
    pub last_checkpoint: Option<u64>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "training diverged at step {}, phase {}: {}", self.step, self.phase, self.what)?;
        if let Some(cause) = &self.cause {
            writeln!(f, "  it began in {cause}")?;
        }
        match self.last_checkpoint {
            Some(step) => writeln!(f, "  the checkpoint of step {step} is intact; nothing was saved after it")?,
            None => writeln!(f, "  nothing was saved")?,
        }
        if self.cause.as_ref().is_some_and(|c| c.starts_with("input `real`") || c.starts_with("input `x`")) {
            return write!(f, "  the data hold a number that is not finite: repair them or leave that sample out");
        }
        let (rates, bounded) = match self.phase.as_str() {
            "classifier" => ("classifier.optimizer.lr=...", "classifier"),
            _ => ("discriminator.optimizer.lr=..., generator.optimizer.lr=...", "discriminator"),
        };
        write!(
            f,
            "  try a lower learning rate (--set {rates}), a bound on gradients (--set {bounded}.clip_norm=1) or max_column_norm on \
             the layers"
        )
    }
}

/// Judges reports: not finite, or far too large for too long.
#[derive(Debug, Default)]
pub struct Guard {
    large: u32,
}

impl Guard {
    /// What is wrong after a step, if anything is.
    pub fn check(&mut self, report: &StepReport, task: &dyn Task) -> Option<Divergence> {
        let found = |phase: &str, not_finite: bool, what: String| {
            let (step, phase) = (report.step, phase.to_owned());
            Some(Divergence { step, phase, what, not_finite, cause: None, last_checkpoint: None })
        };
        for p in &report.phases {
            if !p.loss.is_finite() {
                return found(p.phase, true, format!("the loss is {}", p.loss));
            }
            if !p.squared_change.is_finite() {
                return found(p.phase, true, format!("the update's squared norm is {}", p.squared_change));
            }
        }
        match report.phases.iter().find(|p| p.loss.abs() > LOSS_LIMIT) {
            Some(p) => {
                self.large += 1;
                if self.large >= PATIENCE {
                    return found(
                        p.phase,
                        false,
                        format!("the loss stayed beyond {LOSS_LIMIT:e} for {PATIENCE} steps (now {:.3e})", p.loss),
                    );
                }
            }
            None => self.large = 0,
        }
        if report.step.is_multiple_of(RMS_EVERY) {
            for (name, store) in task.stores() {
                for (spec, values) in store.iter() {
                    let square: f64 = values.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
                    let rms = (square / values.len().max(1) as f64).sqrt();
                    // squares of f32 do not overflow f64: a value is not finite
                    if !rms.is_finite() {
                        return found(name, true, format!("{} holds a number that is not finite", spec.name));
                    }
                    // second moments and running variances are squares, which may be large in good health
                    if matches!(spec.kind, Kind::Trainable | Kind::Average) && rms > RMS_LIMIT {
                        let what = format!("the root mean square of {} is {rms:.3e}, beyond {RMS_LIMIT:e}", spec.name);
                        return found(name, false, what);
                    }
                }
            }
        }
        None
    }
}

impl Divergence {
    /// Adds what replaying the step showed.
    pub(crate) fn explain(&mut self, fault: Option<Fault>) {
        self.cause = Some(match fault {
            Some(f) => {
                self.phase = f.phase.to_owned();
                f.at.to_string()
            }
            None => "no operation that could be found: replaying the step did not reproduce it".to_owned(),
        });
    }
}
