//! The transposed convolutional layer: what a generator enlarges pictures with.

use gan_tensor::{Conv, Shape, Var, derive};

use super::conv2d::{conv, start};
use super::linear::{bias, biased};
use super::picture::behind;
use super::weight::Weight;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Init, Module, ParamId, Spec};

/// Each pixel of `[height, width, in]` writes the kernel `w: [kh, kw, channels / groups, in]`, weighted, to its place; then a
/// bias is added.
///
/// The weight is that of the convolution whose input's gradient this is.
#[derive(Debug)]
struct ConvTranspose2d {
    conv: Conv,
    output_padding: [usize; 2],
    weight: Weight,
    bias: Option<ParamId>,
}

impl Module for ConvTranspose2d {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        biased(cx, x.conv_transpose2d(self.weight.var(cx), self.conv, self.output_padding), self.bias)
    }
}

/// Initial values of a transposed convolution.
///
/// With a stride a pixel of the result draws from every `stride`-th tap only, and which ones is a matter of its phase: each
/// phase is a convolution of its own, with as many inputs as those taps have, and is given the values of one.
#[derive(Debug)]
struct ByPhase<'a> {
    init: &'a dyn Init,
    stride: [usize; 2],
    groups: usize,
}

impl Init for ByPhase<'_> {
    fn fill(&self, shape: &Shape, seed: u64, out: &mut [f32]) {
        let (&[kh, kw, depth, inputs], [sh, sw]) = (&shape[..], self.stride) else { return self.init.fill(shape, seed, out) };
        let (width, outputs) = (inputs / self.groups, depth * self.groups);
        for (a, b) in (0..sh.min(kh)).flat_map(|a| (0..sw.min(kw)).map(move |b| (a, b))) {
            let (down, right) = ((kh - a).div_ceil(sh), (kw - b).div_ceil(sw));
            let mut values = vec![0.0; down * right * width * outputs];
            self.init.fill(&[down, right, width, outputs].into(), derive(seed, &format!("phase {a} {b}")), &mut values);
            for (at, &value) in values.iter().enumerate() {
                let (tap, c, o) = (at / (width * outputs), at / outputs % width, at % outputs);
                let (p, q) = (a + tap / right * sh, b + tap % right * sw);
                out[((p * kw + q) * depth + o % depth) * inputs + o / depth * width + c] = value;
            }
        }
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "conv_transpose2d",
    doc: "transposed convolution, which enlarges a picture. channels, kernel; stride (1), padding (0), output_padding (0), groups (1), \
          init (xavier), bias (true), bias_init (0), spectral_norm (false)",
    build: |f, b| {
        let (channels, [kh, kw]) = (f.count("channels")?, f.pair("kernel", None, 1)?);
        let (conv, output_padding) = (conv(f)?, f.pair("output_padding", Some([0; 2]), 0)?);
        let inputs = b.input().get(2).copied().unwrap_or(0);
        if !channels.is_multiple_of(conv.groups) {
            return Err(f.fault("groups", "a divisor of the channels", conv.groups));
        }
        let shape = [kh, kw, channels / conv.groups, inputs];
        let output = behind(f, b, |x| x.conv_transpose2d(x.graph().input("weight", shape), conv, output_padding))?;
        let init = ByPhase { init: &*start(f)?, stride: conv.stride, groups: conv.groups };
        let weight = Weight::build(f, b, ("weight", shape.into(), 2), &init)?;
        Built::new(ConvTranspose2d { conv, output_padding, weight, bias: bias(f, b, channels)? }, output)
    },
    cases: || {
        let layer =
            |channels: usize, kernel: usize| Spec::new("conv_transpose2d").with("channels", channels).with("kernel", kernel);
        vec![
            Case::new(layer(2, 3), [1, 2, 3], [3, 4, 2]),
            Case::new(layer(3, 4).with("stride", 2).with("padding", 1), [2, 2, 1], [4, 4, 3]),
            Case::new(
                layer(4, 3)
                    .with("groups", 2)
                    .with("padding", vec![1, 0])
                    .with("stride", vec![2, 1])
                    .with("output_padding", vec![1, 0])
                    .with("bias", false),
                [2, 2, 2],
                [4, 4, 4],
            ),
        ]
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::{He, Sparse};

    #[test]
    fn each_phase_starts_as_a_convolution_of_its_own() {
        // 3 x 3 taps, steps of 2: phases of 4, 2, 2 and 1 taps
        let (shape, stride): (Shape, _) = ([3, 3, 40, 60].into(), [2, 2]);
        let mut w = vec![f32::NAN; shape.len()];
        ByPhase { init: &He { gain: 1.0 }, stride, groups: 2 }.fill(&shape, 1, &mut w);
        for (p, q) in (0..9).map(|t| (t / 3, t % 3)) {
            let tap = &w[(p * 3 + q) * 2400..][..2400];
            let taps = [2, 1][p % 2] * [2, 1][q % 2];
            let variance = tap.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / 2400.0;
            let expected = 2.0 / f64::from(taps * 30);
            assert!((variance / expected - 1.0).abs() < 0.15, "tap {p} {q}: {variance} instead of {expected}");
        }
        // every output channel of every phase has its connections
        ByPhase { init: &Sparse { nonzero: 5, std: 1.0 }, stride, groups: 2 }.fill(&shape, 1, &mut w);
        for (group, channel) in (0..80).map(|o| (o / 40, o % 40)) {
            let of_tap = |t: usize| &w[(t * 40 + channel) * 60 + group * 30..][..30];
            let count = |taps: &[usize]| taps.iter().flat_map(|&t| of_tap(t)).filter(|&&x| x != 0.0).count();
            assert_eq!([&[0, 2, 6, 8][..], &[1, 7], &[3, 5], &[4]].map(count), [5; 4]);
        }
    }
}
