#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod arrays;
mod curves;
mod dataset;
mod density;
mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
mod flip;
pub mod formats;
mod images;
mod loader;
mod normalised;
mod options;
mod order;
mod padded;
mod random;
pub mod sources;

pub use arrays::{ArraySet, Samples};
pub use dataset::{Dataset, Modes, Provenance};
pub use density::{GaussianMixture, Uniform};
pub use error::DatasetError;
pub use formats::{FormatError, cifar, idx};
pub use images::ImageSet;
pub use loader::{Batch, Loader, LoaderOptions, Position};
pub use normalised::Normalised;
pub use options::{OpenOptions, Split};
pub use padded::Padded;
pub use sources::open;
