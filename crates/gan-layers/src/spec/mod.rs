//! Descriptions of parts: a type and its fields, as they stand in a configuration file.
//!
//! Layers, initialisers, optimisers, schedules, objectives: each is a [`Spec`], read through [`Fields`], which names the
//! place of every fault and refuses what nobody asked for.

mod fields;
mod lists;
mod value;

pub(crate) use fields::range;
pub use fields::{Fields, SpecAt};
pub use value::Value;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::LayerError;

/// The type of a part and its fields. In TOML a table with a key `type`, or just the type's name.
///
/// ```
/// use gan_layers::Spec;
/// let spec: Spec = serde_json::from_str(r#"{"type": "dropout", "keep": 0.8}"#)?;
/// assert_eq!(spec, Spec::new("dropout").with("keep", 0.8));
/// assert_eq!(serde_json::from_str::<Spec>(r#""relu""#)?, Spec::new("relu"));
/// # Ok::<(), serde_json::Error>(())
/// ```
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
        // of equally near names the one that starts alike: `unit` means `units`, not `init`
        .min_by(|(d, k), (e, l)| d.cmp(e).then(strsim::jaro_winkler(found, l).total_cmp(&strsim::jaro_winkler(found, k))))
        .map(|(_, k)| k.to_owned())
}

/// A part as its registry lists it: `T` is the part's trait, say `dyn Optimizer`.
pub struct Entry<T: ?Sized> {
    /// Its name in descriptions.
    pub name: &'static str,
    /// One line on what it does and its fields.
    pub doc: &'static str,
    /// Builds it.
    pub build: fn(&Fields<'_>) -> Result<Box<T>, LayerError>,
}

/// Builds the part that `spec`, at `path` in the description, names; `what` says in faults what kind of part that is.
///
/// # Errors
/// It is unknown or ill described, or has fields that nobody asked for.
pub fn build<T: ?Sized>(what: &'static str, all: &[Entry<T>], spec: &Spec, path: &str) -> Result<Box<T>, LayerError> {
    let entry = find(what, all, |e| e.name, spec, path)?;
    let fields = Fields::new(spec, path);
    let part = (entry.build)(&fields)?;
    fields.finish()?;
    Ok(part)
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
