//! The convolutional layer.

use gan_tensor::{Conv, Var};

use super::picture::behind;
use super::{Built, Case, LayerEntry};
use crate::module::{Build, Cx};
use crate::{Fields, Init, Kind, LayerError, Module, ParamId, Spec, init};

/// `y = x * w + b` on pictures `[height, width, channels]` with `w: [kh, kw, in / groups, channels]`.
#[derive(Debug)]
struct Conv2d {
    conv: Conv,
    weight: ParamId,
    bias: Option<ParamId>,
}

/// The fields `stride`, `padding` and `groups`.
pub(super) fn conv(f: &Fields<'_>) -> Result<Conv, LayerError> {
    let (stride, padding) = (f.pair("stride", Some([1; 2]), 1)?, f.pair("padding", Some([0; 2]), 0)?);
    Ok(Conv { stride, padding, groups: f.count_or("groups", 1)? })
}

/// The bias of each channel, from the fields `bias` and `bias_init`.
pub(super) fn bias(f: &Fields<'_>, b: &mut Build<'_>, channels: usize) -> Result<Option<ParamId>, LayerError> {
    if !f.bool_or("bias", true)? {
        return Ok(None); // and a bias_init is refused, as nothing would read it
    }
    let start = init::Constant(f.f64_or("bias_init", 0.0)?);
    b.param("bias", [channels], Kind::Trainable, &start).map(Some)
}

/// Adds the bias, if there is one, to each pixel.
pub(super) fn biased<'g>(cx: &Cx<'g, '_>, y: Var<'g>, bias: Option<ParamId>) -> Var<'g> {
    bias.map_or(y, |b| y + cx.param(b))
}

/// The rule for the weights, from the field `init`.
pub(super) fn start(f: &Fields<'_>) -> Result<Box<dyn Init>, LayerError> {
    init::from_fields(f, "init", "xavier")
}

impl Module for Conv2d {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        biased(cx, x.conv2d(cx.param(self.weight), self.conv), self.bias)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "conv2d",
    doc: "convolution of a picture. channels, kernel; stride (1), padding (0), groups (1), init (xavier), bias (true), bias_init (0), \
          max_column_norm",
    build: |f, b| {
        let (channels, [kh, kw]) = (f.count("channels")?, f.pair("kernel", None, 1)?);
        let conv = conv(f)?;
        let inputs = b.input().get(2).copied().unwrap_or(0);
        let shape = [kh, kw, inputs / conv.groups, channels];
        let output = behind(f, b, |x| x.conv2d(x.graph().input("weight", shape), conv))?;
        let weight = b.param("weight", shape, Kind::Trainable, &*start(f)?)?;
        b.constrain(weight, f.optional_positive("max_column_norm")?);
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
