//! Files that are whole or absent, and reading within a bound.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file under a temporary name in the same folder, syncs it and renames it: a reader sees the old file or the
/// new one, never half of one, even after a crash.
///
/// Behind a symbolic link the file is replaced, not the link. What is no regular file (`/dev/null`, a pipe) is written to
/// as it is.
///
/// ```
/// use gan_train::files;
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("losses.csv");
/// files::write(&path, |out| writeln!(out, "1.39,0.69"))?;
/// assert_eq!(std::fs::read_to_string(&path)?, "1.39,0.69\n");
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// The file system's, or that of `content`; the old file is intact then and the temporary one gone.
pub fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match fs::metadata(&target).map(|m| m.file_type()) {
        Ok(kind) if kind.is_dir() => {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name a file"));
        }
        Ok(kind) if !kind.is_file() => return fill(&File::options().write(true).open(&target)?, content),
        _ => {}
    }
    let (temporary, file) = create_beside(&target, |name| File::create_new(name))?;
    let written = fill(&file, content).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, &target));
    match &written {
        Ok(()) => sync_folder(target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))),
        // what is left over is of no use; that it cannot be removed says less than the first fault
        Err(_) => drop(fs::remove_file(&temporary)),
    }
    written
}

fn fill(file: &File, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    content(&mut out)?;
    out.flush()
}

/// Makes a folder that is whole or absent: `content` fills it under a temporary name, then it is renamed. In the place of `path` may be nothing
/// or an empty folder.
///
/// # Errors
/// The file system's, or what `content` says; the temporary folder is gone then.
pub fn write_folder<E: From<io::Error>>(path: &Path, content: impl FnOnce(&Path) -> Result<(), E>) -> Result<(), E> {
    let (temporary, ()) = create_beside(path, |name| fs::create_dir(name))?;
    let written = content(&temporary).and_then(|()| Ok(fs::rename(&temporary, path)?));
    if written.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    written
}

/// What `create` makes in the folder of `path`, under a name that no other writer uses.
fn create_beside<T>(path: &Path, create: impl Fn(&Path) -> io::Result<T>) -> io::Result<(PathBuf, T)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    loop {
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{}.part", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        let temporary = path.with_file_name(hidden);
        match create(&temporary) {
            // left by a process that had the same number
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            other => return other.map(|file| (temporary, file)),
        }
    }
}

/// A rename must reach the disk, too; not every file system lets a folder be synced.
pub(crate) fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|f| f.sync_all());
}

/// At most `limit + 1` bytes of a file: if there is one more than `limit`, it is too long. What the file says of its own
/// length is not asked; a device says 0.
pub(crate) fn read_bounded(file: File, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_whole_or_absent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pictures");
        let there = || fs::read_dir(folder.path()).unwrap().count();
        let fault = write_folder(&path, |to| fs::write(to.join("a"), "a").and(Err(io::Error::other("full")))).unwrap_err();
        assert_eq!((fault.to_string().as_str(), there()), ("full", 0));
        fs::create_dir(&path).unwrap();
        for full in [false, true] {
            let made = write_folder(&path, |to| fs::write(to.join("a"), "a"));
            assert_eq!((made.is_err(), there(), fs::read_to_string(path.join("a")).unwrap()), (full, 1, "a".to_owned()));
        }
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        write(&path, |out| out.write_all(b"old")).unwrap();
        let fault = write(&path, |out| out.write_all(b"new").and(Err(io::Error::other("full")))).unwrap_err();
        assert_eq!(fault.to_string(), "full");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        write(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        for path in [folder.path(), &folder.path().join("gone/a"), Path::new("/"), Path::new("")] {
            assert!(write(path, |_| Ok(())).is_err(), "{}", path.display());
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn devices_and_links_stay_what_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        write(&link, |out| out.write_all(b"new")).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        write(Path::new("/dev/null"), |out| out.write_all(b"new")).unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[cfg(unix)]
    #[test]
    fn an_endless_file_is_read_to_the_bound() {
        let bytes = read_bounded(File::open("/dev/zero").unwrap(), 1000).unwrap();
        assert_eq!(bytes.len(), 1001);
    }
}
