//! The Toronto Face Database (Susskind, Anderson, Hinton 2010), from `TFD_48x48.mat` as it is given out on request: grey faces of
//! 48 x 48, most of them without a label, and five folds that deal out the labelled ones.
//!
//! As in Goodfellow et al. 2014, train is the faces without labels; validation and test are the fold's own, with the seven expressions as
//! classes. `all` is every face, those too that classifiers are trained on.

use std::path::Path;

use super::Source;
use crate::formats::mat::{self, Values, Variable};
use crate::{Dataset, DatasetError, FormatError, ImageSet, OpenOptions, Provenance, Split};

pub(super) const SOURCE: Source =
    Source { name: "tfd", doc: "Toronto Face Database, 48 x 48, from TFD_48x48.mat: one of five folds", needs_dir: true, open };

const FILE: &str = "TFD_48x48.mat";
const SIDE: usize = 48;
const FOLDS: usize = 5;
/// Anger, disgust, fear, happiness, sadness, surprise, neutral: 1 to 7 in the file.
const EXPRESSIONS: usize = 7;

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let name = SOURCE.name;
    let Some(dir) = &options.dir else {
        return Err(DatasetError::NoFolder { name: name.to_owned(), files: FILE.to_owned() });
    };
    if options.fold >= FOLDS {
        let message = format!("expected a fold from 0 to {}, found {}", FOLDS - 1, options.fold);
        return Err(DatasetError::Parameter { name: name.to_owned(), message });
    }
    let places = [dir.join(FILE), dir.join(name).join(FILE)];
    let Some(path) = places.iter().find(|path| path.is_file()) else {
        return Err(DatasetError::MissingFile { name: name.to_owned(), looked: places.to_vec() });
    };
    let [images, expressions, folds] = mat::read(path, ["images", "labs_ex", "folds"])?;
    let n = images.shape[0];
    for (variable, shape) in [(&images, &[n, SIDE, SIDE][..]), (&folds, &[n, FOLDS])] {
        if variable.shape != shape {
            return Err(wrong_shape(path, variable, shape));
        }
    }
    if expressions.shape.iter().product::<usize>() != n {
        return Err(wrong_shape(path, &expressions, &[n, 1]));
    }
    let Values::Bytes(pixels) = &images.values else {
        let fault = FormatError::unexpected(0, "`images` of class uint8", "another class");
        return Err(DatasetError::Format { file: path.display().to_string(), fault });
    };

    let parts = &folds.values.numbers()[options.fold * n..][..n];
    if let Some(face) = parts.iter().position(|part| ![0.0, 1.0, 2.0, 3.0].contains(part)) {
        let message = format!("face {face} is in part {} of fold {}, expected 0, 1, 2 or 3", parts[face], options.fold);
        return Err(DatasetError::Parameter { name: name.to_owned(), message });
    }
    let mut faces: Vec<usize> = (0..n).filter(|face| belongs(parts[*face], options.split)).collect();
    faces.truncate(options.take(name, faces.len())?);

    let source = format!("Toronto Face Database (Susskind, Anderson, Hinton 2010), {FILE}, fold {}", options.fold);
    let provenance = Provenance::new(name, source, "given out on request, for research", options.split, faces.len());
    let shape = [SIDE, SIDE, 1];
    let pixels = gather(pixels, n, &faces);
    Ok(Box::new(match options.split {
        Split::Train | Split::All => ImageSet::unlabelled(shape, pixels, provenance)?,
        Split::Validation | Split::Test => {
            let labels = classes(&expressions.values.numbers(), &faces)?;
            ImageSet::new(shape, pixels, labels, EXPRESSIONS, provenance)?
        }
    }))
}

/// Whether a face in `part` of a fold is in `split`: 0 has no label, and models of the
/// faces are trained on it; 1 is what classifiers are trained on, 2 for validation, 3 for the test.
fn belongs(part: f64, split: Split) -> bool {
    match split {
        Split::Train => part == 0.0,
        Split::Validation => part == 2.0,
        Split::Test => part == 3.0,
        Split::All => true,
    }
}

/// The expressions of `faces`, from 0.
fn classes(expressions: &[f64], faces: &[usize]) -> Result<Vec<u8>, DatasetError> {
    let class = |(index, face): (usize, &usize)| match expressions[*face] {
        label if label.fract() == 0.0 && (1.0..=EXPRESSIONS as f64).contains(&label) => Ok(label as u8 - 1),
        label => {
            let message =
                format!("face {face} (sample {index}) has expression {label}, expected 1 to {EXPRESSIONS} outside of training");
            Err(DatasetError::Parameter { name: SOURCE.name.to_owned(), message })
        }
    };
    faces.iter().enumerate().map(class).collect()
}

/// Rows of `faces` from the columns of the file: `out[j, r, c] = pixels[faces[j] + n (r + 48 c)]`, a few faces at a time, so
/// that those being written stay in the cache.
fn gather(pixels: &[u8], n: usize, faces: &[usize]) -> Vec<u8> {
    let size = SIDE * SIDE;
    let mut out = vec![0; faces.len() * size];
    for (faces, out) in faces.chunks(64).zip(out.chunks_mut(64 * size)) {
        for (place, column) in pixels.chunks_exact(n).enumerate() {
            let at = place % SIDE * SIDE + place / SIDE;
            for (j, face) in faces.iter().enumerate() {
                out[j * size + at] = column[*face];
            }
        }
    }
    out
}

fn wrong_shape(path: &Path, variable: &Variable, expected: &[usize]) -> DatasetError {
    let file = format!("{}, variable `{}`", path.display(), variable.name);
    DatasetError::Shape { file, expected: expected.to_vec(), found: variable.shape.clone() }
}
