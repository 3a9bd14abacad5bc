//! What is fuzzed: each reads bytes that nobody vouches for, and must return a value or an error.
//!
//! The seeds of a target, `seeds/NAME/*`, also run as ordinary tests.

use gan_datasets::formats::{captions, mat, npy, picture, wav};
use gan_datasets::{cifar, idx};
use gan_train::Config;

/// Reads bytes; a panic is a fault.
pub type Target = fn(&[u8]);

/// Every target.
pub const ALL: &[(&str, Target)] = &[
    ("idx", |bytes| {
        for rank in 1..=4 {
            let _ = idx::parse(bytes, rank);
        }
    }),
    ("cifar", |bytes| {
        let _ = cifar::parse(bytes, 1);
        let _ = cifar::parse_archive(bytes, 1..4, 1);
    }),
    ("mat", |bytes| {
        if let Ok(variables) = mat::parse(bytes, ["images", "folds"]) {
            variables.iter().for_each(|variable| drop(variable.values.numbers()));
        }
    }),
    ("npy", |bytes| {
        let _ = npy::parse(bytes);
        let _ = npy::parse_archive(bytes, ["images", "labels"]);
    }),
    ("wav", |bytes| {
        if let Ok((samples, rate)) = wav::parse(bytes) {
            let _ = wav::resample(&samples, rate, 8000, 64);
        }
    }),
    ("picture", |bytes| {
        if let Ok(picture) = picture::parse(bytes) {
            let _ = picture.with_channels(1).square(8);
        }
    }),
    ("captions", |bytes| {
        let _ = captions::parse(bytes);
    }),
    ("config", |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes)
            && let Ok(config) = Config::from_toml(text, "fuzzed", &[])
        {
            let _ = config.check();
        }
    }),
];
