//! Whether a file is the published one, told from its decompressed contents.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tar::EntryType;

use super::error::Wrong;
use super::sets::{Kind, Member, RemoteFile};
use crate::DatasetError;
use crate::formats::{FormatError, Stream, archive};

/// Checks that the file at `path` holds what `file` holds. Reads no further than that.
pub(super) fn check(path: &Path, file: &RemoteFile) -> Result<(), Wrong> {
    match file.kind {
        Kind::Single => read(path, |stream| file.members.iter().try_for_each(|member| single(stream, member))),
        Kind::Tar => read(path, |stream| archive(stream, file)),
    }
}

/// Checks that the file at `path` is `member`, plain or compressed.
pub(super) fn check_member(path: &Path, member: &Member) -> Result<(), Wrong> {
    read(path, |stream| single(stream, member))
}

/// The files in `folders` that hold the contents of `file`: each of its members, plain or compressed, or the archive.
pub(super) fn find(folders: &[PathBuf], file: &RemoteFile) -> Option<Vec<PathBuf>> {
    let first = |names: &[String]| {
        let mut paths = folders.iter().flat_map(|folder| names.iter().map(|name| folder.join(name)));
        paths.find(|path| path.is_file())
    };
    let member = |member: &Member| first(&["", ".gz", ".xz"].map(|end| format!("{}{end}", member.name)));
    let members: Option<Vec<PathBuf>> = file.members.iter().map(member).collect();
    members.or_else(|| (file.kind == Kind::Tar).then(|| first(&[file.name.to_owned()]).map(|path| vec![path]))?)
}

/// Checks what [`find`] found; names the one that is wrong.
pub(super) fn check_found(paths: &[PathBuf], file: &RemoteFile) -> Result<(), (PathBuf, Wrong)> {
    let named = |path: &PathBuf, result: Result<(), Wrong>| result.map_err(|wrong| (path.clone(), wrong));
    match paths {
        [path] => named(path, check(path, file)),
        _ => paths.iter().zip(file.members).try_for_each(|(path, member)| named(path, check_member(path, member))),
    }
}

/// Runs `f` on the decoded file; a fault of the format is kept apart from what `f` finds wrong.
fn read(path: &Path, f: impl FnOnce(&mut Stream<'_>) -> Result<(), Wrong>) -> Result<(), Wrong> {
    let mut verdict = Ok(());
    let opened = Stream::read(path, |stream| {
        verdict = f(stream);
        Ok(())
    });
    match opened {
        Err(DatasetError::Io { fault, .. }) => Err(Wrong::Io(fault)),
        _ => verdict,
    }
}

fn single(stream: &mut Stream<'_>, member: &Member) -> Result<(), Wrong> {
    sum(stream, member)?;
    stream.end().map_err(Wrong::Format)
}

fn archive(stream: &mut Stream<'_>, file: &RemoteFile) -> Result<(), Wrong> {
    let mut missing: Vec<&Member> = file.members.iter().collect();
    archive::each(stream, file.limit(), |entry, contents| {
        let name = entry.path.rsplit('/').next().unwrap_or_default();
        let place = missing.iter().position(|member| entry.kind == EntryType::Regular && name == member.name);
        let Some(place) = place else { return Ok(()) };
        let member = missing.swap_remove(place);
        if entry.size != member.bytes {
            let (expected, found) = (format!("{} of {} bytes", member.name, member.bytes), entry.size.to_string());
            return Err(Wrong::Format(FormatError::unexpected(entry.offset, expected, found)));
        }
        sum(contents, member)
    })?;
    missing.first().map_or(Ok(()), |member| Err(Wrong::Missing { member: member.name.to_owned() }))
}

/// Checks the length and the sum of the next bytes.
fn sum(stream: &mut Stream<'_>, member: &Member) -> Result<(), Wrong> {
    let (mut hash, mut left, end) = (Sha256::new(), member.bytes, stream.offset() + member.bytes);
    let mut buffer = vec![0; 1 << 16];
    while left > 0 {
        let n = left.min(buffer.len() as u64);
        stream.fill(&mut buffer[..n as usize], end).map_err(Wrong::Format)?;
        hash.update(&buffer[..n as usize]);
        left -= n;
    }
    let found: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    if found == member.sha256 {
        return Ok(());
    }
    Err(Wrong::Sum { member: member.name.to_owned(), expected: member.sha256.to_owned(), found })
}
