//! The presets of classifiers. A new one is a file beside those of games and a line in [`ALL`].

use crate::config::{Preset, presets};

/// Every preset of a classifier; the first is the default.
pub const ALL: &[Preset] = presets! {
    "mnist-classifier", "a small convolutional net that reads digits (needs MNIST: --data DIR; or --set data.name=digits)";
    "cifar10-classifier", "a convolutional net with batch norm for the ten classes of CIFAR-10 (needs CIFAR-10: --data DIR)";
};
