//! Instance noise (Sønderby et al. 2017; Arjovsky & Bottou 2017).

use gan_layers::Number;
use gan_tensor::Var;

use super::{View, ViewCx, ViewEntry};

/// `x + std e` with `e ~ N(0, I)`: both distributions become smooth and share their support, so that their divergence is finite and has a
/// gradient. Usually `std` falls to 0 on a schedule.
#[derive(Debug)]
struct InstanceNoise {
    std: Number,
}

impl View for InstanceNoise {
    fn show<'g>(&self, cx: &ViewCx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x + cx.graph().normal("instance_noise", x.shape()) * cx.number("instance_noise.std", &self.std)
    }
}

pub(super) const ENTRY: ViewEntry = ViewEntry {
    name: "instance_noise",
    doc: "adds normal noise to what D sees. std (0.1): a number or schedule",
    build: |f| Ok(Box::new(InstanceNoise { std: Number::from_fields(f, "std", 0.1, (0.0, f64::MAX))? })),
};
