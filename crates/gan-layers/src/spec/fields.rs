//! Reading a description: kinds and ranges are checked, and what nobody asked for is refused.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use super::{Spec, Value, nearest};
use crate::LayerError;

/// A range in words.
pub(crate) fn range(lo: f64, hi: f64) -> String {
    if hi == f64::MAX { format!("a number of at least {lo}") } else { format!("a number from {lo} to {hi}") }
}

/// A nested spec and the place where it stands (`generator.layers[2].init`).
pub type SpecAt = (Spec, String);

/// The fields of a spec while they are read.
///
/// ```
/// use gan_layers::{Fields, Spec};
/// let spec = Spec::new("dropout").with("kep", 0.8);
/// let fields = Fields::new(&spec, "discriminator.layers[1]");
/// assert_eq!(fields.f64_in("keep", 0.5, 0.0, 1.0)?, 0.5);
/// let fault = fields.finish().unwrap_err().to_string();
/// assert_eq!(fault, "discriminator.layers[1]: unknown key `kep` (did you mean `keep`?); known: keep");
/// # Ok::<(), gan_layers::LayerError>(())
/// ```
#[derive(Debug)]
pub struct Fields<'a> {
    path: String,
    map: &'a BTreeMap<String, Value>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Fields<'a> {
    /// The fields of `spec`, which stands at `path` in the description.
    pub fn new(spec: &'a Spec, path: &str) -> Self {
        Self { path: path.to_owned(), map: &spec.fields, asked: RefCell::default() }
    }

    /// Where the spec stands.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn get(&self, key: &'static str) -> Option<&'a Value> {
        let mut asked = self.asked.borrow_mut();
        if !asked.contains(&key) {
            asked.push(key);
        }
        self.map.get(key)
    }

    /// A fault of the value of `key`.
    pub fn fault(&self, key: &str, expected: &str, found: impl fmt::Display) -> LayerError {
        LayerError::Value {
            path: self.path.clone(),
            key: key.to_owned(),
            expected: expected.to_owned(),
            found: found.to_string(),
        }
    }

    /// The absence of `key`: where something near it stands, that is what went wrong.
    pub fn missing(&self, key: &str, expected: &str) -> LayerError {
        let asked = self.asked.borrow();
        let strange = self.map.keys().find(|k| !asked.contains(&k.as_str()) && nearest(k, [key]).is_some());
        match strange {
            Some(found) => self.unknown(found, &asked),
            None => LayerError::Missing { path: self.path.clone(), key: key.to_owned(), expected: expected.to_owned() },
        }
    }

    fn unknown(&self, found: &str, asked: &[&'static str]) -> LayerError {
        LayerError::UnknownKey {
            path: self.path.clone(),
            found: found.to_owned(),
            meant: nearest(found, asked.iter().copied()),
            known: if asked.is_empty() { "none".to_owned() } else { asked.join(", ") },
        }
    }

    /// A layer-shape fault at this place.
    pub fn shape_fault(&self, message: impl Into<String>) -> LayerError {
        LayerError::Shape { path: self.path.clone(), message: message.into() }
    }

    fn number(&self, key: &'static str) -> Result<Option<f64>, LayerError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Float(x)) if x.is_finite() => Ok(Some(*x)),
            Some(Value::Int(x)) => Ok(Some(*x as f64)),
            Some(other) => Err(self.fault(key, "a number", other)),
        }
    }

    /// A number that lies in `lo..=hi`, or its default.
    ///
    /// # Errors
    /// A value of another kind or out of range.
    pub fn f64_in(&self, key: &'static str, default: f64, lo: f64, hi: f64) -> Result<f64, LayerError> {
        let x = self.number(key)?.unwrap_or(default);
        if x >= lo && x <= hi { Ok(x) } else { Err(self.fault(key, &range(lo, hi), Value::Float(x))) }
    }

    /// A number greater than 0, or its default.
    ///
    /// # Errors
    /// A value of another kind or out of range.
    pub fn positive(&self, key: &'static str, default: f64) -> Result<f64, LayerError> {
        let x = self.number(key)?.unwrap_or(default);
        if x > 0.0 { Ok(x) } else { Err(self.fault(key, "a number greater than 0", Value::Float(x))) }
    }

    /// A number greater than 0 that may be absent.
    ///
    /// # Errors
    /// A value of another kind or out of range.
    pub fn optional_positive(&self, key: &'static str) -> Result<Option<f64>, LayerError> {
        match self.number(key)? {
            Some(x) if x <= 0.0 => Err(self.fault(key, "a number greater than 0", Value::Float(x))),
            x => Ok(x),
        }
    }

    /// Any finite number, or its default.
    ///
    /// # Errors
    /// A value of another kind.
    pub fn f64_or(&self, key: &'static str, default: f64) -> Result<f64, LayerError> {
        Ok(self.number(key)?.unwrap_or(default))
    }

    /// A count of at least 1 that must be there.
    ///
    /// # Errors
    /// It is missing, of another kind or too large.
    pub fn count(&self, key: &'static str) -> Result<usize, LayerError> {
        self.optional_count(key)?.ok_or_else(|| self.missing(key, "a whole number of at least 1"))
    }

    /// A count of at least 1, or its default.
    ///
    /// # Errors
    /// A value of another kind or too large.
    pub fn count_or(&self, key: &'static str, default: usize) -> Result<usize, LayerError> {
        Ok(self.optional_count(key)?.unwrap_or(default))
    }

    /// A count of at least 1 that may be absent.
    ///
    /// # Errors
    /// A value of another kind or too large.
    pub fn optional_count(&self, key: &'static str) -> Result<Option<usize>, LayerError> {
        const EXPECTED: &str = "a whole number from 1 to 1000000";
        match self.get(key) {
            None => Ok(None),
            Some(Value::Int(x)) if (1..=1_000_000).contains(x) => Ok(Some(*x as usize)),
            Some(other) => Err(self.fault(key, EXPECTED, other)),
        }
    }

    /// A truth value, or its default.
    ///
    /// # Errors
    /// A value of another kind.
    pub fn bool_or(&self, key: &'static str, default: bool) -> Result<bool, LayerError> {
        match self.get(key) {
            None => Ok(default),
            Some(Value::Bool(x)) => Ok(*x),
            Some(other) => Err(self.fault(key, "true or false", other)),
        }
    }

    /// A text, or its default.
    ///
    /// # Errors
    /// A value of another kind.
    pub fn text_or(&self, key: &'static str, default: &'a str) -> Result<&'a str, LayerError> {
        match self.get(key) {
            None => Ok(default),
            Some(Value::Text(x)) => Ok(x),
            Some(other) => Err(self.fault(key, "a text", other)),
        }
    }

    /// A list of counts that must be there.
    ///
    /// # Errors
    /// It is missing or of another kind.
    pub fn counts(&self, key: &'static str) -> Result<Vec<usize>, LayerError> {
        const EXPECTED: &str = "a list of whole numbers of at least 1";
        match self.get(key).ok_or_else(|| self.missing(key, EXPECTED))? {
            Value::List(items) => items
                .iter()
                .map(|i| match i {
                    Value::Int(x) if (1..=1_000_000_000).contains(x) => Ok(*x as usize),
                    other => Err(self.fault(key, EXPECTED, other)),
                })
                .collect(),
            other => Err(self.fault(key, EXPECTED, other)),
        }
    }

    /// Two counts of at least `least`, for height and width: a number for both or a list of two. Without a `default` it must be
    /// there.
    ///
    /// # Errors
    /// It is missing or of another kind.
    ///
    /// ```
    /// use gan_layers::{Fields, Spec};
    /// let spec = Spec::new("max_pool").with("kernel", 3).with("padding", vec![1, 0]);
    /// let fields = Fields::new(&spec, "layers[0]");
    /// let (kernel, padding) = (fields.pair("kernel", None, 1)?, fields.pair("padding", Some([0, 0]), 0)?);
    /// assert_eq!((kernel, padding), ([3, 3], [1, 0]));
    /// assert_eq!(fields.pair("stride", Some(kernel), 1)?, [3, 3]);
    /// # Ok::<(), gan_layers::LayerError>(())
    /// ```
    pub fn pair(&self, key: &'static str, default: Option<[usize; 2]>, least: usize) -> Result<[usize; 2], LayerError> {
        let expected = || format!("a whole number from {least} to 1000000, or two of them for height and width");
        let Some(value) = self.get(key) else { return default.ok_or_else(|| self.missing(key, &expected())) };
        let count = |value: &Value| match value {
            Value::Int(x) => usize::try_from(*x).ok().filter(|x| (least..=1_000_000).contains(x)),
            _ => None,
        };
        let pair = match value {
            Value::List(items) => match &items[..] {
                [height, width] => count(height).zip(count(width)).map(|(h, w)| [h, w]),
                _ => None,
            },
            other => count(other).map(|x| [x; 2]),
        };
        pair.ok_or_else(|| self.fault(key, &expected(), value))
    }

    /// A nested spec that may be absent, with the place where it stands.
    ///
    /// # Errors
    /// A value that is not a spec.
    pub fn spec(&self, key: &'static str) -> Result<Option<SpecAt>, LayerError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let spec = Spec::from_value(value.clone()).map_err(|e| self.fault(key, "a name or a table with a `type`", e))?;
        Ok(Some((spec, format!("{}.{key}", self.path))))
    }

    /// A number, or a nested spec: what a schedule may be.
    ///
    /// # Errors
    /// A value of another kind.
    pub fn number_or_spec(&self, key: &'static str) -> Result<Option<Result<f64, SpecAt>>, LayerError> {
        match self.map.get(key) {
            Some(Value::Table(_) | Value::Text(_)) => Ok(self.spec(key)?.map(Err)),
            Some(other @ (Value::Bool(_) | Value::List(_))) => {
                Err(self.fault(key, "a number, or a name or a table with a `type`", other))
            }
            _ => Ok(self.number(key)?.map(Ok)),
        }
    }

    /// A table that describes no part of a registry, as it has no `type`.
    pub(crate) fn table_without_type(&self, key: &'static str) -> Option<&'a BTreeMap<String, Value>> {
        match self.map.get(key) {
            Some(Value::Table(table)) if !table.contains_key("type") => {
                self.get(key);
                Some(table)
            }
            _ => None,
        }
    }

    /// Refuses keys that nobody asked for.
    ///
    /// # Errors
    /// [`LayerError::UnknownKey`] with the nearest known one.
    pub fn finish(self) -> Result<(), LayerError> {
        let asked = self.asked.borrow();
        match self.map.keys().find(|k| !asked.contains(&k.as_str())) {
            None => Ok(()),
            Some(found) => Err(self.unknown(found, &asked)),
        }
    }
}
