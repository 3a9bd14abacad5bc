//! Two Gaussians of unequal weight on the line: finding both modes is not yet finding the density.

use super::Source;
use crate::{GaussianMixture, Modes};

pub(super) const SOURCE: Source = Source {
    name: "mixture",
    doc: "two Gaussians on the line, 0.3 N(-2, 0.5^2) + 0.7 N(2, 0.5^2)",
    needs_dir: false,
    open: |options| {
        let modes = Modes { dim: 1, centres: vec![-2.0, 2.0], weights: vec![0.3, 0.7], sigma: 0.5 };
        Ok(Box::new(GaussianMixture::new(SOURCE.name, modes, options)?))
    },
};
