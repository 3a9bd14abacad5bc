//! The data sets, a file each.
//!
//! To add one: write `sources/NAME.rs` with a `pub(super) const SOURCE: Source`, and name it here twice. A test then
//! reads it whole and holds it to the contract of [`Dataset`].

mod captioned;
mod cifar10;
mod digits;
mod faces;
mod fashion_mnist;
mod files;
mod gaussian;
mod grid;
mod idx_files;
mod idx_pairs;
mod mixture;
mod mnist;
mod moons;
mod npy;
mod pictures;
mod ring;
mod spirals;
mod stacked_mnist;
mod tfd;
mod uniform;
mod wav;

use std::fmt;

use crate::{Dataset, DatasetError, Normalised, OpenOptions, Padded};

/// All data sets.
pub const ALL: &[Source] = &[
    digits::SOURCE,
    mnist::SOURCE,
    fashion_mnist::SOURCE,
    cifar10::SOURCE,
    faces::SOURCE,
    idx_files::SOURCE,
    stacked_mnist::SOURCE,
    tfd::SOURCE,
    npy::SOURCE,
    pictures::SOURCE,
    captioned::SOURCE,
    wav::SOURCE,
    ring::SOURCE,
    grid::SOURCE,
    spirals::SOURCE,
    moons::SOURCE,
    gaussian::SOURCE,
    mixture::SOURCE,
    uniform::SOURCE,
];

/// An entry of the registry.
#[derive(Clone, Copy)]
pub struct Source {
    /// The name, as in configurations and on the command line.
    pub name: &'static str,
    /// What it is, in one line.
    pub doc: &'static str,
    /// Whether it is read from files, so that [`OpenOptions::dir`] must name their folder.
    pub needs_dir: bool,
    /// Opens it.
    pub open: fn(&OpenOptions) -> Result<Box<dyn Dataset>, DatasetError>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Opens the data set called `name`.
///
/// # Errors
/// [`DatasetError::UnknownSource`], with the nearest name, if there is none; else what opening it says.
///
/// ```
/// use gan_datasets::{OpenOptions, open};
///
/// assert_eq!(open("ring", &OpenOptions::default())?.sample_shape(), [2]);
/// let message = open("rign", &OpenOptions::default()).err().unwrap().to_string();
/// assert!(message.contains("did you mean `ring`?"));
/// # Ok::<(), gan_datasets::DatasetError>(())
/// ```
pub fn open(name: &str, options: &OpenOptions) -> Result<Box<dyn Dataset>, DatasetError> {
    let source = ALL.iter().find(|source| source.name == name).ok_or_else(|| unknown(name))?;
    let mut data = (source.open)(options)?;
    if options.pad > 0 {
        data = Box::new(Padded::new(data, options.pad)?);
    }
    if options.gcn {
        data = Box::new(Normalised::new(data, Normalised::NORM)?);
    }
    Ok(data)
}

fn unknown(name: &str) -> DatasetError {
    let likeness = |source: &Source| strsim::jaro_winkler(source.name, &name.to_lowercase());
    let nearest = ALL.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b))).filter(|source| likeness(source) > 0.75);
    DatasetError::UnknownSource {
        name: name.to_owned(),
        hint: nearest.map(|source| format!(", did you mean `{}`?", source.name)).unwrap_or_default(),
        known: ALL.iter().map(|source| source.name).collect::<Vec<_>>().join(", "),
    }
}
