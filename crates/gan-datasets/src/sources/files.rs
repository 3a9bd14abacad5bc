//! Where the files of a set lie.

use std::path::PathBuf;

use crate::DatasetError;

/// The first file in `folders` that is called `name`, plain or compressed.
pub(super) fn find(set: &str, folders: &[PathBuf], name: &str) -> Result<PathBuf, DatasetError> {
    let mut looked = Vec::new();
    for folder in folders {
        for ending in ["", ".gz", ".xz"] {
            let path = folder.join(format!("{name}{ending}"));
            if path.is_file() {
                return Ok(path);
            }
            looked.push(path);
        }
    }
    Err(DatasetError::MissingFile { name: set.to_owned(), looked })
}
