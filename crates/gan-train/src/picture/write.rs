//! Writing a picture so that a reader sees the old file or the new one, never half of one.

use std::path::Path;

use super::{Picture, PictureError};
use crate::files;

/// Writes `picture` as PNG to `path` through [`files::write`]: a browser or viewer that watches the file never reads a part
/// of it. The folder must exist.
///
/// # Errors
/// [`PictureError::Size`] as in [`Picture::to_png`]; [`PictureError::Write`] with what the operating system says.
pub fn write_png(path: impl AsRef<Path>, picture: &Picture) -> Result<(), PictureError> {
    write_file(path, &picture.to_png()?)
}

/// Writes a picture that is already encoded, of any kind, in the same way.
///
/// # Errors
/// [`PictureError::Write`] with what the operating system says.
pub fn write_file(path: impl AsRef<Path>, encoded: &[u8]) -> Result<(), PictureError> {
    let path = path.as_ref();
    files::write(path, |out| out.write_all(encoded)).map_err(|fault| PictureError::Write { path: path.to_owned(), fault })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::{fs, process};

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
