//! Variances that keep signals at their size from layer to layer.

use gan_tensor::Shape;

use super::{Init, InitEntry, fans};

/// Uniform with variance `2 gain^2 / (in + out)` (Glorot & Bengio 2010, eq. 16).
#[derive(Debug, Clone, Copy)]
pub struct Xavier {
    /// Factor.
    pub gain: f64,
}

impl Init for Xavier {
    fn fill(&self, shape: &Shape, seed: u64, out: &mut [f32]) {
        let (inputs, outputs) = fans(shape);
        let range = self.gain * (6.0 / (inputs + outputs)).sqrt();
        super::uniform(seed, (-range, range), out);
    }
}

/// Normal with variance `2 gain^2 / in`, for rectifiers (He et al. 2015, eq. 10).
///
/// With `gain = L^(-1 / (2m - 2))` it starts the layers of a network of `L` residual branches of `m` layers each, whose last layer
/// starts at 0 (fix-up, Zhang et al. 2019).
#[derive(Debug, Clone, Copy)]
pub struct He {
    /// Factor.
    pub gain: f64,
}

impl Init for He {
    fn fill(&self, shape: &Shape, seed: u64, out: &mut [f32]) {
        super::normal(seed, self.gain * (2.0 / fans(shape).0).sqrt(), out);
    }
}

pub(super) const XAVIER: InitEntry = InitEntry {
    name: "xavier",
    doc: "uniform with variance 2 gain^2 / (in + out). gain (1)",
    build: |f| Ok(Box::new(Xavier { gain: f.positive("gain", 1.0)? })),
};
pub(super) const HE: InitEntry = InitEntry {
    name: "he",
    doc: "normal with variance 2 gain^2 / in, for rectifiers. gain (1)",
    build: |f| Ok(Box::new(He { gain: f.positive("gain", 1.0)? })),
};
