//! Descriptions of parts: a type and its fields, as they stand in a configuration file.
//!
//! Layers, initialisers, optimisers, schedules, objectives: each is a [`Spec`], read through [`Fields`], which names the
//! place of every fault and refuses what nobody asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::LayerError;

/// A value of a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A nested description or table.
    Table(BTreeMap<String, Value>),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(x) => write!(f, "{x}"),
            Value::Int(x) => write!(f, "{x}"),
            Value::Float(x) => write!(f, "{x}"),
            Value::Text(x) => write!(f, "\"{x}\""),
            Value::List(x) => {
                let items: Vec<_> = x.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Value::Table(_) => write!(f, "a table"),
        }
    }
}

macro_rules! value_from {
    ($($from:ty => |$x:ident| $to:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($x: $from) -> Value { $to }
        }
    )*};
}
value_from! {
    bool => |x| Value::Bool(x);
    i32 => |x| Value::Int(x.into());
    usize => |x| Value::Int(x as i64);
    f64 => |x| Value::Float(x);
    &str => |x| Value::Text(x.to_owned());
    Vec<usize> => |x| Value::List(x.into_iter().map(Value::from).collect());
    Spec => |x| x.into_value();
}

/// The type of a part and its fields. In TOML a table with a key `type`, or just the type's name.
#[derive(Clone, Debug, PartialEq)]
pub struct Spec {
    /// The type: a name from a registry.
    pub kind: String,
    /// Everything else.
    pub fields: BTreeMap<String, Value>,
}

impl Spec {
    /// A part without fields.
    pub fn new(kind: &str) -> Spec {
        Spec { kind: kind.to_owned(), fields: BTreeMap::new() }
    }

    /// The same with a field set.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Spec {
        self.fields.insert(key.to_owned(), value.into());
        self
    }

    fn into_value(self) -> Value {
        let mut table = self.fields;
        table.insert("type".to_owned(), Value::Text(self.kind));
        Value::Table(table)
    }

    fn from_value(value: Value) -> Result<Spec, String> {
        match value {
            Value::Text(kind) => Ok(Spec { kind, fields: BTreeMap::new() }),
            Value::Table(mut fields) => match fields.remove("type") {
                Some(Value::Text(kind)) => Ok(Spec { kind, fields }),
                Some(other) => Err(format!("`type` must be a name, found {other}")),
                None => Err("`type` is missing".to_owned()),
            },
            other => Err(format!("expected a name or a table with a `type`, found {other}")),
        }
    }
}

impl Serialize for Spec {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        if self.fields.is_empty() {
            return s.serialize_str(&self.kind);
        }
        let mut map = s.serialize_map(Some(self.fields.len() + 1))?;
        map.serialize_entry("type", &self.kind)?;
        // plain values first: TOML wants them before tables
        let (tables, plain): (Vec<_>, Vec<_>) = self.fields.iter().partition(|(_, v)| matches!(v, Value::Table(_)));
        for (k, v) in plain.into_iter().chain(tables) {
            map.serialize_entry(k, v)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Spec {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Spec::from_value(Value::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

/// The known name nearest to `found`, if one is near.
pub fn nearest<'a>(found: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(found, k), k))
        .filter(|(d, k)| *d <= 1 + k.len() / 4)
        .min()
        .map(|(_, k)| k.to_owned())
}

/// Picks the entry of a registry that a spec names.
///
/// # Errors
/// [`LayerError::UnknownType`] with the nearest name.
pub fn find<'a, T>(
    what: &'static str,
    all: &'a [T],
    name: impl Fn(&T) -> &'static str,
    spec: &Spec,
    path: &str,
) -> Result<&'a T, LayerError> {
    all.iter().find(|e| name(e) == spec.kind).ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(&name).collect();
        LayerError::UnknownType {
            path: path.to_owned(),
            what,
            found: spec.kind.clone(),
            meant: nearest(&spec.kind, known.iter().copied()),
            known: known.join(", "),
        }
    })
}

/// The fields of a spec while they are read.
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

    fn get(&self, key: &'static str) -> Option<&'a Value> {
        self.asked.borrow_mut().push(key);
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
        if x >= lo && x <= hi { Ok(x) } else { Err(self.fault(key, &format!("a number from {lo} to {hi}"), x)) }
    }

    /// A number greater than 0, or its default.
    ///
    /// # Errors
    /// A value of another kind or out of range.
    pub fn positive(&self, key: &'static str, default: f64) -> Result<f64, LayerError> {
        let x = self.number(key)?.unwrap_or(default);
        if x > 0.0 { Ok(x) } else { Err(self.fault(key, "a number greater than 0", x)) }
    }

    /// A number greater than 0 that may be absent.
    ///
    /// # Errors
    /// A value of another kind or out of range.
    pub fn optional_positive(&self, key: &'static str) -> Result<Option<f64>, LayerError> {
        match self.number(key)? {
            Some(x) if x <= 0.0 => Err(self.fault(key, "a number greater than 0", x)),
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
        self.optional_count(key)?.ok_or_else(|| LayerError::Missing {
            path: self.path.clone(),
            key: key.to_owned(),
            expected: "a whole number of at least 1".to_owned(),
        })
    }

    /// A count of at least 1, or its default.
    ///
    /// # Errors
    /// A value of another kind or too large.
    pub fn count_or(&self, key: &'static str, default: usize) -> Result<usize, LayerError> {
        Ok(self.optional_count(key)?.unwrap_or(default))
    }

    fn optional_count(&self, key: &'static str) -> Result<Option<usize>, LayerError> {
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
        let missing = || LayerError::Missing { path: self.path.clone(), key: key.to_owned(), expected: EXPECTED.to_owned() };
        match self.get(key).ok_or_else(missing)? {
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

    /// A nested spec that may be absent, with the place where it stands.
    ///
    /// # Errors
    /// A value that is not a spec.
    pub fn spec(&self, key: &'static str) -> Result<Option<(Spec, String)>, LayerError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let spec = Spec::from_value(value.clone()).map_err(|e| self.fault(key, "a name or a table with a `type`", e))?;
        Ok(Some((spec, format!("{}.{key}", self.path))))
    }

    /// A number, or a nested spec: what a schedule may be.
    ///
    /// # Errors
    /// A value of another kind.
    pub fn number_or_spec(&self, key: &'static str) -> Result<Option<Result<f64, (Spec, String)>>, LayerError> {
        match self.map.get(key) {
            Some(Value::Table(_) | Value::Text(_)) => Ok(self.spec(key)?.map(Err)),
            _ => Ok(self.number(key)?.map(Ok)),
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
            Some(found) => Err(LayerError::UnknownKey {
                path: self.path.clone(),
                found: found.clone(),
                meant: nearest(found, asked.iter().copied()),
                known: if asked.is_empty() { "none".to_owned() } else { asked.join(", ") },
            }),
        }
    }
}
