//! CIFAR-10 (Krizhevsky 2009), from the six files of its binary version, plain or compressed, or from the archive as published.
//!
//! Splits as in Goodfellow et al. 2014: train is the first 40,000 of the official training pictures (batches 1 to 4), validation
//! the last 10,000 (batch 5), test the official 10,000; `all` is all 60,000 in this order.

use std::ops::Range;
use std::path::PathBuf;

use super::Source;
use super::files::find;
use crate::cifar::{self, BATCHES, Records, SIDE};
use crate::{Dataset, DatasetError, ImageSet, OpenOptions, Provenance, Split};

pub(super) const SOURCE: Source = Source {
    name: "cifar10",
    doc: "CIFAR-10, 32 x 32 in colour, binary version: 40,000 to train on, 10,000 for validation, 10,000 for the test",
    needs_dir: true,
    open,
};

/// The number of pictures in a batch.
const BATCH: usize = 10_000;

const ARCHIVE: &str = "cifar-10-binary.tar";

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let name = SOURCE.name;
    let Some(dir) = &options.dir else {
        let files = format!("{}; plain, .gz or .xz; or {ARCHIVE}.gz", BATCHES.join(", "));
        return Err(DatasetError::NoFolder { name: name.to_owned(), files });
    };
    let batches = match options.split {
        Split::Train => 0..4,
        Split::Validation => 4..5,
        Split::Test => 5..6,
        Split::All => 0..6,
    };
    let count = options.take(name, batches.len() * BATCH)?;
    let wanted = batches.start..batches.start + count.div_ceil(BATCH);
    let folders = [dir.clone(), dir.join(name), dir.join("cifar-10-batches-bin")];
    let Records { pixels, labels } = read(&folders, wanted)?;
    let source = "CIFAR-10 (Krizhevsky 2009), official binary version";
    let licence = "none stated; its author asks to cite the report";
    let set = ImageSet::new([SIDE, SIDE, 3], pixels, labels, 10, Provenance::new(name, source, licence, options.split, 0))?;
    Ok(Box::new(set.slice(0..count)?))
}

/// The batches in `wanted`, from their files if the first of them is there, else from the archive.
fn read(folders: &[PathBuf], wanted: Range<usize>) -> Result<Records, DatasetError> {
    let file = |batch: usize| find(SOURCE.name, folders, BATCHES[batch]);
    if let Err(DatasetError::MissingFile { name, mut looked }) = file(wanted.start) {
        return match find(SOURCE.name, folders, ARCHIVE) {
            Err(DatasetError::MissingFile { looked: more, .. }) => {
                looked.extend(more);
                Err(DatasetError::MissingFile { name, looked })
            }
            archive => cifar::read_archive(&archive?, wanted, BATCH),
        };
    }
    let mut records = Records::default();
    for batch in wanted {
        records.append(&file(batch)?, BATCH)?;
    }
    Ok(records)
}
