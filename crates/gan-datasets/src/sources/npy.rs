//! Arrays of NumPy: `dir` is a `.npy` or `.npz` file, or a folder with one of them.
//!
//! The first index is the sample: `[n]`, `[n, dim]`, `[n, height, width]` (grey pictures), `[n, height, width, channels]`. Bytes are
//! read as `byte / 255`, floats as they are. In an `.npz` file the samples are the array `x`, their classes `y` (integers from 0),
//! if there is one.

use std::fs;
use std::path::{Path, PathBuf};

use super::Source;
use crate::arrays::{ArraySet, Samples};
use crate::formats::npy::{self, Npy, Values};
use crate::{Dataset, DatasetError, OpenOptions, Provenance};

pub(super) const SOURCE: Source =
    Source { name: "npy", doc: "an array of NumPy, one's own: .npy, or .npz with x and perhaps y", needs_dir: true, open };

/// The most classes.
const MAX_CLASSES: i64 = 1 << 16;

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let name = SOURCE.name;
    let Some(dir) = &options.dir else {
        let files = "one .npy or .npz file, or name the file itself".to_owned();
        return Err(DatasetError::NoFolder { name: name.to_owned(), files });
    };
    let path = find(dir)?;
    let (x, y) = read(&path)?;
    let Npy { shape, values } = x;
    if !(1..=4).contains(&shape.len()) || shape.contains(&0) {
        let message = format!("{}: expected 1 to 4 dimensions, none of them 0, found shape {shape:?}", path.display());
        return Err(parameter(message));
    }
    let (n, sample) = (
        shape[0],
        match shape[1..] {
            [] => vec![1],
            [height, width] => vec![height, width, 1],
            ref other => other.to_vec(),
        },
    );
    let mut samples = match values {
        Values::Bytes(bytes) => Samples::Bytes(bytes),
        Values::Floats(floats) => Samples::Floats(floats),
        Values::Integers(_) => {
            return Err(parameter(format!("{}: expected type u1, f4 or f8, found wider integers", path.display())));
        }
    };
    let range = range(&samples, &path)?;
    let labels = y.map(|y| labels(y, n)).transpose()?;
    let rows = options.deal(name, n)?;
    samples.keep(&rows, sample.iter().product());
    let labels = labels.map(|(labels, classes)| (rows.iter().map(|row| labels[*row]).collect(), classes));
    let provenance = Provenance::new(name, path.display().to_string(), "not known", options.split, n);
    Ok(Box::new(ArraySet::new(sample, samples, range, labels, provenance)?))
}

/// `dir`, if it is a file, or the one array in it.
fn find(dir: &Path) -> Result<PathBuf, DatasetError> {
    if dir.is_file() {
        return Ok(dir.to_owned());
    }
    let io = |fault| DatasetError::Io { path: dir.to_owned(), fault };
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if path.extension().is_some_and(|ending| ending == "npy" || ending == "npz") && path.is_file() {
            found.push(path);
        }
    }
    match found.len() {
        0 => Err(DatasetError::MissingFile { name: SOURCE.name.to_owned(), looked: vec![dir.join("*.npy"), dir.join("*.npz")] }),
        1 => Ok(found.remove(0)),
        n => Err(parameter(format!("{} has {n} arrays: name the file itself", dir.display()))),
    }
}

/// The samples, and their classes.
fn read(path: &Path) -> Result<(Npy, Option<Npy>), DatasetError> {
    let mut start = [0; 2];
    let io = |fault| DatasetError::Io { path: path.to_owned(), fault };
    let mut file = fs::File::open(path).map_err(io)?;
    let length = std::io::Read::read(&mut file, &mut start).map_err(io)?;
    if !npy::is_archive(&start[..length]) {
        return Ok((npy::read(path)?, None));
    }
    let [x, y] = npy::read_archive(path, ["x", "y"])?;
    let x = x.ok_or_else(|| parameter(format!("{}: expected an array called `x`, found none", path.display())))?;
    Ok((x, y))
}

/// The range of the values, which must be finite.
fn range(samples: &Samples, path: &Path) -> Result<(f32, f32), DatasetError> {
    let Samples::Floats(floats) = samples else { return Ok((0.0, 1.0)) };
    if let Some(at) = floats.iter().position(|x| !x.is_finite()) {
        let message = format!("{}: expected finite values, found {} at place {at}", path.display(), floats[at]);
        return Err(parameter(message));
    }
    let (low, high) = floats.iter().fold((f32::MAX, f32::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
    if low == high {
        return Err(parameter(format!("{}: expected values that differ, found {low} everywhere", path.display())));
    }
    Ok((low, high))
}

/// The classes of `n` samples, and their number.
fn labels(y: Npy, n: usize) -> Result<(Vec<u32>, usize), DatasetError> {
    let values: Vec<i64> = match y.values {
        Values::Bytes(bytes) => bytes.into_iter().map(i64::from).collect(),
        Values::Integers(integers) => integers,
        Values::Floats(_) => return Err(parameter("expected integers in `y`, found floating-point numbers".to_owned())),
    };
    if values.len() != n {
        return Err(DatasetError::CountMismatch { name: SOURCE.name.to_owned(), images: n, labels: values.len() });
    }
    if let Some(at) = values.iter().position(|label| !(0..MAX_CLASSES).contains(label)) {
        let message = format!("expected classes from 0 to {}, found {} at place {at} of `y`", MAX_CLASSES - 1, values[at]);
        return Err(parameter(message));
    }
    let classes = values.iter().max().map_or(0, |most| *most as usize + 1);
    Ok((values.into_iter().map(|label| label as u32).collect(), classes))
}

fn parameter(message: String) -> DatasetError {
    DatasetError::Parameter { name: SOURCE.name.to_owned(), message }
}
