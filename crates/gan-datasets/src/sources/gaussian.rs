//! One Gaussian on the line: a density that a generator of one layer can match exactly.

use super::Source;
use crate::{GaussianMixture, Modes};

pub(super) const SOURCE: Source = Source {
    name: "gaussian",
    doc: "a Gaussian on the line, mean 1, sigma 0.5",
    needs_dir: false,
    open: |options| Ok(Box::new(GaussianMixture::new(SOURCE.name, Modes::equal(1, vec![1.0], 0.5), options)?)),
};
