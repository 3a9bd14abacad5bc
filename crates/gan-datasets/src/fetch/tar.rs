//! The entries of a tar archive, one after another. Nothing is ever unpacked: the names only tell which bytes to look at.

use crate::formats::{FormatError, Stream};

/// Entries begin at multiples of it.
const BLOCK: u64 = 512;
/// No entry of a data set is longer: 8 GiB, what the format's octal digits can say.
const LIMIT: u64 = 1 << 33;

/// An entry; `padded()` bytes of the stream follow.
pub(super) struct Entry {
    name: Vec<u8>,
    /// The number of bytes of its contents.
    pub(super) size: u64,
    /// Whether it is a regular file.
    pub(super) is_file: bool,
}

impl Entry {
    /// The name without its folders.
    pub(super) fn base_name(&self) -> &[u8] {
        self.name.rsplit(|byte| *byte == b'/').next().unwrap_or(&[])
    }

    /// The number of bytes to the next entry.
    pub(super) fn padded(&self) -> u64 {
        self.size.next_multiple_of(BLOCK)
    }
}

/// The next entry, or none at the archive's end, which is a block of zeros.
pub(super) fn next(stream: &mut Stream<'_>) -> Result<Option<Entry>, FormatError> {
    let offset = stream.offset();
    let header: [u8; BLOCK as usize] = stream.take(offset + BLOCK)?;
    if header.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    // The sum of the header's bytes, with its own field taken as blanks.
    let sum: u64 = header.iter().enumerate().map(|(i, byte)| if (148..156).contains(&i) { 32 } else { u64::from(*byte) }).sum();
    if octal(&header[148..156]) != Some(sum) {
        return Err(FormatError::unexpected(offset, "the header of a tar entry", "a wrong header sum"));
    }
    let size = octal(&header[124..136]).filter(|size| *size <= LIMIT);
    let size = size.ok_or_else(|| FormatError::unexpected(offset + 124, "a length in octal digits", "something else"))?;
    let name = header[..100].split(|byte| *byte == 0).next().unwrap_or(&[]).to_vec();
    Ok(Some(Entry { name, size, is_file: matches!(header[156], b'0' | 0) }))
}

/// Octal digits between blanks and zeros.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii_start().split(|byte| matches!(byte, 0 | b' ')).next()?;
    digits.iter().try_fold(0u64, |n, byte| matches!(byte, b'0'..=b'7').then(|| n * 8 + u64::from(byte - b'0')))
}
