//! One value everywhere.

use gan_tensor::Shape;

use super::{Init, InitEntry};

/// One value everywhere.
#[derive(Debug, Clone, Copy)]
pub struct Constant(pub f64);

impl Init for Constant {
    fn fill(&self, _: &Shape, _: u64, out: &mut [f32]) {
        out.fill(self.0 as f32);
    }
}

pub(super) const ENTRY: InitEntry =
    InitEntry { name: "constant", doc: "one value. value (0)", build: |f| Ok(Box::new(Constant(f.f64_or("value", 0.0)?))) };
