//! Many small files: a folder and its subfolders, or a tar archive of them, which is read as it comes and never unpacked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use tar::EntryType;

use super::archive::{self, Member};
use super::{FormatError, Stream};
use crate::DatasetError;

/// The largest file that is read.
pub const MAX_FILE: u64 = 64 << 20;
/// The most bytes of an archive that are held, and the most files.
const MAX_BYTES: u64 = 1 << 30;
const MAX_FILES: usize = 1 << 20;

/// Files by name, `subfolder/file` or `file`, in the order of their names.
pub struct Folder {
    place: PathBuf,
    /// What an archive holds; a folder is read when a file is asked for.
    held: Option<BTreeMap<String, Vec<u8>>>,
    names: Vec<String>,
}

impl Folder {
    /// The files in `place` whose names end in one of `endings` (in lower case). A folder is searched one level deep; of an
    /// archive the folder that all is in is left out.
    ///
    /// # Errors
    /// [`DatasetError::Io`] and [`DatasetError::Format`]. A symbolic link that leaves the folder is an error, as is any member of an
    /// archive that is no file or folder in it, or comes twice.
    pub fn open(place: &Path, endings: &[&str]) -> Result<Self, DatasetError> {
        let wanted = |name: &str| endings.iter().any(|ending| name.to_lowercase().ends_with(ending));
        if place.is_dir() {
            let mut names = Vec::new();
            let root = place.canonicalize().map_err(|fault| io(place, fault))?;
            list(&root, &root, "", &wanted, &mut names)?;
            names.sort_unstable();
            return Ok(Self { place: place.to_owned(), held: None, names });
        }
        let held = Stream::read(place, |stream| archive(stream, &wanted))?;
        Ok(Self { place: place.to_owned(), names: held.keys().cloned().collect(), held: Some(held) })
    }

    /// The names, sorted.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The path of a file, for messages.
    pub fn path(&self, name: &str) -> String {
        self.place.join(name).display().to_string()
    }

    /// The contents of a file.
    ///
    /// # Errors
    /// [`DatasetError::Io`], and [`DatasetError::Format`] if it is larger than [`MAX_FILE`].
    pub fn read(&self, name: &str) -> Result<Vec<u8>, DatasetError> {
        if let Some(bytes) = self.held.as_ref().and_then(|held| held.get(name)) {
            return Ok(bytes.clone());
        }
        let path = self.place.join(name);
        let length = fs::metadata(&path).map_err(|fault| io(&path, fault))?.len();
        if length > MAX_FILE {
            let fault = FormatError::TooLarge { offset: 0, declared: format!("a file of {length} bytes"), limit: MAX_FILE };
            return Err(DatasetError::Format { file: self.path(name), fault });
        }
        fs::read(&path).map_err(|fault| io(&path, fault))
    }
}

fn io(path: &Path, fault: std::io::Error) -> DatasetError {
    DatasetError::Io { path: path.to_owned(), fault }
}

/// Adds the files in `dir`, and in its folders if `prefix` is empty.
fn list(
    root: &Path,
    dir: &Path,
    prefix: &str,
    wanted: &impl Fn(&str) -> bool,
    names: &mut Vec<String>,
) -> Result<(), DatasetError> {
    for entry in fs::read_dir(dir).map_err(|fault| io(dir, fault))? {
        let path = entry.map_err(|fault| io(dir, fault))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let relative = format!("{prefix}{name}");
        let folder = prefix.is_empty() && path.is_dir();
        if name.starts_with('.') || !(folder || wanted(&name) && path.is_file()) {
            continue;
        }
        let real = path.canonicalize().map_err(|fault| io(&path, fault))?;
        if !real.starts_with(root) {
            let fault = FormatError::unexpected(0, "a file within the folder", format!("a link to {}", real.display()));
            return Err(DatasetError::Format { file: path.display().to_string(), fault });
        }
        if folder {
            list(root, &real, &format!("{relative}/"), wanted, names)?;
        } else {
            names.push(relative);
        }
        if names.len() > MAX_FILES {
            let declared = "more than a million files".to_owned();
            let fault = FormatError::TooLarge { offset: 0, declared, limit: MAX_FILES as u64 };
            return Err(DatasetError::Format { file: root.display().to_string(), fault });
        }
    }
    Ok(())
}

fn archive(stream: &mut Stream<'_>, wanted: &impl Fn(&str) -> bool) -> Result<BTreeMap<String, Vec<u8>>, FormatError> {
    let mut held = BTreeMap::new();
    archive::each(stream, MAX_BYTES, |Member { offset, path, kind, size }, contents| {
        if *kind == EntryType::Directory && *size == 0 {
            return Ok(());
        }
        let inside = path.split('/').all(|part| !["", ".", ".."].contains(&part));
        if *kind != EntryType::Regular || !inside {
            return Err(FormatError::unexpected(*offset, "a file within the archive's folder", format!("{path:?} ({kind:?})")));
        }
        let name = path.split_once('/').map_or(&path[..], |(_, name)| name).to_owned();
        if *size > MAX_FILE {
            return Err(FormatError::TooLarge {
                offset: *offset,
                declared: format!("{path:?} with {size} bytes"),
                limit: MAX_FILE,
            });
        }
        if !wanted(&name) {
            return Ok(());
        }
        let bytes = contents.all().map_err(|fault| FormatError::within(format!("{path:?}"), fault))?;
        match held.insert(name, bytes) {
            None => Ok(()),
            Some(_) => Err(FormatError::unexpected(*offset, "each file once", format!("{path:?} again"))),
        }
    })?;
    Ok(held)
}
