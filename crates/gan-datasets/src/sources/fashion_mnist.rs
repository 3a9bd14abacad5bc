//! Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): ten kinds of clothing, in the form of MNIST and split like it.
//!
//! Debian's package `dataset-fashion-mnist` installs the four files; they are read if no folder is named.

use super::Source;
use super::idx_pairs::IdxPairs;

pub(super) const SOURCE: Source = Source {
    name: FASHION.name,
    doc: "Fashion-MNIST, 28 x 28, from IDX files: 50,000 to train on, 10,000 for validation, 10,000 for the test",
    needs_dir: true,
    open: |options| FASHION.open(options),
};

const FASHION: IdxPairs = IdxPairs {
    name: "fashion-mnist",
    source: "Fashion-MNIST (Xiao, Rasul, Vollgraf), official IDX files",
    licence: "MIT",
    side: 28,
    classes: 10,
    parts: &[("train", 60_000), ("t10k", 10_000)],
    splits: [50_000, 10_000, 10_000],
    installed: Some("/usr/share/datasets/fashion-mnist"),
};
