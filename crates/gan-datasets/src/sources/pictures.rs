//! Pictures of one's own: a folder of PNG and JPEG files, or a tar archive of one.
//!
//! Subfolders, sorted, are the classes. `captions.tsv` (file, tab, caption), if there is one, gives captions. Pictures are in the
//! order of their names; every tenth is for the test and the one before it for validation.

use std::collections::HashMap;
use std::path::Path;

use super::Source;
use crate::formats::folder::Folder;
use crate::formats::{captions, picture};
use crate::{Dataset, DatasetError, ImageSet, OpenOptions, Provenance};

pub(super) const SOURCE: Source = Source {
    name: "images",
    doc: "a folder of PNG or JPEG pictures, one's own; subfolders are classes, captions.tsv has captions",
    needs_dir: true,
    open,
};

const CAPTIONS: &str = "captions.tsv";
/// The longest side that pictures are brought to, and the most bytes that a set holds: 8 GiB.
const MAX_SIZE: usize = 1 << 12;
const MAX_BYTES: usize = 1 << 33;
/// Labels are bytes.
const MAX_CLASSES: usize = 256;

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let Some(dir) = &options.dir else {
        let files = "PNG or JPEG, in subfolders that are classes or in none".to_owned();
        return Err(DatasetError::NoFolder { name: SOURCE.name.to_owned(), files });
    };
    load(SOURCE.name, dir, options, false)
}

/// The set of the pictures in `place`; of those that have captions only, if `captioned`.
pub(super) fn load(
    name: &'static str,
    place: &Path,
    options: &OpenOptions,
    captioned: bool,
) -> Result<Box<dyn Dataset>, DatasetError> {
    let parameter = |message: String| DatasetError::Parameter { name: name.to_owned(), message };
    let folder = Folder::open(place, &[".png", ".jpg", ".jpeg", CAPTIONS])?;
    let captions = match folder.names().iter().any(|file| file == CAPTIONS) {
        true => Some(
            captions::parse(&folder.read(CAPTIONS)?)
                .map_err(|fault| DatasetError::Format { file: folder.path(CAPTIONS), fault })?,
        ),
        false if captioned => {
            return Err(DatasetError::MissingFile { name: name.to_owned(), looked: vec![place.join(CAPTIONS)] });
        }
        false => None,
    };
    let has =
        |file: &String| !file.ends_with(CAPTIONS) && (!captioned || captions.as_ref().is_some_and(|c| c.contains_key(file)));
    let files: Vec<&String> = folder.names().iter().filter(|file| has(file)).collect();
    if files.is_empty() {
        let looked = ["*.png", "*.jpg", "*/*.png", "*/*.jpg"].map(|pattern| place.join(pattern));
        return Err(DatasetError::MissingFile { name: name.to_owned(), looked: looked.to_vec() });
    }
    if let Some(file) = captions.iter().flat_map(HashMap::keys).find(|file| folder.names().binary_search(file).is_err()) {
        return Err(parameter(format!("{CAPTIONS} names {file:?}, which is not there")));
    }
    let classes = if captioned { None } else { classes(&files).map_err(parameter)? };
    let rows = options.deal(name, files.len())?;

    let channels = if options.grey { 1 } else { 3 };
    let mut shape: Option<[usize; 3]> = None;
    let mut pixels = Vec::new();
    for row in &rows {
        let file = files[*row];
        let picture = picture::parse(&folder.read(file)?)
            .map_err(|fault| DatasetError::Format { file: folder.path(file), fault })?
            .with_channels(channels);
        let picture = match options.size {
            Some(side) if (1..=MAX_SIZE).contains(&side) => picture.square(side),
            Some(side) => return Err(parameter(format!("expected a size from 1 to {MAX_SIZE}, found {side}"))),
            None => picture,
        };
        let found = [picture.height, picture.width, channels];
        let expected = *shape.get_or_insert(found);
        if found != expected {
            let message = format!(
                "{} is of shape {found:?}, those before it of {expected:?}: say the size that all are brought to (data.size, --size)",
                folder.path(file)
            );
            return Err(parameter(message));
        }
        if picture.pixels.len().saturating_mul(rows.len()) > MAX_BYTES {
            return Err(parameter(format!("{} pictures of shape {found:?} are more than {MAX_BYTES} bytes", rows.len())));
        }
        if pixels.is_empty() {
            pixels.reserve_exact(picture.pixels.len() * rows.len());
        }
        pixels.extend_from_slice(&picture.pixels);
    }

    let provenance = Provenance::new(name, place.display().to_string(), "not known", options.split, rows.len());
    let shape = shape.unwrap_or([0; 3]);
    let set = match classes {
        Some((labels, classes)) => {
            let labels: Vec<u8> = rows.iter().map(|row| labels[*row]).collect();
            ImageSet::new(shape, pixels, labels, classes, provenance)?
        }
        None => ImageSet::unlabelled(shape, pixels, provenance)?,
    };
    let Some(captions) = captions else { return Ok(Box::new(set)) };
    let caption = |row: &usize| captions.get(files[*row]).cloned().unwrap_or_default();
    Ok(Box::new(set.with_captions(rows.iter().map(caption).collect())?))
}

/// The class of each file and their number, if all are in subfolders; none if none is.
fn classes(files: &[&String]) -> Result<Option<(Vec<u8>, usize)>, String> {
    let folders: Vec<&str> = files.iter().filter_map(|file| file.split_once('/').map(|(folder, _)| folder)).collect();
    if folders.is_empty() {
        return Ok(None);
    }
    if folders.len() < files.len() {
        return Err("some pictures are in subfolders and some are not".to_owned());
    }
    let mut names = folders.clone();
    names.sort_unstable();
    names.dedup();
    if names.len() > MAX_CLASSES {
        return Err(format!("expected at most {MAX_CLASSES} subfolders, found {}", names.len()));
    }
    let labels = folders.iter().map(|folder| names.binary_search(folder).unwrap_or(0) as u8).collect();
    Ok(Some((labels, names.len())))
}
