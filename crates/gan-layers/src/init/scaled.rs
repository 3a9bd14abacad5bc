//! Variances that keep signals at their size from layer to layer.

use gan_tensor::Shape;

use super::{Init, InitEntry, fans};

/// Uniform with variance `2 / (in + out)` (Glorot & Bengio 2010, eq. 16).
#[derive(Debug, Clone, Copy)]
pub struct Xavier;

impl Init for Xavier {
    fn fill(&self, shape: &Shape, seed: u64, out: &mut [f32]) {
        let (inputs, outputs) = fans(shape);
        let range = (6.0 / (inputs + outputs)).sqrt();
        super::uniform(seed, (-range, range), out);
    }
}

/// Normal with variance `2 / in`, for rectifiers (He et al. 2015, eq. 10).
#[derive(Debug, Clone, Copy)]
pub struct He;

impl Init for He {
    fn fill(&self, shape: &Shape, seed: u64, out: &mut [f32]) {
        super::normal(seed, (2.0 / fans(shape).0).sqrt(), out);
    }
}

pub(super) const XAVIER: InitEntry =
    InitEntry { name: "xavier", doc: "uniform with variance 2 / (in + out)", build: |_| Ok(Box::new(Xavier)) };
pub(super) const HE: InitEntry =
    InitEntry { name: "he", doc: "normal with variance 2 / in, for rectifiers", build: |_| Ok(Box::new(He)) };
