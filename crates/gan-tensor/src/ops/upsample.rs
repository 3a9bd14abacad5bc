//! Pictures enlarged by a whole number.

use gan_kernels::bilinear;
use gan_kernels::pooling::{Windows, sum};

use super::max_pool::{pictures, sizes};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// How the new pixels are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Nearest,
    Bilinear,
}

/// The shape of pictures of shape `x` enlarged.
fn enlarged(x: &Shape, factor: usize) -> Result<Shape, String> {
    let [n, height, width, channels] = pictures(x)?;
    if factor == 0 {
        return Err("pictures are enlarged by a factor of at least 1, not 0".to_owned());
    }
    let sizes = [n, height.saturating_mul(factor), width.saturating_mul(factor), channels];
    Shape::new(&sizes).map_err(|e| e.to_string())
}

/// The shape of pictures of which enlarged ones have shape `x`.
pub(super) fn reduced(x: &Shape, factor: usize) -> Result<Shape, String> {
    let [_, height, width, _] = pictures(x)?;
    if factor == 0 || height % factor != 0 || width % factor != 0 {
        return Err(format!("expected height and width to be multiples of {factor}, found {x}"));
    }
    Ok(x.with(1, height / factor).with(2, width / factor))
}

/// Blocks of `factor` x `factor` pixels, side by side.
fn blocks(factor: usize) -> Windows {
    Windows { kernel: [factor; 2], stride: [factor; 2], padding: [0; 2] }
}

/// `[n, height, width, channels] -> [n, factor height, factor width, channels]`.
#[derive(Debug, Clone, Copy)]
struct Upsample {
    factor: usize,
    mode: Mode,
}

impl Op for Upsample {
    fn name(&self) -> &'static str {
        match self.mode {
            Mode::Nearest => "upsample_nearest",
            Mode::Bilinear => "upsample_bilinear",
        }
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        enlarged(&ins[0], self.factor).map(|s| vec![s])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        match self.mode {
            _ if io.out_shape(0).is_empty() => {}
            // every pixel is the sum of the one block that holds it
            Mode::Nearest => sum::spread(cx.team, &blocks(self.factor), sizes(io.out_shape(0)), E::ONE, io.x(0), io.out(0)),
            Mode::Bilinear => bilinear::forward(cx.team, sizes(io.in_shape(0)), self.factor, io.x(0), io.out(0)),
        }
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.graph.push(Transposed(*self), &[ct]))]
    }
    fn flops(&self, _: &[Shape], outs: &[Shape]) -> u64 {
        if self.mode == Mode::Nearest { 0 } else { 7 * outs[0].len() as u64 }
    }
}

/// The transpose of [`Upsample`]: each pixel gets what its enlarged ones have, in the same shares.
#[derive(Debug, Clone, Copy)]
struct Transposed(Upsample);

impl Op for Transposed {
    fn name(&self) -> &'static str {
        match self.0.mode {
            Mode::Nearest => "upsample_nearest_transposed",
            Mode::Bilinear => "upsample_bilinear_transposed",
        }
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        reduced(&ins[0], self.0.factor).map(|s| vec![s])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let factor = self.0.factor;
        match self.0.mode {
            _ if io.out_shape(0).is_empty() => {}
            Mode::Nearest => sum::forward(cx.team, &blocks(factor), sizes(io.in_shape(0)), E::ONE, io.x(0), io.out(0)),
            Mode::Bilinear => bilinear::transposed(cx.team, sizes(io.out_shape(0)), factor, io.x(0), io.out(0)),
        }
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.graph.push(self.0, &[ct]))]
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        if self.0.mode == Mode::Nearest { ins[0].len() as u64 } else { 8 * ins[0].len() as u64 }
    }
}

impl<'g> Var<'g> {
    /// Pictures enlarged by repeating each pixel: `[n, height, width, channels] -> [n, factor height, factor width, channels]`.
    #[track_caller]
    pub fn upsample_nearest(self, factor: usize) -> Var<'g> {
        self.graph.push(Upsample { factor, mode: Mode::Nearest }, &[self])
    }

    /// Pictures enlarged by linear interpolation in both directions: `[n, height, width, channels] -> [n, factor height, factor
    /// width, channels]`. Pixels are squares whose centres are compared: new pixel `o` lies at `(o + 1/2) / factor - 1/2` among the old
    /// ones, held within the picture (`align_corners = False` of PyTorch).
    #[track_caller]
    pub fn upsample_bilinear(self, factor: usize) -> Var<'g> {
        self.graph.push(Upsample { factor, mode: Mode::Bilinear }, &[self])
    }

    /// Pictures reduced by linear interpolation in both directions, without aliasing: `[n, factor height, factor width, channels] ->
    /// [n, height, width, channels]`. The transpose of [`upsample_bilinear`](Var::upsample_bilinear) over `factor^2`: each new pixel
    /// is a mean with the triangle of that interpolation for weights, `[1 3 3 1] / 8` in each direction for a factor of 2, the
    /// picture's edge repeated.
    #[track_caller]
    pub fn downsample_bilinear(self, factor: usize) -> Var<'g> {
        let sum = self.graph.push(Transposed(Upsample { factor, mode: Mode::Bilinear }), &[self]);
        sum * (1.0 / (factor * factor).max(1) as f64)
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "upsample",
    doc: "Pictures enlarged by a whole number.",
    cases: || {
        vec![
            Case::many(&[(&[2, 3, 4, 3], Domain::Real)], |x| {
                vec![x[0].upsample_nearest(2).square(), x[0].upsample_bilinear(2).square()]
            }),
            Case::many(&[(&[2, 1, 3, 1], Domain::Real)], |x| {
                vec![x[0].upsample_nearest(3).square(), x[0].upsample_bilinear(3).square()]
            }),
            Case::many(&[(&[2, 4, 6, 1], Domain::Real)], |x| {
                let transposed = |mode| x[0].graph.push(Transposed(Upsample { factor: 2, mode }), x).square();
                vec![transposed(Mode::Nearest), transposed(Mode::Bilinear)]
            }),
        ]
    },
};
