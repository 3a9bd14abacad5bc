//! Numbers that change while training goes on: learning rates, momenta. One file each.

mod constant;
mod cosine;
mod exponential;
mod linear;
mod number;
mod warmup;

pub use constant::Constant;
pub use cosine::Cosine;
pub use exponential::Exponential;
pub use linear::Linear;
pub use number::{Number, Numbers};

use std::fmt::Debug;

use crate::spec::{self, Fields, range};
use crate::{LayerError, Spec, Value};

/// How far training has come.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Progress {
    /// Updates made so far.
    pub step: u64,
    /// Passes over the data made so far, with its fraction.
    pub epoch: f64,
}

/// A number as a function of progress.
pub trait Schedule: Debug + Send + Sync {
    /// Its value for the next update.
    fn at(&self, progress: Progress) -> f64;

    /// The least and the greatest value that it takes: those of its two ends, unless it turns in between.
    fn range(&self) -> (f64, f64) {
        let [a, b] = [Progress::default(), Progress { step: u64::MAX, epoch: f64::MAX }].map(|p| self.at(p));
        (a.min(b), a.max(b))
    }
}

/// A schedule as the registry lists it.
pub type ScheduleEntry = spec::Entry<dyn Schedule>;

/// Every schedule.
pub const ALL: &[ScheduleEntry] = &[constant::ENTRY, exponential::ENTRY, linear::ENTRY, cosine::ENTRY, warmup::ENTRY];

/// Reads the schedule at `key`: a plain number, a spec, or absent (then `default`).
///
/// # Errors
/// It is unknown or ill described.
pub fn from_fields(fields: &Fields<'_>, key: &'static str, default: f64) -> Result<Box<dyn Schedule>, LayerError> {
    match fields.number_or_spec(key)? {
        None => Ok(Box::new(Constant(default))),
        Some(Ok(x)) => Ok(Box::new(Constant(x))),
        Some(Err((spec, path))) => build(&spec, &path),
    }
}

/// As [`from_fields`], with every value of the schedule in `lo..=hi`.
///
/// # Errors
/// It is unknown or ill described, or leaves the range.
pub fn from_fields_in(
    fields: &Fields<'_>,
    key: &'static str,
    default: f64,
    (lo, hi): (f64, f64),
) -> Result<Box<dyn Schedule>, LayerError> {
    let schedule = from_fields(fields, key, default)?;
    let (least, greatest) = schedule.range();
    match [least, greatest].into_iter().find(|x| !(lo..=hi).contains(x)) {
        Some(x) => Err(fields.fault(key, &range(lo, hi), Value::Float(x))),
        None => Ok(schedule),
    }
}

/// Builds the schedule that `spec` describes.
///
/// ```
/// use gan_layers::{Progress, Spec, schedule};
/// let decay = schedule::build(&Spec::new("exponential"), "lr")?; // the published one
/// let lr = decay.at(Progress { step: 50_000, epoch: 100.0 });
/// assert!((lr - 0.0819).abs() < 5e-5);
/// # Ok::<(), gan_layers::LayerError>(())
/// ```
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn Schedule>, LayerError> {
    spec::build("schedule", ALL, spec, path)
}

/// Whether the field `unit` says epochs rather than steps.
fn in_epochs(f: &Fields<'_>) -> Result<bool, LayerError> {
    match f.text_or("unit", "epoch")? {
        "epoch" => Ok(true),
        "step" => Ok(false),
        unit => Err(f.fault("unit", "\"epoch\" or \"step\"", Value::from(unit))),
    }
}

/// Progress between two points, clamped to [0, 1], in epochs or in steps.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: f64,
    end: f64,
    epochs: bool,
}

impl Span {
    fn read(f: &Fields<'_>) -> Result<Span, LayerError> {
        let epochs = in_epochs(f)?;
        let span = Span { start: f.f64_or("start", 0.0)?, end: f.f64_or("end", 100.0)?, epochs };
        if span.start < span.end { Ok(span) } else { Err(f.fault("end", &format!("more than start ({})", span.start), span.end)) }
    }

    fn fraction(&self, p: Progress) -> f64 {
        // epochs count when they are over, as in the published code
        let at = if self.epochs { p.epoch.floor() } else { p.step as f64 };
        ((at - self.start) / (self.end - self.start)).clamp(0.0, 1.0)
    }
}
