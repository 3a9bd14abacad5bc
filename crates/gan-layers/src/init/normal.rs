//! Normal numbers.

use gan_tensor::Shape;

use super::{Init, InitEntry};

/// `N(0, std^2)`.
#[derive(Debug, Clone, Copy)]
pub struct Normal {
    /// Standard deviation.
    pub std: f64,
}

impl Init for Normal {
    fn fill(&self, _: &Shape, seed: u64, out: &mut [f32]) {
        super::normal(seed, self.std, out);
    }
}

pub(super) const ENTRY: InitEntry =
    InitEntry { name: "normal", doc: "normal. std (0.02)", build: |f| Ok(Box::new(Normal { std: f.positive("std", 0.02)? })) };
