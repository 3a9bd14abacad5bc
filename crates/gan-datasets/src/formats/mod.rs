//! File formats, none of which is trusted: what a file declares is checked against what it can hold, and against a limit, before
//! anything is allocated, and every fault says where it is, what was expected and what was found.

pub(crate) mod archive;
pub mod captions;
pub mod cifar;
pub mod folder;
pub mod idx;
pub mod mat;
pub mod npy;
pub mod picture;
mod stream;
pub mod wav;

use std::io;

pub use stream::{Codec, Stream};

/// What is wrong with the contents of a file. Offsets count decoded bytes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// Something else than the format has there.
    #[error("offset {offset}: expected {expected}, found {found}")]
    Unexpected {
        /// Where.
        offset: u64,
        /// What the format has there.
        expected: String,
        /// What is there.
        found: String,
    },
    /// More values than are ever read.
    #[error("offset {offset}: {declared} is more than the limit of {limit} bytes")]
    TooLarge {
        /// Where it is declared.
        offset: u64,
        /// What is declared.
        declared: String,
        /// The limit.
        limit: u64,
    },
    /// More values than the compressed stream can hold.
    #[error("offset {offset}: {declared} bytes are declared, but {compressed} bytes of {codec} cannot hold as many")]
    Implausible {
        /// Where it is declared.
        offset: u64,
        /// The number of bytes that are declared.
        declared: u64,
        /// The length of the compressed stream.
        compressed: u64,
        /// How it is compressed.
        codec: Codec,
    },
    /// The data end early.
    #[error("truncated: the data end at offset {found}, expected {expected} bytes")]
    Truncated {
        /// The length that the header (or its length) asks for.
        expected: u64,
        /// The length that is there.
        found: u64,
    },
    /// The data go on.
    #[error("over-long: expected the end at offset {expected}, found more data")]
    OverLong {
        /// Where the end should be.
        expected: u64,
    },
    /// A compressed stream is damaged or cut off.
    #[error("corrupt {codec} stream after {offset} decoded bytes: {fault}")]
    Corrupt {
        /// How it is compressed.
        codec: Codec,
        /// The number of bytes that could be decoded.
        offset: u64,
        /// What the decoder says.
        fault: io::Error,
    },
    /// Something is wrong in a part with offsets of its own.
    #[error("in {part}: {fault}")]
    Within {
        /// The part.
        part: String,
        /// What is wrong in it.
        fault: Box<FormatError>,
    },
    /// The system could not read.
    #[error("reading failed at offset {offset}: {fault}")]
    Io {
        /// The number of bytes read before.
        offset: u64,
        /// What the system says.
        fault: io::Error,
    },
}

impl FormatError {
    pub(crate) fn unexpected(offset: u64, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Unexpected { offset, expected: expected.into(), found: found.into() }
    }

    pub(crate) fn within(part: impl Into<String>, fault: FormatError) -> Self {
        Self::Within { part: part.into(), fault: Box::new(fault) }
    }
}
