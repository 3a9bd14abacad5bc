//! Pictures reduced by a whole number.

use gan_tensor::Var;

use super::picture::behind;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

/// `[factor height, factor width, channels] -> [height, width, channels]`: bilinear interpolation with its filter stretched to the
/// new pixels, so that nothing aliases. For a factor of 2 that is `[1 3 3 1] / 8` in each direction, the edge repeated.
#[derive(Debug)]
struct Downsample {
    factor: usize,
}

impl Module for Downsample {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x.downsample_bilinear(self.factor)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "downsample",
    doc: "reduces a picture by a whole number, bilinearly and without aliasing: the counterpart of `upsample`. factor",
    build: |f, b| {
        let factor = f.count("factor")?;
        Built::new(Downsample { factor }, behind(f, b, |x| x.downsample_bilinear(factor))?)
    },
    cases: || {
        let by = |factor: usize| Spec::new("downsample").with("factor", factor);
        vec![Case::new(by(2), [6, 4, 3], [3, 2, 3]), Case::new(by(3), [3, 6, 1], [1, 2, 1])]
    },
};
