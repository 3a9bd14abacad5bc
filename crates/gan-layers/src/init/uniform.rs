//! Uniform in a range: what the published code of 2014 uses.

use gan_tensor::Shape;

use super::{Init, InitEntry};

/// Uniform in `[-range, range)`.
#[derive(Debug, Clone, Copy)]
pub struct Uniform {
    /// Half the width.
    pub range: f64,
}

impl Init for Uniform {
    fn fill(&self, _: &Shape, seed: u64, out: &mut [f32]) {
        super::uniform(seed, (-self.range, self.range), out);
    }
}

pub(super) const ENTRY: InitEntry = InitEntry {
    name: "uniform",
    doc: "uniform in [-range, range). range (0.05)",
    build: |f| Ok(Box::new(Uniform { range: f.positive("range", 0.05)? })),
};
