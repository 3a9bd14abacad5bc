//! Sounds of one's own: a folder of WAV files, or a tar archive of one, each brought to one channel, one rate and one length.
//!
//! Classes are the subfolders, or what comes before the first `_` in the names.

use std::path::Path;

use super::Source;
use crate::arrays::{ArraySet, Samples};
use crate::formats::folder::Folder;
use crate::formats::wav;
use crate::{Dataset, DatasetError, OpenOptions, Provenance};

pub(super) const SOURCE: Source = Source {
    name: "wav",
    doc: "a folder or .tar.gz of WAV files: one channel, resampled, of one length; classes by subfolder or name",
    needs_dir: true,
    open,
};

/// The rate of speech on the telephone, and the default.
const RATE: u32 = 8000;
/// The spoken digits that `dir` may also have.
const ARCHIVE: &str = "fsdd-recordings.tar.gz";
/// The most samples of all sounds: 4 GiB of them.
const MAX_SAMPLES: usize = 1 << 30;

fn open(options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let name = SOURCE.name;
    let Some(dir) = &options.dir else {
        return Err(DatasetError::NoFolder { name: name.to_owned(), files: "WAV files, or a .tar.gz of them".to_owned() });
    };
    let parameter = |message: String| DatasetError::Parameter { name: name.to_owned(), message };
    let places = [dir.join(ARCHIVE), dir.join("audio").join(ARCHIVE)];
    let place: &Path = places.iter().find(|place| place.is_file()).unwrap_or(dir);
    let folder = Folder::open(place, &[".wav"])?;
    let files = folder.names();
    if files.is_empty() {
        let looked = vec![dir.join("*.wav"), dir.join("*/*.wav")];
        return Err(DatasetError::MissingFile { name: name.to_owned(), looked });
    }
    let rows = options.deal(name, files.len())?;
    let rate = options.rate.unwrap_or(RATE);
    let length = options.length.unwrap_or(rate as usize);
    if !(1..=wav::MAX_RATE).contains(&rate) {
        return Err(parameter(format!("expected a rate from 1 to {}, found {rate}", wav::MAX_RATE)));
    }
    if length == 0 || length.saturating_mul(rows.len()) > MAX_SAMPLES {
        return Err(parameter(format!("expected a length from 1 to {}, found {length}", MAX_SAMPLES / rows.len())));
    }
    let mut samples = Vec::with_capacity(length * rows.len());
    for row in &rows {
        let file = &files[*row];
        let sound = wav::parse(&folder.read(file)?);
        let (sound, from) = sound.map_err(|fault| DatasetError::Format { file: folder.path(file), fault })?;
        samples.extend(wav::resample(&sound, from, rate, length));
    }
    let labels = classes(files).map(|(labels, classes)| (rows.iter().map(|row| labels[*row]).collect(), classes));
    let provenance = Provenance::new(name, place.display().to_string(), "not known", options.split, rows.len());
    Ok(Box::new(ArraySet::new(vec![length, 1], Samples::Floats(samples), (-1.0, 1.0), labels, provenance)?))
}

/// The class of each file, and the number of classes; none if not every name has one.
fn classes(files: &[String]) -> Option<(Vec<u32>, usize)> {
    let separator = if files.iter().all(|file| file.contains('/')) { '/' } else { '_' };
    let keys: Vec<&str> = files.iter().map(|file| file.split_once(separator).map(|(key, _)| key)).collect::<Option<_>>()?;
    let mut names = keys.clone();
    names.sort_unstable();
    names.dedup();
    let labels = keys.iter().map(|key| names.binary_search(key).unwrap_or(0) as u32).collect();
    Some((labels, names.len()))
}
