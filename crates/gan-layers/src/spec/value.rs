//! Values of descriptions.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Spec;

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
            // as in TOML, and short for huge numbers
            Value::Float(x) => write!(f, "{x:?}"),
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
    usize => |x| Value::Int(i64::try_from(x).unwrap_or(i64::MAX));
    f64 => |x| Value::Float(x);
    &str => |x| Value::Text(x.to_owned());
    Vec<usize> => |x| Value::List(x.into_iter().map(Value::from).collect());
    Spec => |x| x.into_value();
}
