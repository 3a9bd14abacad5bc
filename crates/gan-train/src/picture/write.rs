//! Writing a picture so that a reader sees the old file or the new one, never half of one.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Picture, PictureError};

/// Writes `picture` as PNG to `path`: to a temporary name in the same folder first, which is then renamed. A browser
/// or viewer that watches the file never reads a part of it. The folder must exist.
///
/// # Errors
/// [`PictureError::Size`] as in [`Picture::to_png`]; [`PictureError::Write`] with what the operating system says. The
/// temporary file is gone in either case.
pub fn write_png(path: impl AsRef<Path>, picture: &Picture) -> Result<(), PictureError> {
    let path = path.as_ref();
    let bytes = picture.to_png()?;
    let fault = |fault| PictureError::Write { path: path.to_owned(), fault };
    let temporary = beside(path).map_err(fault)?;
    let written = File::create_new(&temporary)
        .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    written.map_err(|error| {
        // What is left over is of no use; that it cannot be removed says less than the first fault.
        let _ = fs::remove_file(&temporary);
        fault(error)
    })
}

/// A name in the folder of `path` that no other writer of this process or another uses.
fn beside(path: &Path) -> io::Result<PathBuf> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}-{}.part", process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("gan-picture-{}-{name}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn the_file_is_replaced_and_nothing_else_is_left() {
        let folder = folder("replace");
        let path = folder.join("step 10.png");
        for colour in [[0; 3], [9, 8, 7]] {
            let picture = Picture::filled(5, 4, colour);
            write_png(&path, &picture).unwrap();
            assert_eq!(fs::read(&path).unwrap(), picture.to_png().unwrap());
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_fault_names_the_file_and_leaves_nothing() {
        let folder = folder("fault");
        // A folder of that name is in the way of the last step.
        let path = folder.join("taken.png");
        fs::create_dir_all(path.join("inside")).unwrap();
        let message = write_png(&path, &Picture::filled(2, 2, [0; 3])).unwrap_err().to_string();
        assert!(message.contains("taken.png"), "{message}");
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();

        for path in [folder.join("gone/a.png"), PathBuf::from("/"), PathBuf::new()] {
            assert!(matches!(write_png(path, &Picture::filled(2, 2, [0; 3])), Err(PictureError::Write { .. })));
        }
    }
}
