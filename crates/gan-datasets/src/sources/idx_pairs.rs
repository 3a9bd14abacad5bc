//! Sets of grey pictures in the form of MNIST: pairs of IDX files, `PART-images-idx3-ubyte` and `PART-labels-idx1-ubyte`, plain or
//! compressed.

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::files::find;
use crate::{Dataset, DatasetError, ImageSet, OpenOptions, Provenance, Split, idx};

/// What is known of such a set.
pub(super) struct IdxPairs {
    pub(super) name: &'static str,
    pub(super) source: &'static str,
    pub(super) licence: &'static str,
    /// Rows and columns of a picture.
    pub(super) side: usize,
    pub(super) classes: usize,
    /// The pairs of files and how many pictures each has, in the order of the pictures.
    pub(super) parts: &'static [(&'static str, usize)],
    /// How many pictures train, validation and test have, one after the other.
    pub(super) splits: [usize; 3],
    /// Where a package of the operating system puts the files: read if no folder is named.
    pub(super) installed: Option<&'static str>,
}

impl IdxPairs {
    pub(super) fn open(&self, options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
        Ok(Box::new(self.images(options)?))
    }

    /// The pictures of a split; only the files that hold some of them are read.
    pub(super) fn images(&self, options: &OpenOptions) -> Result<ImageSet, DatasetError> {
        let folders = self.folders(options)?;
        let split = self.range(options.split);
        let wanted = split.start..split.start + options.take(self.name, split.len())?;
        let (mut pixels, mut labels) = (Vec::new(), Vec::new());
        let (mut start, mut read_from) = (0, None);
        for &(part, count) in self.parts {
            if start < wanted.end && wanted.start < start + count {
                let (some_pixels, some_labels) = self.read(&folders, part, count)?;
                append(&mut pixels, some_pixels);
                append(&mut labels, some_labels);
                read_from.get_or_insert(start);
            }
            start += count;
        }
        let before = read_from.unwrap_or(0);
        let provenance = Provenance::new(self.name, self.source, self.licence, options.split, 0);
        let set = ImageSet::new([self.side, self.side, 1], pixels, labels, self.classes, provenance)?;
        set.slice(wanted.start - before..wanted.end - before)
    }

    fn folders(&self, options: &OpenOptions) -> Result<Vec<PathBuf>, DatasetError> {
        if let Some(dir) = &options.dir {
            return Ok(vec![dir.clone(), dir.join(self.name)]);
        }
        let installed = self.installed.map(Path::new).filter(|dir| dir.is_dir());
        installed.map(|dir| vec![dir.to_owned()]).ok_or_else(|| {
            let parts: Vec<String> =
                self.parts.iter().map(|(part, _)| format!("{part}-images-idx3-ubyte, {part}-labels-idx1-ubyte")).collect();
            let files = format!("{}; plain, .gz or .xz", parts.join(", "));
            DatasetError::NoFolder { name: self.name.to_owned(), files }
        })
    }

    fn range(&self, split: Split) -> Range<usize> {
        let [train, validation, test] = self.splits;
        match split {
            Split::Train => 0..train,
            Split::Validation => train..train + validation,
            Split::Test => train + validation..train + validation + test,
            Split::All => 0..train + validation + test,
        }
    }

    /// The pixels and labels of a pair of files.
    fn read(&self, folders: &[PathBuf], part: &str, count: usize) -> Result<(Vec<u8>, Vec<u8>), DatasetError> {
        let array = |file: &str, shape: &[usize]| {
            let path = find(self.name, folders, &format!("{part}-{file}"))?;
            let array = idx::read(&path, shape.len() as u8)?;
            if array.shape != shape {
                let file = path.display().to_string();
                return Err(DatasetError::Shape { file, expected: shape.to_vec(), found: array.shape });
            }
            Ok(array.data)
        };
        Ok((array("images-idx3-ubyte", &[count, self.side, self.side])?, array("labels-idx1-ubyte", &[count])?))
    }
}

/// Appends without the spare room that a growing vector takes.
fn append(all: &mut Vec<u8>, mut more: Vec<u8>) {
    if all.is_empty() {
        *all = more;
    } else {
        all.reserve_exact(more.len());
        all.append(&mut more);
    }
}
