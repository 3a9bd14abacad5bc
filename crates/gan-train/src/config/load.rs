//! From TOML to a configuration: presets, files, overrides, and faults that say where.

use std::fs::File;
use std::io;
use std::path::Path;

use gan_layers::spec::nearest;
use toml::{Table, Value};

use super::{Config, Kind, RunConfig};
use crate::{TrainError, files};

/// Largest configuration file that is read.
const MAX_BYTES: u64 = 1 << 20;

impl Config {
    /// The preset of that name.
    ///
    /// # Errors
    /// There is none; the nearest name is suggested.
    pub fn preset(name: &str) -> Result<Config, TrainError> {
        preset_with(name, &[])
    }

    /// The preset of that name with overrides `key.path=value`.
    ///
    /// # Errors
    /// There is no such preset, or an override does not fit.
    pub fn preset_with(name: &str, overrides: &[String]) -> Result<Config, TrainError> {
        preset_with(name, overrides)
    }

    /// Reads a file, with overrides `key.path=value`.
    ///
    /// # Errors
    /// It cannot be read or does not make sense.
    pub fn from_file(path: &Path, overrides: &[String]) -> Result<Config, TrainError> {
        from_file(path, overrides)
    }

    /// Reads a text that stands at `place`, with overrides `key.path=value`.
    ///
    /// # Errors
    /// It does not parse, has unknown keys, or does not make sense.
    pub fn from_toml(text: &str, place: &str, overrides: &[String]) -> Result<Config, TrainError> {
        from_toml(text, place, overrides)
    }

    /// As TOML, every default written out.
    ///
    /// # Errors
    /// A path that is not Unicode.
    pub fn to_toml(&self) -> Result<String, TrainError> {
        to_toml(self)
    }
}

/// The preset of that name with overrides.
pub(super) fn preset_with<C: RunConfig>(name: &str, overrides: &[String]) -> Result<C, TrainError> {
    let names = || C::PRESETS.iter().map(|p| p.name);
    let preset = C::PRESETS.iter().find(|p| p.name == name).ok_or_else(|| TrainError::UnknownPreset {
        found: name.to_owned(),
        meant: nearest(name, names()),
        known: names().collect::<Vec<_>>().join(", "),
    })?;
    from_toml(preset.toml, &format!("preset {name}"), overrides)
}

/// Reads a file with overrides.
pub(super) fn from_file<C: RunConfig>(path: &Path, overrides: &[String]) -> Result<C, TrainError> {
    from_toml(&read_text(path)?, &path.display().to_string(), overrides)
}

/// Reads a text that stands at `place`, with overrides.
pub(crate) fn from_toml<C: RunConfig>(text: &str, place: &str, overrides: &[String]) -> Result<C, TrainError> {
    let fault = |message: String| TrainError::Config { place: place.to_owned(), message };
    let mut table: Table = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
    for o in overrides {
        set(&mut table, o).map_err(|message| TrainError::Config { place: format!("--set {o}"), message })?;
    }
    if let Some(kind) = Kind::of_table(&table).filter(|kind| *kind != C::KIND) {
        let ((found, command), (wanted, _)) = (kind.words(), C::KIND.words());
        return Err(fault(format!("expected the configuration of {wanted}, found that of {found}, which `{command}` takes")));
    }
    let config: C = serde_path_to_error::deserialize(Value::Table(table)).map_err(|e| {
        let at = e.path().to_string();
        let message = explain(&e.into_inner().to_string());
        let hint = if message.starts_with("missing field") { format!(": {}", C::COMPLETE) } else { String::new() };
        fault(if at == "." { format!("{message}{hint}") } else { format!("{at}: {message}{hint}") })
    })?;
    config.check()?;
    Ok(config)
}

/// As TOML, every default written out.
pub(super) fn to_toml(config: &impl RunConfig) -> Result<String, TrainError> {
    toml::to_string(config).map_err(|e| TrainError::Config { place: "configuration".to_owned(), message: e.to_string() })
}

