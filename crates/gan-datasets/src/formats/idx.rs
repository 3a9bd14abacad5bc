//! The IDX format of MNIST, plain or compressed: two zero bytes, a type code, the number of dimensions, each dimension as a
//! big-endian `u32`, then the values, row-major.

use std::ops::RangeInclusive;
use std::path::Path;

use super::{FormatError, Stream};
use crate::DatasetError;

/// The largest array that is read: 1 GiB, twenty times MNIST.
pub const MAX_BYTES: u64 = 1 << 30;

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

/// Reads the file at `path`, an array of `rank` dimensions. Whether it is compressed is seen from its first bytes.
///
/// # Errors
/// [`DatasetError::Io`] and [`DatasetError::Format`].
pub fn read(path: &Path, rank: u8) -> Result<Idx, DatasetError> {
    read_ranks(path, rank..=rank)
}

/// As [`read`], an array of as many dimensions as `ranks` has.
///
/// # Errors
/// As [`read`].
pub fn read_ranks(path: &Path, ranks: RangeInclusive<u8>) -> Result<Idx, DatasetError> {
    Stream::read(path, |stream| array(stream, ranks))
}

/// Reads an array of `rank` dimensions from memory, plain or compressed.
///
/// # Errors
/// What is wrong with the bytes.
///
/// ```
/// let bytes = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];
/// let array = gan_datasets::idx::parse(&bytes, 2)?;
/// assert_eq!((array.shape, array.data), (vec![2, 3], vec![1, 2, 3, 4, 5, 6]));
/// assert!(gan_datasets::idx::parse(&bytes[..17], 2).is_err());
/// # Ok::<(), gan_datasets::FormatError>(())
/// ```
pub fn parse(bytes: &[u8], rank: u8) -> Result<Idx, FormatError> {
    array(&mut Stream::new(bytes), rank..=rank)
}

fn array(stream: &mut Stream<'_>, ranks: RangeInclusive<u8>) -> Result<Idx, FormatError> {
    let header = |rank: u8| 4 + 4 * u64::from(rank);
    let [zero, also_zero, code, rank] = stream.take(header(*ranks.start()))?;
    if (zero, also_zero) != (0, 0) {
        let found = format!("{zero:02x} {also_zero:02x}: no IDX file");
        return Err(FormatError::unexpected(0, "00 00", found));
    }
    if code != UNSIGNED_BYTE {
        return Err(FormatError::unexpected(2, "type code 08 (unsigned bytes)", format!("{code:02x}{}", type_name(code))));
    }
    if !ranks.contains(&rank) {
        let (least, most) = ranks.into_inner();
        let expected = if least == most { format!("{least} dimensions") } else { format!("{least} to {most} dimensions") };
        return Err(FormatError::unexpected(3, expected, format!("{rank}; were images and labels exchanged?")));
    }
    let mut shape = Vec::with_capacity(usize::from(rank));
    for _ in 0..rank {
        shape.push(u32::from_be_bytes(stream.take(header(rank))?));
    }
    let size = if shape.contains(&0) { Some(0) } else { shape.iter().try_fold(1u64, |n, &dim| n.checked_mul(u64::from(dim))) };
    let size = stream.expect(size, MAX_BYTES, || format!("an array of shape {shape:?}"))?;
    let data = stream.bytes(size)?;
    stream.end()?;
    Ok(Idx { shape: shape.iter().map(|&dim| dim as usize).collect(), data })
}
