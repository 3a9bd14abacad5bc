//! What a run knows of its data once they are gone: `data.json` in its folder.

use gan_datasets::{Dataset, DatasetError, Provenance, Split};
use serde::{Deserialize, Serialize};

/// Most values of a sample, as many as a network may hold.
const MAX_VALUES: usize = gan_layers::MAX_VALUES;

/// A data set without its samples: shape, range and where they come from.
///
/// A generator needs nothing of the data to be sampled, a picture of its samples only their shape and range: a run that
/// was copied to another machine is sampled with these, see [`Session::for_sampling`](crate::Session::for_sampling). As a
/// [`Dataset`] it refuses to be read.
#[derive(Clone, Debug)]
pub struct DataFacts {
    shape: Vec<usize>,
    range: (f32, f32),
    shown: (f32, f32),
    classes: Option<usize>,
    provenance: Provenance,
}

/// The contents of `data.json`.
#[derive(Serialize, Deserialize)]
struct Stored {
    name: String,
    split: String,
    count: usize,
    shape: Vec<usize>,
    range: (f32, f32),
    /// The range, in files that say nothing.
    shown: Option<(f32, f32)>,
    /// The number of classes, if the samples are labelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    classes: Option<usize>,
    source: String,
    licence: String,
}

impl DataFacts {
    /// What is to be known of `data`.
    pub fn of(data: &dyn Dataset) -> DataFacts {
        let provenance = Provenance { count: data.len(), ..data.provenance().clone() };
        DataFacts {
            shape: data.sample_shape().to_vec(),
            range: data.range(),
            shown: data.shown(),
            classes: data.classes(),
            provenance,
        }
    }

    /// `count` samples of which only the shape is known.
    pub fn of_shape(name: &str, shape: &[usize], count: usize) -> DataFacts {
        let provenance = Provenance::new(name, "not at hand", "not known", Split::All, count);
        DataFacts { shape: shape.to_vec(), range: (0.0, 1.0), shown: (0.0, 1.0), classes: None, provenance }
    }

    pub(crate) fn to_json(&self) -> Result<String, String> {
        let p = &self.provenance;
        let stored = Stored {
            name: p.name.clone(),
            split: p.split.to_string(),
            count: p.count,
            shape: self.shape.clone(),
            range: self.range,
            shown: Some(self.shown),
            classes: self.classes,
            source: p.source.clone(),
            licence: p.licence.clone(),
        };
        serde_json::to_string_pretty(&stored).map_err(|e| e.to_string())
    }

    pub(crate) fn from_json(text: &[u8]) -> Result<DataFacts, String> {
        let s: Stored = serde_json::from_slice(text).map_err(|e| e.to_string())?;
        let values = s.shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).unwrap_or(usize::MAX);
        if values == 0 || values > MAX_VALUES {
            return Err(format!("expected a shape of 1 to {MAX_VALUES} values, found {:?}", s.shape));
        }
        let shown = s.shown.unwrap_or(s.range);
        for range in [s.range, shown] {
            if !(range.0 < range.1 && range.0.is_finite() && range.1.is_finite()) {
                return Err(format!("expected a range of two numbers, the lower one first, found {range:?}"));
            }
        }
        if s.count == 0 {
            return Err("expected a count of at least 1, found 0".to_owned());
        }
        if let Some(n) = s.classes.filter(|n| *n == 0 || *n > MAX_VALUES) {
            return Err(format!("expected 1 to {MAX_VALUES} classes, found {n}"));
        }
        let split = s.split.parse::<Split>().map_err(|e: DatasetError| e.to_string())?;
        let provenance = Provenance::new(s.name, s.source, s.licence, split, s.count);
        Ok(DataFacts { shape: s.shape, range: s.range, shown, classes: s.classes, provenance })
    }
}

impl Dataset for DataFacts {
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
    fn shown(&self) -> (f32, f32) {
        self.shown
    }
    fn classes(&self) -> Option<usize> {
        self.classes
    }
    fn read(&self, _: usize, _: &mut [f32]) -> Result<(), DatasetError> {
        Err(DatasetError::MissingFile { name: self.provenance.name.clone(), looked: vec!["data.json".into()] })
    }
}

#[cfg(test)]
mod tests {
    use super::DataFacts;
    use gan_datasets::{Dataset, Split};

    fn with(shape: &str, range: &str, count: &str) -> String {
        format!(
            r#"{{"name":"mnist","split":"train","count":{count},"shape":{shape},"range":{range},"source":"s","licence":"l"}}"#
        )
    }

    #[test]
    fn what_was_written_down() {
        let facts = DataFacts::from_json(with("[28,28,1]", "[0.0,1.0]", "60000").as_bytes()).unwrap();
        assert_eq!((facts.sample_shape(), facts.range(), facts.len()), (&[28, 28, 1][..], (0.0, 1.0), 60000));
        let again = DataFacts::from_json(DataFacts::of(&facts).to_json().unwrap().as_bytes()).unwrap();
        assert_eq!((again.sample_shape(), again.range(), again.len()), (&[28, 28, 1][..], (0.0, 1.0), 60000));
        assert_eq!((again.provenance().name.as_str(), again.provenance().split), ("mnist", Split::Train));
        assert!(again.read(0, &mut [0.0; 784]).is_err());
        assert_eq!(again.classes(), None);
        let labelled = with("[2]", "[0,1]", "3").replace("\"source\"", "\"classes\":10,\"source\"");
        let facts = DataFacts::from_json(labelled.as_bytes()).unwrap();
        assert_eq!(DataFacts::from_json(facts.to_json().unwrap().as_bytes()).unwrap().classes(), Some(10));
        assert!(DataFacts::from_json(labelled.replace(":10", ":0").as_bytes()).is_err());
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
            assert!(DataFacts::from_json(with(shape, range, count).as_bytes()).is_err(), "{shape} {range} {count}");
        }
        assert!(DataFacts::from_json(b"").is_err());
        assert!(DataFacts::from_json(b"\xff").is_err());
    }
}
