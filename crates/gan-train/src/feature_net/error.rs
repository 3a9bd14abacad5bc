//! What can be wrong with a feature net.

use std::path::PathBuf;

/// Faults of feature nets. Each names the net.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeatureNetError {
    /// A path where there is no net.
    #[error(
        "there is no feature net {found}: {reason}; expected {known}, the folder of a run of `gan train-classifier`, or a folder with \
         net.toml and net.safetensors"
    )]
    NotANet {
        /// What was named.
        found: String,
        /// Why it is none.
        reason: String,
        /// Those that are known by name.
        known: String,
    },
    /// A description that makes no sense.
    #[error("{}: {message}", .path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What was expected and found.
        message: String,
    },
    /// Weights that are damaged or of another network.
    #[error("{}: {message}", .path.display())]
    Weights {
        /// The file.
        path: PathBuf,
        /// What was expected and found.
        message: String,
    },
    /// Samples of another shape.
    #[error(
        "the feature net {net} does not fit: it judges samples of shape {expected:?}{channels}, found {found:?}{margin}; \
         take another net, or train one on the same data with `gan train-classifier`"
    )]
    Shape {
        /// The net.
        net: String,
        /// What it takes.
        expected: Vec<usize>,
        /// Whether it takes several channels, too.
        channels: &'static str,
        /// What it was given.
        found: Vec<usize>,
        /// The margin around what it was given.
        margin: String,
    },
    /// Samples in another range.
    #[error(
        "the feature net {net} does not fit: it was trained on values in [{}, {}], these samples have them in [{}, {}]; train one on the \
         same data with `gan train-classifier`", .expected.0, .expected.1, .found.0, .found.1
    )]
    Range {
        /// The net.
        net: String,
        /// The range of what it was trained on.
        expected: (f32, f32),
        /// The range of the samples.
        found: (f32, f32),
    },
    /// More classes than can be counted.
    #[error(
        "the feature net {net} has {classes} classes, and {channels} channels judged each by itself make more than {most}: \
         take a net that sees all channels"
    )]
    Classes {
        /// The net.
        net: String,
        /// Its classes.
        classes: usize,
        /// Channels of a sample.
        channels: usize,
        /// The most.
        most: usize,
    },
    /// A layer that does not exist.
    #[error("the feature net {net} has no layer `{found}`: expected {first} to {last}")]
    NoLayer {
        /// The net.
        net: String,
        /// The name found.
        found: String,
        /// The first layer.
        first: String,
        /// The last layer.
        last: String,
    },
}
