//! Pictures with captions: `captions.tsv` (file, tab, caption) beside PNG or JPEG files, in a folder or in a tar archive of one.

use super::{Source, pictures};
use crate::{Dataset, DatasetError, OpenOptions};

pub(super) const SOURCE: Source = Source {
    name: "captioned",
    doc: "pictures and captions.tsv (file, tab, caption), in a folder or a .tar.gz",
    needs_dir: true,
    open,
};

/// The emoji with English names that `dir` may also have.
const ARCHIVE: &str = "emoji64.tar.gz";

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let name = SOURCE.name;
    let Some(dir) = &options.dir else {
        return Err(DatasetError::NoFolder { name: name.to_owned(), files: "captions.tsv and the pictures it names".to_owned() });
    };
    let places = [dir.join(ARCHIVE), dir.join(name).join(ARCHIVE)];
    let place = places.iter().find(|place| place.is_file()).unwrap_or(dir);
    pictures::load(name, place, options, true)
}
