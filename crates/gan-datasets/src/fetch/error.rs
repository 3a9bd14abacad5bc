//! What can go wrong with a download, by name.

use std::io;
use std::path::PathBuf;

use crate::FormatError;

/// Why a set could not be fetched. Each message is complete.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// No set of this name is made of public files.
    #[error("no data set called `{name}` can be fetched; there are {known}")]
    UnknownSet {
        /// The name asked for.
        name: String,
        /// All names.
        known: String,
    },
    /// No address had the file.
    #[error("cannot fetch {file}; tried{}", list(.tried))]
    Exhausted {
        /// The file.
        file: String,
        /// Every address that was tried, and why it failed.
        tried: Vec<(String, Fault)>,
    },
    /// A file of the name is there already, but it is another one.
    #[error("{} is in the way: {fault}; move it away, or choose another folder", path.display())]
    InTheWay {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Wrong,
    },
    /// The file that should be taken is another one.
    #[error("{}: {fault}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: Wrong,
    },
    /// The folder that the files should be taken from does not have them all.
    #[error("{} does not hold {file}, plain, .gz or .xz", folder.display())]
    NotInFolder {
        /// The folder.
        folder: PathBuf,
        /// What was looked for.
        file: String,
    },
    /// One file was named for a set of several.
    #[error("data set `{name}` is {count} files: name the folder that holds them, not {}", path.display())]
    OneOfMany {
        /// The set.
        name: String,
        /// The number of its files.
        count: usize,
        /// What was named.
        path: PathBuf,
    },
    /// Another process writes the same file.
    #[error("{} is being written by another process; wait for it", path.display())]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// The file system says no.
    #[error("{}: {fault}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        fault: io::Error,
    },
}

/// Why an address did not give the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// No connection, too many redirects, no answer in time, and the like.
    #[error("{0}")]
    Http(ureq::Error),
    /// The server answers, but not with the file.
    #[error("the server answers with status {0}")]
    Status(u16),
    /// More bytes than the file can have.
    #[error("the answer is longer than the limit of {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The transfer broke off.
    #[error("the transfer broke off after {found} bytes ({why})")]
    Cut {
        /// The number of bytes that are there, with those of earlier attempts.
        found: u64,
        /// What the connection says.
        why: String,
    },
    /// So few bytes arrive that it makes no sense to wait.
    #[error("only {bytes} bytes came within {seconds:.1} s")]
    Slow {
        /// The number of bytes.
        bytes: u64,
        /// The time they took.
        seconds: f64,
    },
    /// The file is another one.
    #[error("{0}")]
    Wrong(Wrong),
}

/// What is wrong with the contents of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Wrong {
    /// It is damaged, or too short or too long.
    #[error("{0}")]
    Format(FormatError),
    /// It is another file.
    #[error("SHA-256 of {member}: expected {expected}, found {found}")]
    Sum {
        /// The decompressed file.
        member: String,
        /// The sum that is pinned.
        expected: String,
        /// The sum it has.
        found: String,
    },
    /// An archive lacks a file.
    #[error("the archive has no {member}")]
    Missing {
        /// The file.
        member: String,
    },
    /// It cannot be read.
    #[error("cannot read it: {0}")]
    Io(io::Error),
}

impl From<FormatError> for Wrong {
    fn from(fault: FormatError) -> Self {
        Wrong::Format(fault)
    }
}

fn list(tried: &[(String, Fault)]) -> String {
    tried.iter().map(|(url, fault)| format!("\n  {url}: {fault}")).collect()
}
