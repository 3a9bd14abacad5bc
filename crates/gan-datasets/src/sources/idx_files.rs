//! Anybody's pictures in IDX: an array `[n, height, width]` or `[n, height, width, channels]` of bytes, and the labels `[n]`, if there
//! are any.
//!
//! The folder holds `images.idx` and perhaps `labels.idx`, or `images-idx3-ubyte`, `images-idx4-ubyte` and `labels-idx1-ubyte`, plain or
//! compressed. Or it is no folder but the file of the pictures itself; the labels are then the file beside it with "labels" in place
//! of "images" in its name (and "idx1" of "idx3" or "idx4").
//!
//! Such files say nothing of splits: train is the first 80 % of the pictures, validation the next 10 %, test the rest.

use std::path::{Path, PathBuf};

use super::Source;
use super::files::find;
use crate::{Dataset, DatasetError, ImageSet, OpenOptions, Provenance, Split, idx};

pub(super) const SOURCE: Source = Source {
    name: "idx",
    doc: "any pictures in an IDX file, with or without labels: 80 % to train on, 10 % for validation, 10 % for the test",
    needs_dir: true,
    open,
};

const IMAGES: [&str; 3] = ["images.idx", "images-idx3-ubyte", "images-idx4-ubyte"];
const LABELS: [&str; 2] = ["labels.idx", "labels-idx1-ubyte"];

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let name = SOURCE.name;
    let Some(dir) = &options.dir else {
        let files = "images.idx and, if there are any, labels.idx; plain, .gz or .xz".to_owned();
        return Err(DatasetError::NoFolder { name: name.to_owned(), files });
    };
    let (images, labels) = files(dir)?;
    let array = idx::read_ranks(&images, 3..=4)?;
    let shape = [array.shape[1], array.shape[2], array.shape.get(3).copied().unwrap_or(1)];
    let source = format!("{}, anybody's", images.display());
    let provenance = Provenance::new(name, source, "not known", options.split, 0);
    let set = match labels {
        None => ImageSet::unlabelled(shape, array.data, provenance)?,
        Some(path) => {
            let labels = idx::read(&path, 1)?.data;
            let classes = labels.iter().max().map_or(0, |most| usize::from(*most) + 1);
            ImageSet::new(shape, array.data, labels, classes, provenance)?
        }
    };
    let n = set.len();
    let (train, validation) = (n * 8 / 10, n * 9 / 10);
    let range = match options.split {
        Split::Train => 0..train,
        Split::Validation => train..validation,
        Split::Test => validation..n,
        Split::All => 0..n,
    };
    let count = options.take(name, range.len())?;
    Ok(Box::new(set.slice(range.start..range.start + count)?))
}

/// The files of the pictures and of the labels.
fn files(dir: &Path) -> Result<(PathBuf, Option<PathBuf>), DatasetError> {
    if dir.is_file() {
        let beside = dir.file_name().and_then(|file| file.to_str()).filter(|file| file.contains("images"));
        let labels = beside.map(|file| file.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1"));
        return Ok((dir.to_owned(), labels.map(|file| dir.with_file_name(file)).filter(|path| path.is_file())));
    }
    let folders = [dir.to_owned()];
    let any = |names: &[&str]| {
        let mut all = Vec::new();
        for name in names {
            match find(SOURCE.name, &folders, name) {
                Err(DatasetError::MissingFile { looked, .. }) => all.extend(looked),
                found => return found,
            }
        }
        Err(DatasetError::MissingFile { name: SOURCE.name.to_owned(), looked: all })
    };
    Ok((any(&IMAGES)?, any(&LABELS).ok()))
}
