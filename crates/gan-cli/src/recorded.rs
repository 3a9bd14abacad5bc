//! What a run knows of its data once they are gone: `data.json` in its folder.
//!
//! A generator needs nothing of the data to be sampled, a picture of its samples only their shape and range. A run
//! that was copied to another machine is sampled and inspected with these.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use gan::datasets::{Dataset, DatasetError, Provenance, Split};
use gan::train::RunFolder;
use serde::{Deserialize, Serialize};

use crate::output::write_file;

/// Most bytes that are read.
const MAX_BYTES: u64 = 1 << 16;
/// Most values of a sample, as many as a network may hold.
const MAX_VALUES: usize = 1 << 28;

/// The contents of `data.json`.
#[derive(Serialize, Deserialize)]
struct Facts {
    name: String,
    split: String,
    count: usize,
    shape: Vec<usize>,
    range: (f32, f32),
    source: String,
    licence: String,
}

/// Stands in for a data set: everything but the samples.
pub(crate) struct Recorded {
    shape: Vec<usize>,
    range: (f32, f32),
    provenance: Provenance,
}

fn file(run: &RunFolder) -> PathBuf {
    run.path().join("data.json")
}

impl Recorded {
    /// Of data nothing is known but the shape of a sample.
    pub(crate) fn of_shape(name: &str, shape: &[usize], count: usize) -> Self {
        let provenance = Provenance::new(name, "not at hand", "not known", Split::All, count);
        Self { shape: shape.to_vec(), range: (0.0, 1.0), provenance }
    }

    /// Writes down what `data` are, for later.
    pub(crate) fn write(run: &RunFolder, data: &dyn Dataset) -> anyhow::Result<()> {
        let p = data.provenance();
        let facts = Facts {
            name: p.name.clone(),
            split: p.split.to_string(),
            count: data.len(),
            shape: data.sample_shape().to_vec(),
            range: data.range(),
            source: p.source.clone(),
            licence: p.licence.clone(),
        };
        let text = serde_json::to_string_pretty(&facts)?;
        write_file(&file(run), |out| writeln!(out, "{text}"))
    }

    /// What the run has written down; nothing if it is older than that.
    pub(crate) fn read(run: &RunFolder) -> anyhow::Result<Option<Self>> {
        let path = file(run);
        let handle = match fs::File::open(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(|e| anyhow::anyhow!("cannot open {}: {e}", path.display()))?,
        };
        let mut text = String::new();
        let read = handle.take(MAX_BYTES).read_to_string(&mut text).map_err(|e| e.to_string());
        let recorded = read.and_then(|_| Self::parse(&text));
        recorded
            .map(Some)
            .map_err(|e| anyhow::anyhow!("{}: {e}; delete the file and say with --data where the data set is", path.display()))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let f: Facts = serde_json::from_str(text).map_err(|e| e.to_string())?;
        let values = f.shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).unwrap_or(usize::MAX);
        if values == 0 || values > MAX_VALUES {
            return Err(format!("expected a shape of 1 to {MAX_VALUES} values, found {:?}", f.shape));
        }
        if !(f.range.0 < f.range.1 && f.range.0.is_finite() && f.range.1.is_finite()) {
            return Err(format!("expected a range of two numbers, the lower one first, found {:?}", f.range));
        }
        if f.count == 0 {
            return Err("expected a count of at least 1, found 0".to_owned());
        }
        let split = f.split.parse::<Split>().map_err(|e: DatasetError| e.to_string())?;
        let provenance = Provenance::new(f.name, f.source, f.licence, split, f.count);
        Ok(Self { shape: f.shape, range: f.range, provenance })
    }
}

impl Dataset for Recorded {
    fn len(&self) -> usize {
        self.provenance.count
    }
    fn sample_shape(&self) -> &[usize] {
        &self.shape
    }
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }
    fn range(&self) -> (f32, f32) {
        self.range
    }
    fn read(&self, _: usize, _: &mut [f32]) -> Result<(), DatasetError> {
        Err(DatasetError::MissingFile { name: self.provenance.name.clone(), looked: vec![Path::new("data.json").to_owned()] })
    }
}

#[cfg(test)]
mod tests {
    use super::Recorded;

    fn with(shape: &str, range: &str, count: &str) -> String {
        format!(
            r#"{{"name":"mnist","split":"train","count":{count},"shape":{shape},"range":{range},"source":"s","licence":"l"}}"#
        )
    }

    #[test]
    fn what_was_written_down() {
        let r = Recorded::parse(&with("[1,28,28]", "[0.0,1.0]", "60000")).unwrap();
        assert_eq!((r.shape, r.range, r.provenance.count), (vec![1, 28, 28], (0.0, 1.0), 60000));
    }

    #[test]
    fn nonsense_is_refused() {
        let bad = [
            ("[0]", "[0,1]", "1"),
            ("[4294967296,4294967296]", "[0,1]", "1"),
            ("[2]", "[1,0]", "1"),
            ("[2]", "[0,1e999]", "1"),
            ("[2]", "[0,1]", "0"),
            ("[-2]", "[0,1]", "1"),
        ];
        for (shape, range, count) in bad {
            assert!(Recorded::parse(&with(shape, range, count)).is_err(), "{shape} {range} {count}");
        }
        assert!(Recorded::parse("").is_err());
    }
}
