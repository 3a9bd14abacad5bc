//! Group normalisation (Wu & He 2018).

use gan_tensor::ops::Over;

use super::{Case, LayerEntry, example_norm};
use crate::Spec;

/// `y = gain (x - mean) / sqrt(var + epsilon) + shift` with the statistics of neighbouring channels of each example, in so
/// many groups, over positions.
pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "group_norm",
    doc: "normalises groups of channels of each example over positions. groups; epsilon (1e-5), affine (true)",
    build: |f, b| {
        let channels = example_norm::channels(f, b)?;
        let groups = f.count("groups")?;
        if channels % groups != 0 {
            return Err(f.fault("groups", &format!("a divisor of the {channels} channels"), groups));
        }
        example_norm::build(f, b, Over::Groups(groups), [channels].into())
    },
    cases: || {
        let two = Spec::new("group_norm").with("groups", 2);
        let plain = Spec::new("group_norm").with("groups", 1).with("affine", false);
        vec![Case::same(two.clone(), [3, 2, 4]), Case::same(two, [6]), Case::same(plain, [3, 2])]
    },
};
