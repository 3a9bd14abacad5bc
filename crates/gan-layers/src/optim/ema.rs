//! Moving averages of weights.

use gan_tensor::Var;

use crate::schedule::{Number, Progress, Schedule};
use crate::spec::Fields;
use crate::{LayerError, Spec, Value};

/// The greatest decay: with 1 an average would never move.
const MOST: f64 = 0.999_999_999;

/// An exponential moving average: `a = decay a + (1 - decay) w` after every update.
#[derive(Debug, Clone)]
pub struct Average {
    /// Share of the old average that stays, in [0, 1).
    pub decay: Number,
}

impl Average {
    /// An average of this decay, fixed or on a schedule.
    pub fn new(decay: impl Into<Number>) -> Average {
        Average { decay: decay.into() }
    }

    /// An average in which old weights count half after `steps` updates: `decay = 0.5^(1 / steps)`. With `ramp` it is at most `ramp`
    /// times as many as the updates so far, so that the start is forgotten soon (Karras et al. 2020, StyleGAN2).
    pub fn half_life(steps: f64, ramp: Option<f64>) -> Average {
        match ramp {
            None => Average::new(0.5f64.powf(1.0 / steps)),
            Some(ramp) => Average::new(Number::scheduled(HalfLife { steps, ramp })),
        }
    }

    /// Reads the average at `key` for batches of `batch` examples: a decay, a schedule of decays, or `{ half_life = 500 }` in steps, in examples
    /// with `unit = "example"`, and with an optional `ramp`.
    ///
    /// ```
    /// use gan_layers::{Fields, Progress, Spec, Value, optim::Average};
    /// let table = [("half_life".to_owned(), Value::Int(6400)), ("unit".to_owned(), "example".into())];
    /// let spec = Spec::new("generator").with("average", Value::Table(table.into_iter().collect()));
    /// let average = Average::from_fields(&Fields::new(&spec, "generator"), "average", 64)?;
    /// assert_eq!(average.map(|a| a.decay.at(Progress::default())), Some(0.5f64.powf(0.01)));
    /// # Ok::<(), gan_layers::LayerError>(())
    /// ```
    ///
    /// # Errors
    /// A value of another kind or out of range, a schedule that is unknown or ill described.
    pub fn from_fields(f: &Fields<'_>, key: &'static str, batch: usize) -> Result<Option<Average>, LayerError> {
        let Some(table) = f.table_without_type(key) else {
            return Ok(Number::optional(f, key, (0.0, MOST))?.map(Average::new));
        };
        let spec = Spec { kind: String::new(), fields: table.clone() };
        let place = format!("{}.{key}", f.path());
        let inner = Fields::new(&spec, &place);
        let half_life = inner.optional_positive("half_life")?;
        let half_life =
            half_life.ok_or_else(|| inner.missing("half_life", "a number greater than 0, or a `type` of schedule"))?;
        let steps = match inner.text_or("unit", "step")? {
            "step" => half_life,
            "example" => half_life / batch.max(1) as f64,
            other => return Err(inner.fault("unit", "\"step\" or \"example\"", Value::from(other))),
        };
        let ramp = inner.optional_positive("ramp")?;
        inner.finish()?;
        Ok(Some(Average::half_life(steps, ramp)))
    }

    /// Whether the decay lies in its range.
    pub(super) fn check(&self) -> Result<(), f64> {
        match self.decay {
            Number::Fixed(decay) if !(0.0..1.0).contains(&decay) => Err(decay),
            _ => Ok(()),
        }
    }

    /// The next average; `decay` is the input of a scheduled one.
    pub(super) fn blend<'g>(&self, average: Var<'g>, weight: Var<'g>, decay: Option<Var<'g>>) -> Var<'g> {
        match (&self.decay, decay) {
            (&Number::Fixed(decay), _) => average * decay + weight * (1.0 - decay),
            (_, Some(decay)) => decay * average + (1.0 - decay) * weight,
            (_, None) => average,
        }
    }
}

/// The decay of a half-life in steps that grows with the steps made.
#[derive(Debug, Clone, Copy)]
struct HalfLife {
    steps: f64,
    ramp: f64,
}

impl Schedule for HalfLife {
    fn at(&self, p: Progress) -> f64 {
        let steps = self.steps.min(self.ramp * (p.step as f64 + 1.0));
        0.5f64.powf(1.0 / steps)
    }
}
