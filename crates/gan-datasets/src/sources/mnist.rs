//! MNIST (LeCun, Cortes, Burges), from the four IDX files of its official release, plain or gzipped.
//!
//! Splits as in Goodfellow et al. 2014 and the Parzen estimates of its time: train is the first 50,000 of the official
//! training images, validation the last 10,000 of them, test the official 10,000; `all` is all 70,000 in this order.

use std::path::{Path, PathBuf};

use super::Source;
use crate::{Dataset, DatasetError, ImageSet, OpenOptions, Provenance, Split, idx};

pub(super) const SOURCE: Source = Source {
    name: "mnist",
    doc: "MNIST, 28 x 28, from IDX files: 50,000 to train on, 10,000 for validation, 10,000 for the test",
    needs_dir: true,
    open,
};

const TRAIN: usize = 50_000;
const OFFICIAL_TRAIN: usize = 60_000;
const OFFICIAL_TEST: usize = 10_000;

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let name = SOURCE.name;
    let Some(dir) = &options.dir else {
        let files = "train-images-idx3-ubyte, train-labels-idx1-ubyte and the same of t10k, plain or .gz".to_owned();
        return Err(DatasetError::NoFolder { name: name.to_owned(), files });
    };
    let (available, start) = match options.split {
        Split::Train => (TRAIN, 0),
        Split::Validation => (OFFICIAL_TRAIN - TRAIN, TRAIN),
        Split::Test => (OFFICIAL_TEST, 0),
        Split::All => (OFFICIAL_TRAIN + OFFICIAL_TEST, 0),
    };
    let count = options.take(name, available)?;
    let (mut pixels, mut labels) = match options.split {
        Split::Test => read(dir, "t10k", OFFICIAL_TEST)?,
        _ => read(dir, "train", OFFICIAL_TRAIN)?,
    };
    if options.split == Split::All {
        let (test_pixels, test_labels) = read(dir, "t10k", OFFICIAL_TEST)?;
        pixels.extend_from_slice(&test_pixels);
        labels.extend_from_slice(&test_labels);
    }
    let source = "MNIST (LeCun, Cortes, Burges), official IDX files";
    let provenance = Provenance::new(name, source, "CC BY-SA 3.0", options.split, 0);
    let set = ImageSet::new([28, 28, 1], pixels, labels, 10, provenance)?;
    Ok(Box::new(set.slice(start..start + count)?))
}

/// The pixels and labels of an official part.
fn read(dir: &Path, part: &str, count: usize) -> Result<(Vec<u8>, Vec<u8>), DatasetError> {
    let array = |file: &str, shape: &[usize]| {
        let path = find(dir, &format!("{part}-{file}"))?;
        let array = idx::read(&path, shape.len() as u8)?;
        if array.shape != shape {
            let file = path.display().to_string();
            return Err(DatasetError::Shape { file, expected: shape.to_vec(), found: array.shape });
        }
        Ok(array.data)
    };
    Ok((array("images-idx3-ubyte", &[count, 28, 28])?, array("labels-idx1-ubyte", &[count])?))
}

/// The file called `name` in `dir` or its folder `mnist`, plain or gzipped.
fn find(dir: &Path, name: &str) -> Result<PathBuf, DatasetError> {
    let folders = [dir.to_owned(), dir.join(SOURCE.name)];
    let mut looked = Vec::new();
    for folder in folders {
        for file in [name.to_owned(), format!("{name}.gz")] {
            let path = folder.join(file);
            if path.is_file() {
                return Ok(path);
            }
            looked.push(path);
        }
    }
    Err(DatasetError::MissingFile { name: SOURCE.name.to_owned(), looked })
}
