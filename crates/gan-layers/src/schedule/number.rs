//! A number of a description that stays, or changes while training goes on.

use std::cell::RefCell;
use std::sync::Arc;

use gan_tensor::{Graph, Var};

use super::{Progress, Schedule, from_fields_in};
use crate::spec::Fields;
use crate::{LayerError, Value};

/// A number that is fixed, or follows a schedule: the weight of a penalty, the strength of a noise, a decay.
///
/// In a trace a fixed number is a constant and costs nothing; a scheduled one is a scalar that every run is given, see [`Numbers`].
///
/// ```
/// use gan_layers::{Fields, Number, Progress, Spec};
/// let falling = Spec::new("linear").with("from", 4.0).with("to", 2.0).with("end", 10).with("unit", "step");
/// let spec = Spec::new("r1").with("gamma", falling);
/// let gamma = Number::from_fields(&Fields::new(&spec, "penalty"), "gamma", 1.0, (0.0, f64::MAX))?;
/// assert_eq!(gamma.at(Progress { step: 5, epoch: 0.0 }), 3.0);
/// # Ok::<(), gan_layers::LayerError>(())
/// ```
#[derive(Debug, Clone)]
pub enum Number {
    /// The same at every step.
    Fixed(f64),
    /// What the schedule says.
    Scheduled(Arc<dyn Schedule>),
}

impl Number {
    /// Reads the number at `key`: a plain one, a schedule whose values lie in `lo..=hi`, or absent (then `default`).
    ///
    /// # Errors
    /// A value of another kind or out of range, a schedule that is unknown or ill described.
    pub fn from_fields(f: &Fields<'_>, key: &'static str, default: f64, range: (f64, f64)) -> Result<Number, LayerError> {
        Ok(Number::optional(f, key, range)?.unwrap_or(Number::Fixed(default)))
    }

    /// Reads the number at `key` that may be absent.
    ///
    /// # Errors
    /// As [`from_fields`](Number::from_fields).
    pub fn optional(f: &Fields<'_>, key: &'static str, (lo, hi): (f64, f64)) -> Result<Option<Number>, LayerError> {
        Ok(Some(match f.number_or_spec(key)? {
            None => return Ok(None),
            Some(Ok(x)) if x >= lo && x <= hi => Number::Fixed(x),
            Some(Ok(x)) => return Err(f.fault(key, &crate::spec::range(lo, hi), Value::Float(x))),
            Some(Err(_)) => Number::Scheduled(Arc::from(from_fields_in(f, key, lo, (lo, hi))?)),
        }))
    }

    /// A number that follows a schedule.
    pub fn scheduled(schedule: impl Schedule + 'static) -> Number {
        Number::Scheduled(Arc::new(schedule))
    }

    /// Its value for the next update.
    pub fn at(&self, progress: Progress) -> f64 {
        match self {
            Number::Fixed(x) => *x,
            Number::Scheduled(s) => s.at(progress),
        }
    }
}

impl From<f64> for Number {
    fn from(x: f64) -> Number {
        Number::Fixed(x)
    }
}

/// The scheduled numbers that a trace has asked for: each is a scalar input of the plan, in this order.
#[derive(Debug, Default)]
pub struct Numbers {
    asked: RefCell<Vec<Arc<dyn Schedule>>>,
}

impl Numbers {
    /// None yet.
    pub fn new() -> Numbers {
        Numbers::default()
    }

    /// A number as a scalar of a graph: a constant, or an input called `name`.
    pub fn var<'g>(&self, graph: &'g Graph, name: &str, number: &Number) -> Var<'g> {
        match number {
            Number::Fixed(x) => graph.constant(*x, []),
            Number::Scheduled(schedule) => {
                self.asked.borrow_mut().push(schedule.clone());
                graph.input(name, [])
            }
        }
    }

    /// The schedules, in the order of the inputs.
    pub fn into_schedules(self) -> Vec<Arc<dyn Schedule>> {
        self.asked.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Spec;

    #[test]
    fn only_scheduled_numbers_become_inputs() {
        let spec = Spec::new("x")
            .with("a", 2.0)
            .with("b", Spec::new("cosine").with("from", 3.0).with("to", 1.0))
            .with("c", -1.0)
            .with("d", Spec::new("cosine").with("to", -1.0))
            .with("e", "slow");
        let f = Fields::new(&spec, "here");
        let read = |key| Number::from_fields(&f, key, 7.0, (0.0, f64::MAX));
        let (graph, numbers) = (Graph::new(), Numbers::new());
        let sum = ["a", "b", "absent"].map(|key| numbers.var(&graph, key, &read(key).unwrap()));
        let plan = graph.compile::<f32>(&[sum[0] + sum[1] + sum[2]]).unwrap();
        assert_eq!(plan.inputs().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b"]);
        let values: Vec<f64> = numbers.into_schedules().iter().map(|s| s.at(Progress::default())).collect();
        assert_eq!(values, [3.0]);
        for (key, expected) in [("c", "here.c: expected a number of at least 0, found -1"), ("d", "here.d: "), ("e", "here.e")] {
            let fault = read(key).unwrap_err().to_string();
            assert!(fault.starts_with(expected), "{fault}");
        }
    }
}
