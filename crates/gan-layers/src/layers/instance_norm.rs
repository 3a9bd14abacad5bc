//! Instance normalisation (Ulyanov et al. 2016).

use gan_tensor::ops::Over;

use super::{Case, LayerEntry, example_norm};
use crate::Spec;

/// `y = gain (x - mean) / sqrt(var + epsilon) + shift` with the statistics of each channel of each example over positions.
pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "instance_norm",
    doc: "normalises each channel of each example over positions. epsilon (1e-5), affine (true)",
    build: |f, b| {
        let channels = example_norm::channels(f, b)?;
        if b.input().len() == channels {
            // the only value is its own mean
            let message = format!("an example of shape {} has one position only: expected [height, width, channels]", b.input());
            return Err(f.shape_fault(message));
        }
        example_norm::build(f, b, Over::Positions, [channels].into())
    },
    cases: || {
        let plain = Spec::new("instance_norm").with("affine", false).with("epsilon", 1e-3);
        vec![Case::same(Spec::new("instance_norm"), [2, 3, 2]), Case::same(plain, [5, 3])]
    },
};
