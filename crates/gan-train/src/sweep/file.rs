//! A sweep's file as it stands.

use serde::Deserialize;
use toml::{Table, Value};

use crate::TrainError;
use crate::config::explain;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub name: String,
    #[serde(default)]
    pub preset: Option<String>,
    #[serde(default)]
    pub config: Option<std::path::PathBuf>,
    pub seeds: Vec<u64>,
    #[serde(default)]
    pub metrics: Vec<String>,
    /// Overrides of every run, by dotted key.
    #[serde(default)]
    pub settings: Table,
    #[serde(default)]
    pub axes: Vec<Axis>,
}

/// What is varied: one key with several values, or named sets of overrides.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Axis {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub key: Option<String>,
    pub values: Vec<Value>,
}

/// A value of an axis.
pub(super) struct Choice {
    pub label: String,
    /// Overrides `key.path=value`.
    pub overrides: Vec<String>,
}

impl File {
    pub fn parse(text: &str, place: &str) -> Result<File, TrainError> {
        let fault = |message: String| TrainError::Config { place: place.to_owned(), message };
        let table: Table = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
        let file: File = serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| {
            let at = e.path().to_string();
            let message = explain(&e.into_inner().to_string());
            fault(if at == "." { message } else { format!("{at}: {message}") })
        })?;
        if file.preset.is_some() == file.config.is_some() {
            return Err(fault("expected either `preset` or `config`, what all runs have in common".to_owned()));
        }
        if file.seeds.is_empty() {
            return Err(fault("seeds: expected at least one".to_owned()));
        }
        for (i, seed) in file.seeds.iter().enumerate() {
            if file.seeds[..i].contains(seed) {
                return Err(fault(format!("seeds: {seed} stands there twice")));
            }
        }
        Ok(file)
    }
}

/// Overrides as the command line writes them.
pub(super) fn overrides(table: &Table) -> Vec<String> {
    table.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

impl Axis {
    /// The name of its column.
    pub fn title(&self) -> String {
        self.name.clone().or_else(|| self.key.clone()).unwrap_or_else(|| "setting".to_owned())
    }

    /// Its values, with names that are told apart.
    pub fn choices(&self, place: &str) -> Result<Vec<Choice>, TrainError> {
        let fault = |message: String| TrainError::Config { place: place.to_owned(), message };
        let read = |value: &Value| -> Result<Choice, TrainError> {
            if let Some(key) = &self.key {
                let label = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                return Ok(Choice { label, overrides: vec![format!("{key}={value}")] });
            }
            let table = value.as_table().filter(|t| t.keys().all(|k| k == "label" || k == "set"));
            let label = table.and_then(|t| t.get("label")).and_then(Value::as_str);
            let set = table.and_then(|t| t.get("set")).and_then(Value::as_table);
            match (label, set) {
                (Some(label), Some(set)) => Ok(Choice { label: label.to_owned(), overrides: overrides(set) }),
                _ => Err(fault(format!(
                    "expected {{ label = \"...\", set = {{ \"key\" = value }} }}, or a `key` for the axis; found {value}"
                ))),
            }
        };
        let choices = self.values.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        match choices.iter().enumerate().find(|(i, c)| choices[..*i].iter().any(|d| d.label == c.label)) {
            Some((_, twice)) => Err(fault(format!("`{}` stands there twice", twice.label))),
            None => Ok(choices),
        }
    }
}
