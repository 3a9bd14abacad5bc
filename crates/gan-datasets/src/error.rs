//! What can go wrong with data, by name.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::{FormatError, Split};

/// A fault of a data set or a loader. Each message is complete: it holds the text of the fault that it stems from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// No data set has this name.
    #[error("no data set is called `{name}`{hint}; there are {known}")]
    UnknownSource {
        /// The name asked for.
        name: String,
        /// ", did you mean `x`?" or nothing.
        hint: String,
        /// All names.
        known: String,
    },
    /// No split has this name.
    #[error("no split is called `{name}`; there are train, validation, test and all")]
    UnknownSplit {
        /// The name asked for.
        name: String,
    },
    /// The set does not have this part.
    #[error("data set `{name}` has no {split} split; it has {available}")]
    NoSplit {
        /// The set.
        name: String,
        /// The split asked for.
        split: Split,
        /// The splits that it has.
        available: &'static str,
    },
    /// The set is read from files, and no folder was given.
    #[error("data set `{name}` is read from files: name the folder that holds them ({files})")]
    NoFolder {
        /// The set.
        name: String,
        /// The files it is made of.
        files: String,
    },
    /// A file is in none of the places where it may be.
    #[error("data set `{name}`: found none of {}; put the file in one of these places, plain or compressed", list(.looked))]
    MissingFile {
        /// The set.
        name: String,
        /// Every path that was tried.
        looked: Vec<PathBuf>,
    },
    /// The operating system could not open or inspect a file.
    #[error("cannot read {}: {fault}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        fault: io::Error,
    },
    /// A file is damaged, or not what it should be.
    #[error("{file}: {fault}")]
    Format {
        /// The file.
        file: String,
        /// What is wrong.
        fault: FormatError,
    },
    /// A file is well-formed but not of the shape that the set has.
    #[error("{file}: expected shape {expected:?}, found {found:?}; is it a file of another data set?")]
    Shape {
        /// The file.
        file: String,
        /// The shape of the set.
        expected: Vec<usize>,
        /// The shape in the file.
        found: Vec<usize>,
    },
    /// Images and labels do not go together.
    #[error("data set `{name}`: {images} images but {labels} labels")]
    CountMismatch {
        /// The set.
        name: String,
        /// The number of images.
        images: usize,
        /// The number of labels.
        labels: usize,
    },
    /// A label names no class.
    #[error("data set `{name}`: sample {index} has label {label}, expected less than {classes}")]
    Label {
        /// The set.
        name: String,
        /// The sample.
        index: usize,
        /// Its label.
        label: u32,
        /// The number of classes.
        classes: usize,
    },
    /// A set with classes gave no label for a sample.
    #[error("data set `{name}` has classes but no label for sample {index}")]
    NoLabel {
        /// The set.
        name: String,
        /// The sample.
        index: usize,
    },
    /// More samples than there are, or none.
    #[error("data set `{name}`, split {split}: {asked} samples were asked for, expected 1 to {available}")]
    SampleCount {
        /// The set.
        name: String,
        /// The split.
        split: Split,
        /// The number asked for.
        asked: usize,
        /// The number that can be had.
        available: usize,
    },
    /// A parameter of a density or an image set makes no sense.
    #[error("data set `{name}`: {message}")]
    Parameter {
        /// The set.
        name: String,
        /// What was expected and found.
        message: String,
    },
    /// A sample beyond the end.
    #[error("sample {index} was asked for, the set has {len}")]
    Index {
        /// The sample asked for.
        index: usize,
        /// The number of samples.
        len: usize,
    },
    /// A buffer of the wrong length.
    #[error("the buffer for a sample has {found} elements, expected {expected}")]
    Buffer {
        /// The number of values in a sample.
        expected: usize,
        /// The length of the buffer.
        found: usize,
    },
    /// A batch that cannot be filled.
    #[error("a batch of {batch} cannot be filled: data set `{name}` has {samples} samples; use a batch of 1 to {samples}")]
    BatchSize {
        /// The set.
        name: String,
        /// The batch size.
        batch: usize,
        /// The number of samples.
        samples: usize,
    },
    /// A position that the loader does not have.
    #[error(
        "cannot resume at batch {batch} of an epoch: with data set `{name}` and this batch size an epoch has {batches}; \
         resume with the set and batch size that the position was saved with"
    )]
    Position {
        /// The set.
        name: String,
        /// The batch asked for.
        batch: u64,
        /// The number of batches in an epoch.
        batches: u64,
    },
    /// A sample could not be read while a batch was put together.
    #[error("epoch {epoch}, batch {batch}, sample {index}: {fault}")]
    Sample {
        /// The epoch.
        epoch: u64,
        /// The batch within it.
        batch: u64,
        /// The sample.
        index: usize,
        /// Why.
        fault: Box<DatasetError>,
    },
    /// The loader has already reported an error.
    #[error("the loader stopped at an earlier error; make a new one at the position to go on from")]
    Stopped,
    /// A data set panicked on the loader's thread.
    #[error("data set `{name}` panicked while a batch was read: {message}")]
    Panicked {
        /// The set.
        name: String,
        /// What the panic said.
        message: String,
    },
    /// The loader's thread could not be started.
    #[error("cannot start the thread that reads data: {0}")]
    Thread(io::Error),
    /// A fault of a set from outside this crate.
    #[error("{0}")]
    Other(Box<dyn Error + Send + Sync>),
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
