//! The log of a run: JSON lines.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::{Map, Value, json};

use super::{Observer, ObserverEntry, View};
use crate::{Event, Flow, RunConfig, TrainError, files};

/// Writes `metrics.jsonl`: a line every so many steps and one for each evaluation. A run that is resumed goes on after
/// the lines of its checkpoint.
struct Log {
    every: u64,
    file: Option<BufWriter<File>>,
}

impl Log {
    fn write(&mut self, path: &Path, line: &Value) -> Result<(), TrainError> {
        if let Some(file) = &mut self.file {
            writeln!(file, "{line}").and_then(|()| file.flush()).map_err(TrainError::file("cannot write", path))?;
        }
        Ok(())
    }
}

/// Drops lines after `step`: they belong to steps that will be made again.
fn truncate(path: &Path, step: u64) -> std::io::Result<()> {
    let bytes = match fs::read(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    // what a crash left of a line need not be text; it does not parse then and is dropped
    let text = String::from_utf8_lossy(&bytes);
    let of = |line: &str| serde_json::from_str::<Value>(line).ok()?.get("step")?.as_u64();
    let kept: String = text.lines().filter(|l| of(l).is_some_and(|s| s <= step)).map(|l| format!("{l}\n")).collect();
    if kept.as_bytes() == bytes { Ok(()) } else { files::write(path, |out| out.write_all(kept.as_bytes())) }
}

impl<C: RunConfig> Observer<C> for Log {
    fn on(&mut self, event: &Event, view: &mut View<'_, C>) -> Result<Flow, TrainError> {
        let path = view.run.metrics_file();
        match event {
            Event::Started { step, .. } => {
                truncate(&path, *step).map_err(TrainError::file("cannot shorten", &path))?;
                let file = OpenOptions::new().create(true).append(true).open(&path);
                self.file = Some(BufWriter::new(file.map_err(TrainError::file("cannot open", &path))?));
            }
            Event::Step(r) if r.step.is_multiple_of(self.every) || r.step == 1 => {
                let mut line = Map::new();
                line.insert("step".to_owned(), r.step.into());
                line.insert("epoch".to_owned(), json!(r.epoch));
                for p in &r.phases {
                    line.insert(format!("{}_loss", p.phase), json!(p.loss));
                    line.insert(format!("{}_change", p.phase), json!(p.squared_change.sqrt()));
                }
                r.numbers.iter().for_each(|(name, x)| drop(line.insert((*name).to_owned(), json!(x))));
                self.write(&path, &Value::Object(line))?;
            }
            Event::Diverged(d) => self.write(&path, &json!({ "step": d.step, "diverged": d.what }))?,
            Event::Evaluated { step, scores } => self.write(&path, &json!({ "step": step, "scores": scores }))?,
            _ => {}
        }
        Ok(Flow::Continue)
    }
}

/// For any task.
pub(super) const fn entry<C: RunConfig>() -> ObserverEntry<C> {
    ObserverEntry {
        name: "log",
        doc: "writes metrics.jsonl every metrics.every_steps",
        build: |config, _| Some(Box::new(Log { every: config.shared().metrics.every_steps, file: None })),
    }
}
