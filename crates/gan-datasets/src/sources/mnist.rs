//! MNIST (LeCun, Cortes, Burges), from the four IDX files of its official release, plain or compressed.
//!
//! Splits as in Goodfellow et al. 2014 and the Parzen estimates of its time: train is the first 50,000 of the official
//! training images, validation the last 10,000 of them, test the official 10,000; `all` is all 70,000 in this order.

use super::Source;
use super::idx_pairs::IdxPairs;

pub(super) const SOURCE: Source = Source {
    name: MNIST.name,
    doc: "MNIST, 28 x 28, from IDX files: 50,000 to train on, 10,000 for validation, 10,000 for the test",
    needs_dir: true,
    open: |options| MNIST.open(options),
};

pub(super) const MNIST: IdxPairs = IdxPairs {
    name: "mnist",
    source: "MNIST (LeCun, Cortes, Burges), official IDX files",
    licence: "CC BY-SA 3.0",
    side: 28,
    classes: 10,
    parts: &[("train", 60_000), ("t10k", 10_000)],
    splits: [50_000, 10_000, 10_000],
    installed: None,
};
