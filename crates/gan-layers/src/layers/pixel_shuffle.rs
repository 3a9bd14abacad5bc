//! Channels to pixels (Shi et al. 2016, sub-pixel convolution) and back.

use gan_tensor::Var;

use super::picture::behind;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

/// `y[i r + k, j r + l, c] = x[i, j, (c r + k) r + l]` with `r` the factor.
#[derive(Debug)]
struct PixelShuffle {
    factor: usize,
}

impl Module for PixelShuffle {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x.pixel_shuffle(self.factor)
    }
}

/// `y[i, j, (c r + k) r + l] = x[i r + k, j r + l, c]` with `r` the factor.
#[derive(Debug)]
struct PixelUnshuffle {
    factor: usize,
}

impl Module for PixelUnshuffle {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x.pixel_unshuffle(self.factor)
    }
}

pub(super) const SHUFFLE: LayerEntry = LayerEntry {
    name: "pixel_shuffle",
    doc: "channels to pixels: factor times as high and wide, with channels / factor^2. factor",
    build: |f, b| {
        let factor = f.count("factor")?;
        Built::new(PixelShuffle { factor }, behind(f, b, |x| x.pixel_shuffle(factor))?)
    },
    cases: || vec![Case::new(Spec::new("pixel_shuffle").with("factor", 2), [2, 3, 8], [4, 6, 2])],
};

pub(super) const UNSHUFFLE: LayerEntry = LayerEntry {
    name: "pixel_unshuffle",
    doc: "pixels to channels, the inverse of pixel_shuffle. factor",
    build: |f, b| {
        let factor = f.count("factor")?;
        Built::new(PixelUnshuffle { factor }, behind(f, b, |x| x.pixel_unshuffle(factor))?)
    },
    cases: || vec![Case::new(Spec::new("pixel_unshuffle").with("factor", 2), [4, 6, 2], [2, 3, 8])],
};
