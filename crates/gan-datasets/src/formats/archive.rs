//! Tar archives, read as they come and never unpacked: the names only tell which bytes to look at.

use std::collections::BTreeSet;
use std::io;

use tar::{Archive, EntryType};

use super::{FormatError, Stream};

/// The most members, extended headers among them.
const MAX_MEMBERS: usize = 1 << 20;

/// The most zeros after the last member; tar writes up to 10 KiB, if it is not told otherwise.
const MAX_PADDING: u64 = 1 << 16;

/// The most bytes of a name, and of an extended header.
const MAX_NAME: u64 = 1 << 16;

/// The header of a member.
pub(crate) struct Member {
    /// Where it is.
    pub offset: u64,
    /// The member's name with its folders.
    pub path: String,
    /// Whether it is a file, a folder or something else.
    pub kind: EntryType,
    /// The number of bytes in it.
    pub size: u64,
}

/// Calls `f` for each member of the archive with its contents, of which it may leave some; returns where the last one ends.
///
/// # Errors
/// What `f` says; [`FormatError`] if there is nothing at all, a header is damaged, a member comes twice, all together are longer than `limit`, or
/// anything but some zeros follows the last one.
pub(crate) fn each<X: From<FormatError>>(
    stream: &mut Stream<'_>,
    limit: u64,
    mut f: impl FnMut(&Member, &mut Stream<'_>) -> Result<(), X>,
) -> Result<u64, X> {
    let (mut seen, mut total, mut end, mut long_name) = (BTreeSet::new(), 0u64, 0, None);
    let mut tar = Archive::new(&mut *stream);
    // Raw entries: else the names and attributes of extended headers would be read, however long they are.
    for (count, entry) in tar.entries().map_err(|fault| header(end, fault))?.raw(true).enumerate() {
        let mut entry = entry.map_err(|fault| header(end, fault))?;
        let (offset, kind, size) = (entry.raw_header_position(), entry.header().entry_type(), entry.size());
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let path = long_name.take().unwrap_or(path);
        total = total.saturating_add(size);
        if total > limit || count == MAX_MEMBERS {
            return Err(FormatError::TooLarge { offset, declared: format!("{path:?} with {size} bytes"), limit }.into());
        }
        end = entry.raw_file_position() + size.next_multiple_of(512);
        // What is said of the next member, or of all.
        if let EntryType::XHeader | EntryType::XGlobalHeader | EntryType::GNULongName = kind {
            if size > MAX_NAME {
                let declared = format!("an extended header of {size} bytes");
                return Err(FormatError::TooLarge { offset, declared, limit: MAX_NAME }.into());
            }
            let text = Stream::part(&mut entry, size).all()?;
            long_name = match kind {
                EntryType::XHeader => pax_path(&text),
                EntryType::GNULongName => {
                    text.split(|byte| *byte == 0).next().map(|name| String::from_utf8_lossy(name).into_owned())
                }
                _ => None,
            };
            continue;
        }
        if !seen.insert(path.clone()) {
            return Err(FormatError::unexpected(offset, "each member once", format!("{path:?} again")).into());
        }
        f(&Member { offset, path, kind, size }, &mut Stream::part(&mut entry, size))?;
    }
    if stream.offset() == 0 {
        return Err(FormatError::Truncated { expected: 512, found: 0 }.into());
    }
    padding(stream)?;
    Ok(end)
}

/// The name in an extended header, whose records are `LENGTH KEY=VALUE` and the end of a line (POSIX.1-2001, pax).
fn pax_path(mut records: &[u8]) -> Option<String> {
    let mut path = None;
    while let Some(space) = records.iter().position(|byte| *byte == b' ') {
        let length = str::from_utf8(&records[..space]).ok()?.parse::<usize>().ok()?;
        let (record, rest) = records.split_at_checked(length)?;
        let value = record.get(space + 1..)?.strip_prefix(b"path=").and_then(|value| value.strip_suffix(b"\n"));
        path = value.map(|value| String::from_utf8_lossy(value).into_owned()).or(path);
        records = rest;
    }
    path
}

/// What reading a header at `offset` said: a fault of the stream below, or of the header.
fn header(offset: u64, fault: io::Error) -> FormatError {
    fault.downcast().unwrap_or_else(|fault| FormatError::unexpected(offset, "a tar header", fault.to_string()))
}

/// Checks that only zeros follow the last member, up to the end of the stream.
fn padding(stream: &mut Stream<'_>) -> Result<(), FormatError> {
    let start = stream.offset();
    while let Some([byte]) = stream.next_array()? {
        let offset = stream.offset() - 1;
        if byte != 0 {
            return Err(FormatError::unexpected(offset, "zeros up to the end", format!("{byte:02x}")));
        }
        if offset - start >= MAX_PADDING {
            return Err(FormatError::OverLong { expected: offset });
        }
    }
    Ok(())
}
