//! What is fuzzed: each reads bytes that nobody vouches for, and must return a value or an error.
//!
//! The seeds of a target, `seeds/NAME/*`, also run as ordinary tests.

use gan_datasets::idx;
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
    ("config", |bytes| {
        if let Ok(text) = std::str::from_utf8(bytes)
            && let Ok(config) = Config::from_toml(text, "fuzzed", &[])
        {
            let _ = config.check();
        }
    }),
];