/// The text of a small file.
pub(crate) fn read_text(path: &Path) -> Result<String, TrainError> {
    let file = File::open(path).map_err(TrainError::file("cannot open", path))?;
    let bytes = files::read_bounded(file, MAX_BYTES).map_err(TrainError::file("cannot read", path))?;
    if bytes.len() as u64 > MAX_BYTES {
        let message = format!("a configuration of at most {MAX_BYTES} bytes is expected, found more");
        return Err(TrainError::Config { place: path.display().to_string(), message });
    }
    let no_text = |_| io::Error::new(io::ErrorKind::InvalidData, "expected a text in UTF-8, found other bytes");
    String::from_utf8(bytes).map_err(no_text).map_err(TrainError::file("cannot read", path))
}

/// Adds the nearest known key to a message like ``unknown field `stepz`, expected one of `steps`, `epochs` ``.
pub(crate) fn explain(message: &str) -> String {
    let message = message.trim();
    let mut quoted = message.split('`').skip(1).step_by(2);
    match (message.starts_with("unknown"), quoted.next()) {
        (true, Some(found)) => match nearest(found, quoted) {
            Some(meant) => format!("{message} (did you mean `{meant}`?)"),
            None => message.to_owned(),
        },
        _ => message.to_owned(),
    }
}

/// Applies `a.b[2].c=value`. The value is TOML; what does not parse as TOML is a text.
fn set(table: &mut Table, assignment: &str) -> Result<(), String> {
    let (path, text) = assignment.split_once('=').ok_or("expected key=value, for example train.steps=500")?;
    let text = text.trim();
    let value = match toml::from_str::<Table>(&format!("x = {text}")) {
        // a text with line breaks may hold further keys, which would be lost
        Ok(mut t) if t.len() == 1 => t.remove("x").unwrap_or_else(|| Value::String(text.to_owned())),
        _ => Value::String(text.to_owned()),
    };
    let steps = parse_path(path.trim())?;
    let Some((last, way)) = steps.split_last() else { return Err("the key is empty".to_owned()) };
    let mut root = Value::Table(std::mem::take(table));
    let result = way.iter().try_fold(&mut root, |at, step| enter(at, step)).and_then(|parent| put(parent, last, value));
    if let Value::Table(t) = root {
        *table = t;
    }
    result
}

/// One step of a key path.
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

fn parse_path(path: &str) -> Result<Vec<Step<'_>>, String> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, mut indices) = part.split_at(part.find('[').unwrap_or(part.len()));
        if key.is_empty() {
            return Err(format!("`{path}` is not a key: expected names separated by dots"));
        }
        steps.push(Step::Key(key));
        while !indices.is_empty() {
            let parsed =
                indices.strip_prefix('[').and_then(|i| i.split_once(']')).and_then(|(i, rest)| Some((i.parse().ok()?, rest)));
            let (n, rest) = parsed.ok_or_else(|| format!("`{indices}` is not an index: expected [0], [1], ..."))?;
            steps.push(Step::Index(n));
            indices = rest;
        }
    }
    Ok(steps)
}

fn enter<'a>(at: &'a mut Value, step: &Step<'_>) -> Result<&'a mut Value, String> {
    match (at, step) {
        (Value::Table(t), Step::Key(k)) => Ok(t.entry((*k).to_owned()).or_insert_with(|| Value::Table(Table::new()))),
        (Value::Array(a), Step::Index(i)) => {
            let n = a.len();
            a.get_mut(*i).ok_or_else(|| format!("there is no [{i}]: the list has {n} entries"))
        }
        // a part that was given by its name alone becomes a table with that type
        (at @ Value::String(_), Step::Key(k)) => {
            let name = at.clone();
            *at = Value::Table(Table::from_iter([("type".to_owned(), name)]));
            enter(at, &Step::Key(k))
        }
        (other, Step::Key(k)) => Err(format!("`{k}` stands in {}, which has no keys", other.type_str())),
        (other, Step::Index(i)) => Err(format!("[{i}] stands in {}, which is not a list", other.type_str())),
    }
}

fn put(parent: &mut Value, last: &Step<'_>, value: Value) -> Result<(), String> {
    *enter(parent, last)? = value;
    Ok(())
}
