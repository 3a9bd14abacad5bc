//! The uniform density on an interval of the line: its edges are what a smooth generator finds hard.

use super::Source;
use crate::Uniform;

pub(super) const SOURCE: Source = Source {
    name: "uniform",
    doc: "the uniform density on [-1, 1)",
    needs_dir: false,
    open: |options| Ok(Box::new(Uniform::new(SOURCE.name, -1.0, 1.0, options)?)),
};
