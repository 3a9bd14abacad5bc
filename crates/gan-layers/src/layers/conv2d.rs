//! The convolutional layer.

use gan_tensor::{Conv, Var};

use super::linear::{bias, biased};
use super::picture::behind;
use super::weight::Weight;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Fields, Init, LayerError, Module, ParamId, Spec, init};

/// `y = x * w + b` on pictures `[height, width, channels]` with `w: [kh, kw, in / groups, channels]`.
#[derive(Debug)]
struct Conv2d {
    conv: Conv,
    weight: Weight,
    bias: Option<ParamId>,
}

/// The fields `stride`, `padding` and `groups`.
pub(super) fn conv(f: &Fields<'_>) -> Result<Conv, LayerError> {
    let (stride, padding) = (f.pair("stride", Some([1; 2]), 1)?, f.pair("padding", Some([0; 2]), 0)?);
    Ok(Conv { stride, padding, groups: f.count_or("groups", 1)? })
}

/// The rule for the weights, from the field `init`.
pub(super) fn start(f: &Fields<'_>) -> Result<Box<dyn Init>, LayerError> {
    init::from_fields(f, "init", "xavier")
}

impl Module for Conv2d {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        biased(cx, x.conv2d(self.weight.var(cx), self.conv), self.bias)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "conv2d",
    doc: "convolution of a picture. channels, kernel; stride (1), padding (0), groups (1), init (xavier), bias (true), bias_init (0), \
          max_column_norm, spectral_norm (false)",
    build: |f, b| {
        let (channels, [kh, kw]) = (f.count("channels")?, f.pair("kernel", None, 1)?);
        let conv = conv(f)?;
        let inputs = b.input().get(2).copied().unwrap_or(0);
        let shape = [kh, kw, inputs / conv.groups, channels];
        let output = behind(f, b, |x| x.conv2d(x.graph().input("weight", shape), conv))?;
        let weight = Weight::build(f, b, ("weight", shape.into(), 3), &*start(f)?)?;
        weight.constrain(f, b)?;
        Built::new(Conv2d { conv, weight, bias: bias(f, b, channels)? }, output)
    },
    cases: || {
        let layer = |channels: usize, kernel: usize| Spec::new("conv2d").with("channels", channels).with("kernel", kernel);
        vec![
            Case::new(layer(2, 3), [4, 5, 3], [2, 3, 2]),
            Case::new(layer(3, 4).with("stride", 2).with("padding", 1), [4, 6, 1], [2, 3, 3]),
            Case::new(
                layer(4, 3).with("groups", 2).with("padding", vec![1, 0]).with("stride", vec![2, 1]).with("bias", false),
                [3, 4, 2],
                [2, 2, 4],
            ),
            Case::new(layer(2, 1).with("bias_init", 0.5), [2, 1, 3], [2, 1, 2]),
        ]
    },
};
