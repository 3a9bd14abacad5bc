//! Layer normalisation (Ba et al. 2016).

use gan_tensor::ops::Over;

use super::{Case, LayerEntry, example_norm};
use crate::Spec;

/// `y = gain (x - mean) / sqrt(var + epsilon) + shift` with the statistics of each example over its values; over its
/// channels at each position, if so described.
pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "layer_norm",
    doc: "normalises each example over its values. over (`example`; or `channels`, at each position), epsilon (1e-5), affine (true)",
    build: |f, b| {
        let channels = example_norm::channels(f, b)?;
        let (over, shape) = match f.text_or("over", "example")? {
            "example" => (Over::Example, b.input()),
            "channels" => (Over::Channels, [channels].into()),
            other => return Err(f.fault("over", "`example` or `channels`", other)),
        };
        example_norm::build(f, b, over, shape)
    },
    cases: || {
        let channels = Spec::new("layer_norm").with("over", "channels");
        let plain = Spec::new("layer_norm").with("affine", false).with("epsilon", 1e-3);
        vec![
            Case::same(Spec::new("layer_norm"), [5]),
            Case::same(Spec::new("layer_norm"), [2, 3]),
            Case::same(channels, [2, 5]),
            Case::same(plain, [5]),
        ]
    },
};
