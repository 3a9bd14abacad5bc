//! A file on its way: `NAME.part`, and `NAME.part.url` that says where its bytes are from, until it is renamed to `NAME`.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::FetchError;

/// The beginning of a file. It is locked: two processes never write the same one.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    origin: PathBuf,
    target: PathBuf,
    len: u64,
}

impl Part {
    /// What is there of `target`, possibly nothing.
    pub(super) fn open(target: &Path) -> Result<Self, FetchError> {
        let beside = |end: &str| {
            let mut name = OsString::from(target);
            name.push(end);
            PathBuf::from(name)
        };
        let (path, origin) = (beside(".part"), beside(".part.url"));
        let io = |fault| FetchError::Io { path: path.clone(), fault };
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path }),
            // Not every file system has locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let len = file.seek(SeekFrom::End(0)).map_err(io)?;
        Ok(Self { file, path, origin, target: target.to_owned(), len })
    }

    /// Where the bytes are.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The number of bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The number of bytes that are from `url`: mirrors compress differently, so the bytes of one do not go on those of another.
    pub(super) fn len_from(&self, url: &str) -> u64 {
        let same = fs::read(&self.origin).is_ok_and(|origin| origin == url.as_bytes());
        if same { self.len } else { 0 }
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) -> Result<(), FetchError> {
        self.len = 0;
        let cleared = self.file.set_len(0).and_then(|()| self.file.rewind());
        cleared.map_err(|fault| self.io(fault))
    }

    /// Begins anew with bytes from `url`.
    pub(super) fn begin(&mut self, url: &str) -> Result<(), FetchError> {
        self.clear()?;
        fs::write(&self.origin, url).map_err(|fault| self.io(fault))
    }

    /// Appends.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), FetchError> {
        self.file.write_all(bytes).map_err(|fault| self.io(fault))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Appends all of `source`.
    pub(super) fn fill(&mut self, source: &mut dyn Read) -> Result<(), FetchError> {
        self.len += io::copy(source, &mut self.file).map_err(|fault| self.io(fault))?;
        Ok(())
    }

    /// Gives the file its name, which the caller has found right.
    pub(super) fn finish(self) -> Result<PathBuf, FetchError> {
        let renamed = self.file.sync_all().and_then(|()| fs::rename(&self.path, &self.target));
        renamed.map_err(|fault| self.io(fault))?;
        // Neither matters for the file: an origin without its part says nothing, and not every file system syncs folders.
        let _ = fs::remove_file(&self.origin);
        let _ = self.target.parent().map(|folder| File::open(folder).and_then(|folder| folder.sync_all()));
        Ok(self.target)
    }

    /// Leaves what there is to the next attempt; of nothing, nothing is left.
    pub(super) fn keep_for_later(self) {
        if self.len == 0 {
            let _ = fs::remove_file(&self.path);
            let _ = fs::remove_file(&self.origin);
        }
    }

    fn io(&self, fault: io::Error) -> FetchError {
        FetchError::Io { path: self.path.clone(), fault }
    }
}
