//! Means over windows of pictures.

use gan_tensor::{Var, Windows};

use super::max_pool::windows;
use super::picture::behind;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

/// `y[i, j, c] = 1 / area sum_{k, l} x[i stride + k - padding, j stride + l - padding, c]` with 0 outside of the picture.
#[derive(Debug)]
struct AveragePool {
    windows: Windows,
}

impl Module for AveragePool {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x.average_pool(self.windows)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "average_pool",
    doc: "the mean over windows of a picture, 0 outside of it. kernel, stride (kernel), padding (0)",
    build: |f, b| {
        let windows = windows(f)?;
        Built::new(AveragePool { windows }, behind(f, b, |x| x.average_pool(windows))?)
    },
    cases: || {
        let pool = |kernel: Vec<usize>| Spec::new("average_pool").with("kernel", kernel);
        vec![
            Case::new(Spec::new("average_pool").with("kernel", 2), [4, 6, 3], [2, 3, 3]),
            Case::new(pool(vec![3, 2]).with("stride", vec![2, 1]).with("padding", 1), [5, 4, 2], [3, 5, 2]),
        ]
    },
};
