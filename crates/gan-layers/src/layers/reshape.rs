//! Another shape for the same values.

use gan_tensor::{Shape, Var};

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::network::batched;
use crate::{Module, Spec};

#[derive(Debug)]
struct Reshape {
    to: Shape,
}

impl Module for Reshape {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let batch = x.shape().first().copied().unwrap_or(0);
        // the sizes were checked when the layer was built, so only an absurd batch can fail
        batched(batch, &self.to).map_or(x, |shape| x.reshape(shape))
    }
}

pub(super) const RESHAPE: LayerEntry = LayerEntry {
    name: "reshape",
    doc: "the same values under another shape. shape",
    build: |f, b| {
        let sizes = f.counts("shape")?;
        let to = Shape::new(&sizes).map_err(|e| f.shape_fault(format!("shape: {e}")))?;
        if to.len() != b.input().len() || to.rank() >= gan_tensor::MAX_RANK {
            return Err(f.shape_fault(format!(
                "{} ({} values) cannot become {to} ({} values)",
                b.input(),
                b.input().len(),
                to.len()
            )));
        }
        Built::new(Reshape { to }, to)
    },
    cases: || vec![Case::new(Spec::new("reshape").with("shape", vec![2, 3]), [6], [2, 3])],
};

pub(super) const FLATTEN: LayerEntry = LayerEntry {
    name: "flatten",
    doc: "all values of an example in one row",
    build: |_, b| {
        let to: Shape = [b.input().len()].into();
        Built::new(Reshape { to }, to)
    },
    cases: || vec![Case::new(Spec::new("flatten"), [2, 3], [6])],
};
