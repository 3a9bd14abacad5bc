//! Channels to pixels and back (Shi et al. 2016, "Real-time single image and video super-resolution using an efficient
//! sub-pixel convolutional neural network", eq. 4).

use gan_kernels::shuffle;

use super::max_pool::{pictures, sizes};
use super::upsample::reduced;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `out[n, y r + i, x r + j, c] = in[n, y, x, (c r + i) r + j]`, a permutation.
#[derive(Debug, Clone, Copy)]
struct PixelShuffle {
    factor: usize,
}

impl Op for PixelShuffle {
    fn name(&self) -> &'static str {
        "pixel_shuffle"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let [n, height, width, channels] = pictures(&ins[0])?;
        let square = self.factor.saturating_mul(self.factor);
        if square == 0 || channels % square != 0 {
            return Err(format!("expected channels that are a multiple of {} x {0}, found {}", self.factor, ins[0]));
        }
        let sizes = [n, height.saturating_mul(self.factor), width.saturating_mul(self.factor), channels / square];
        Shape::new(&sizes).map(|s| vec![s]).map_err(|e| e.to_string())
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let [n, height, width, _] = sizes(io.in_shape(0));
        let channels = io.out_shape(0)[3];
        shuffle::to_pixels(cx.team, [n, height, width, channels], self.factor, io.x(0), io.out(0));
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.pixel_unshuffle(self.factor))]
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

/// The inverse of [`PixelShuffle`], which is its transpose.
#[derive(Debug, Clone, Copy)]
struct PixelUnshuffle {
    factor: usize,
}

impl Op for PixelUnshuffle {
    fn name(&self) -> &'static str {
        "pixel_unshuffle"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let small = reduced(&ins[0], self.factor)?;
        let channels = self.factor.saturating_mul(self.factor).saturating_mul(small[3]);
        Shape::new(&[small[0], small[1], small[2], channels]).map(|s| vec![s]).map_err(|e| e.to_string())
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let [n, height, width, _] = sizes(io.out_shape(0));
        let channels = io.in_shape(0)[3];
        shuffle::to_channels(cx.team, [n, height, width, channels], self.factor, io.x(0), io.out(0));
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.pixel_shuffle(self.factor))]
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl<'g> Var<'g> {
    /// Channels to pixels: `[n, height, width, channels r^2] -> [n, height r, width r, channels]` with `r` the factor,
    /// `out[n, y r + i, x r + j, c] = in[n, y, x, (c r + i) r + j]`. Channels are numbered as in PyTorch.
    #[track_caller]
    pub fn pixel_shuffle(self, factor: usize) -> Var<'g> {
        self.graph.push(PixelShuffle { factor }, &[self])
    }

    /// Pixels to channels, the inverse of [`pixel_shuffle`](Var::pixel_shuffle): `[n, height r, width r, channels] ->
    /// [n, height, width, channels r^2]`.
    #[track_caller]
    pub fn pixel_unshuffle(self, factor: usize) -> Var<'g> {
        self.graph.push(PixelUnshuffle { factor }, &[self])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "pixel_shuffle",
    doc: "Channels to pixels and back.",
    cases: || {
        vec![
            Case::many(&[(&[2, 3, 1, 8], Domain::Real)], |x| vec![x[0].pixel_shuffle(2).square()]),
            Case::many(&[(&[2, 1, 3, 9], Domain::Real)], |x| vec![x[0].pixel_shuffle(3).square()]),
            Case::many(&[(&[2, 4, 6, 2], Domain::Real)], |x| vec![x[0].pixel_unshuffle(2).square()]),
            Case::many(&[(&[2, 3, 5, 4], Domain::Real)], |x| vec![x[0].pixel_unshuffle(1).square(), x[0].pixel_shuffle(1).exp()]),
        ]
    },
};
