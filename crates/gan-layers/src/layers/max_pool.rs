//! Maxima over windows of pictures.

use gan_tensor::{Var, Windows};

use super::picture::behind;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Fields, LayerError, Module, Spec};

/// `y[i, j, c] = max_{k, l} x[i stride + k - padding, j stride + l - padding, c]` over the pixels of the picture.
#[derive(Debug)]
struct MaxPool {
    windows: Windows,
}

/// The fields `kernel`, `stride` and `padding` of a pooling.
pub(super) fn windows(f: &Fields<'_>) -> Result<Windows, LayerError> {
    let kernel = f.pair("kernel", None, 1)?;
    Ok(Windows { kernel, stride: f.pair("stride", Some(kernel), 1)?, padding: f.pair("padding", Some([0; 2]), 0)? })
}

impl Module for MaxPool {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x.max_pool(self.windows)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "max_pool",
    doc: "the maximum over windows of a picture. kernel, stride (kernel), padding (0)",
    build: |f, b| {
        let windows = windows(f)?;
        Built::new(MaxPool { windows }, behind(f, b, |x| x.max_pool(windows))?)
    },
    cases: || {
        let pool = |kernel: usize| Spec::new("max_pool").with("kernel", kernel);
        vec![
            Case::new(pool(2), [4, 6, 3], [2, 3, 3]),
            Case::new(pool(3).with("stride", 2).with("padding", vec![1, 0]), [5, 7, 2], [3, 3, 2]),
        ]
    },
};
