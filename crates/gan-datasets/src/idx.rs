//! The IDX format of MNIST, plain or gzipped: two zero bytes, a type code, the number of dimensions, each dimension as
//! a big-endian `u32`, then the values, row-major.
//!
//! Files are not trusted. What the header declares is checked against what the file can hold, and against
//! [`MAX_BYTES`], before anything is allocated; a gzip stream is read no further than one byte past what was declared.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::DatasetError;

/// The largest array that is read: 1 GiB, twenty times MNIST.
pub const MAX_BYTES: u64 = 1 << 30;

/// Deflate codes at most 258 bytes in 2 bits, so n bytes never hold more than 1032 n (zlib's technical details).
const DEFLATE_RATIO: u64 = 1032;

/// The type code of unsigned bytes, the only one that is read.
const UNSIGNED_BYTE: u8 = 0x08;

/// An array of unsigned bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idx {
    /// The dimensions, outermost first.
    pub shape: Vec<usize>,
    /// The values, row-major; as many as the product of `shape`.
    pub data: Vec<u8>,
}

/// What is wrong with an IDX file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IdxError {
    /// The first two bytes are not zero.
    #[error("not an IDX file: expected 00 00 in bytes 0 and 1, found {:02x} {:02x}", found[0], found[1])]
    Magic {
        /// The bytes.
        found: [u8; 2],
    },
    /// The values are not unsigned bytes.
    #[error("byte 2: expected type code 08 (unsigned bytes), found {found:02x}{}", type_name(*found))]
    TypeCode {
        /// The code.
        found: u8,
    },
    /// Another number of dimensions.
    #[error("byte 3: expected {expected} dimensions, found {found}; were images and labels exchanged?")]
    Rank {
        /// The number asked for.
        expected: u8,
        /// The number in the file.
        found: u8,
    },
    /// More values than are ever read.
    #[error("the header declares shape {shape:?}, more than the limit of {limit} bytes")]
    TooLarge {
        /// The declared dimensions.
        shape: Vec<u32>,
        /// The limit.
        limit: u64,
    },
    /// More values than the compressed stream can hold.
    #[error("the header declares {declared} bytes, but {compressed} gzipped bytes cannot hold as many")]
    Implausible {
        /// The number of values in the header.
        declared: u64,
        /// The length of the compressed stream.
        compressed: u64,
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
    /// The gzip stream is damaged or cut off.
    #[error("corrupt gzip stream after {offset} decoded bytes: {fault}")]
    Gzip {
        /// The number of bytes that could be decoded.
        offset: u64,
        /// What the decoder says.
        fault: io::Error,
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

fn type_name(code: u8) -> &'static str {
    match code {
        0x09 => " (signed bytes)",
        0x0b => " (16-bit integers)",
        0x0c => " (32-bit integers)",
        0x0d => " (32-bit floats)",
        0x0e => " (64-bit floats)",
        _ => "",
    }
}

/// Reads the file at `path`, an array of `rank` dimensions. Whether it is gzipped is seen from its first bytes.
pub fn read(path: &Path, rank: u8) -> Result<Idx, DatasetError> {
    let io = |fault| DatasetError::Io { path: path.to_owned(), fault };
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut start = Vec::with_capacity(2);
    reader.by_ref().take(2).read_to_end(&mut start).map_err(io)?;
    reader.rewind().map_err(io)?;
    decode(reader, &start, length, rank).map_err(|fault| DatasetError::Idx { file: path.display().to_string(), fault })
}

/// Reads an array of `rank` dimensions from memory, plain or gzipped.
///
/// ```
/// let bytes = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
/// let array = gan_datasets::idx::parse(&bytes, 2)?;
/// assert_eq!((array.shape, array.data), (vec![2, 3], vec![1, 2, 3, 4, 5, 6]));
/// assert!(gan_datasets::idx::parse(&bytes[..17], 2).is_err());
/// # Ok::<(), gan_datasets::idx::IdxError>(())
/// ```
pub fn parse(bytes: &[u8], rank: u8) -> Result<Idx, IdxError> {
    decode(bytes, bytes, bytes.len() as u64, rank)
}

fn decode<R: Read>(reader: R, start: &[u8], length: u64, rank: u8) -> Result<Idx, IdxError> {
    if start.starts_with(&[0x1f, 0x8b]) {
        Decoder { reader: MultiGzDecoder::new(reader), offset: 0, length, gzip: true }.array(rank)
    } else {
        Decoder { reader, offset: 0, length, gzip: false }.array(rank)
    }
}

struct Decoder<R> {
    reader: R,
    /// The number of decoded bytes so far.
    offset: u64,
    /// The length of the file, before decoding.
    length: u64,
    gzip: bool,
}

impl<R: Read> Decoder<R> {
    fn array(mut self, rank: u8) -> Result<Idx, IdxError> {
        let header = 4 + 4 * u64::from(rank);
        let mut magic = [0; 4];
        self.fill(&mut magic, header)?;
        let [zero, also_zero, code, found] = magic;
        if (zero, also_zero) != (0, 0) {
            return Err(IdxError::Magic { found: [zero, also_zero] });
        }
        if code != UNSIGNED_BYTE {
            return Err(IdxError::TypeCode { found: code });
        }
        if found != rank {
            return Err(IdxError::Rank { expected: rank, found });
        }
        let mut shape = Vec::with_capacity(usize::from(rank));
        for _ in 0..rank {
            let mut dim = [0; 4];
            self.fill(&mut dim, header)?;
            shape.push(u32::from_be_bytes(dim));
        }
        let size = self.check_size(&shape)?;
        let mut data = vec![0; size];
        let end = header + size as u64;
        self.fill(&mut data, end)?;
        if self.some(&mut [0])? != 0 {
            return Err(IdxError::OverLong { expected: end });
        }
        Ok(Idx { shape: shape.iter().map(|dim| *dim as usize).collect(), data })
    }

    /// The number of values, if the file can hold as many.
    fn check_size(&self, shape: &[u32]) -> Result<usize, IdxError> {
        let product = shape.iter().try_fold(1u64, |product, dim| product.checked_mul(u64::from(*dim)));
        let size = product.filter(|size| *size <= MAX_BYTES);
        let size = size.ok_or_else(|| IdxError::TooLarge { shape: shape.to_vec(), limit: MAX_BYTES })?;
        if self.gzip && size > self.length.saturating_mul(DEFLATE_RATIO) {
            return Err(IdxError::Implausible { declared: size, compressed: self.length });
        }
        if !self.gzip && self.offset + size > self.length {
            return Err(IdxError::Truncated { expected: self.offset + size, found: self.length });
        }
        Ok(size as usize)
    }

    /// Fills `out`, or says that the data end before `expected`.
    fn fill(&mut self, out: &mut [u8], expected: u64) -> Result<(), IdxError> {
        let mut filled = 0;
        while filled < out.len() {
            match self.some(&mut out[filled..])? {
                0 => return Err(IdxError::Truncated { expected, found: self.offset }),
                n => filled += n,
            }
        }
        Ok(())
    }

    /// Reads some bytes; 0 at the end, where the decoder has also checked the length and CRC of the gzip stream.
    fn some(&mut self, out: &mut [u8]) -> Result<usize, IdxError> {
        loop {
            match self.reader.read(out) {
                Ok(n) => {
                    self.offset += n as u64;
                    return Ok(n);
                }
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) if self.gzip => return Err(IdxError::Gzip { offset: self.offset, fault }),
                Err(fault) => return Err(IdxError::Io { offset: self.offset, fault }),
            }
        }
    }
}
