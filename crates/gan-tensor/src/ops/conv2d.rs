//! Two-dimensional convolutions of channels-last pictures.

use gan_kernels::conv::{self, Geometry};

use super::conv_transpose2d::ConvTranspose2d;
use super::conv2d_weight::Conv2dWeight;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// How the kernel of a convolution moves over a picture; `[down, right]` each.
///
/// ```
/// use gan_tensor::{Conv, Graph};
/// let g = Graph::new();
/// let x = g.input("x", [64, 32, 32, 3]);
/// let w = g.input("w", [4, 4, 3, 16]);
/// let y = x.conv2d(w, Conv { stride: [2, 2], padding: [1, 1], ..Conv::default() });
/// assert_eq!(y.shape()[..], [64, 16, 16, 16]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv {
    /// Steps of the kernel.
    pub stride: [usize; 2],
    /// Zeros on each side of the picture.
    pub padding: [usize; 2],
    /// Groups that the channels fall into, each convolved by itself: as many as channels make it depthwise.
    pub groups: usize,
}

impl Default for Conv {
    /// Steps of one pixel, no padding, one group.
    fn default() -> Conv {
        Conv { stride: [1, 1], padding: [0, 0], groups: 1 }
    }
}

impl Conv {
    /// The sizes of the convolution of `[n, h, w, cin]` with `[kh, kw, cin / groups, cout]`.
    pub(super) fn geometry(&self, x: &[usize], w: &[usize]) -> Result<Geometry, String> {
        let (&[batch, height, width, inputs], &[kh, kw, depth, outputs]) = (x, w) else {
            return Err("expected pictures [batch, height, width, channels] and weights [kernel height, kernel width, \
                        in channels / groups, out channels]"
                .to_owned());
        };
        let (stride, padding, groups) = (self.stride, self.padding, self.groups);
        if groups == 0 || !inputs.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
            return Err(format!("{groups} groups do not divide {inputs} channels in and {outputs} channels out"));
        }
        if depth != inputs / groups {
            return Err(format!("weights for {depth} channels in a group, found {inputs} channels in {groups} groups"));
        }
        let (input, kernel) = ([height, width], [kh, kw]);
        let size = |d: usize| conv::output_size(input[d], kernel[d], stride[d], padding[d]);
        let (Some(oh), Some(ow)) = (size(0), size(1)) else {
            let fault =
                if kernel.contains(&0) || stride.contains(&0) { "kernel and stride must be at least 1" } else { "does not fit" };
            return Err(format!("kernel {kernel:?}, stride {stride:?}, padding {padding:?} on pictures of {input:?}: {fault}"));
        };
        Ok(Geometry { batch, input, output: [oh, ow], channels: [inputs, outputs], kernel, stride, padding, groups })
    }
}

/// The shape of a convolution's output.
pub(super) fn output(g: &Geometry) -> Shape {
    [g.batch, g.output[0], g.output[1], g.channels[1]].into()
}

/// What the convolution and each of its gradients cost: a multiply-add for each output and each weight that it sees, also
/// where the weight meets the padding.
pub(super) fn flops(g: &Geometry) -> u64 {
    let terms = g.kernel[0] * g.kernel[1] * g.channels[0] / g.groups;
    2 * (output(g).len() * terms) as u64
}

/// Operands `x: [n, h, w, cin]` and `w: [kh, kw, cin / groups, cout]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conv2d(pub Conv);

impl Op for Conv2d {
    fn name(&self) -> &'static str {
        "conv2d"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        self.0.geometry(&ins[0], &ins[1]).map(|g| vec![output(&g)])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        if let Ok(g) = self.0.geometry(&io.in_shape(0), &io.in_shape(1)) {
            conv::forward(cx.team, &g, io.x(0), io.x(1), io.out(0), io.scratch());
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let Some(ct) = cts[0] else { return vec![None, None] };
        let (x, w) = (ins[0].shape(), ins[1].shape());
        let dx = ct.graph.push(ConvTranspose2d { conv: self.0, size: [x[1], x[2]] }, &[ct, ins[1]]);
        let dw = ct.graph.push(Conv2dWeight { conv: self.0, kernel: [w[0], w[1]] }, &[ins[0], ct]);
        vec![Some(dx), Some(dw)]
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        self.0.geometry(&ins[0], &ins[1]).map_or(0, |g| conv::forward_scratch(&g))
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        self.0.geometry(&ins[0], &ins[1]).map_or(0, |g| flops(&g))
    }
}

impl<'g> Var<'g> {
    /// The convolution of pictures `[n, h, w, cin]` with weights `w: [kh, kw, cin / groups, cout]`:
    /// `y[b, i, j, o] = sum over p, q, c of x[b, i sh + p - ph, j sw + q - pw, c] w[p, q, c, o]`, of shape
    /// `[n, (h + 2 ph - kh) / sh + 1, (w + 2 pw - kw) / sw + 1, cout]`.
    #[track_caller]
    pub fn conv2d(self, w: Var<'g>, conv: Conv) -> Var<'g> {
        self.graph.push(Conv2d(conv), &[self, w])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "conv2d",
    doc: "Two-dimensional convolutions.",
    cases: || {
        let case = |x: &[usize], w: &[usize], f| Case::many(&[(x, Domain::Real), (w, Domain::Real)], f);
        vec![
            case(&[5, 1, 1, 3], &[1, 1, 3, 2], |x| vec![x[0].conv2d(x[1], Conv::default())]),
            case(&[1, 4, 5, 2], &[3, 3, 2, 3], |x| vec![x[0].conv2d(x[1], Conv { padding: [1, 1], ..Conv::default() })]),
            case(&[2, 4, 4, 2], &[4, 4, 2, 2], |x| vec![x[0].conv2d(x[1], Conv { stride: [2, 2], padding: [1, 1], groups: 1 })]),
            case(&[1, 7, 5, 2], &[3, 2, 2, 2], |x| {
                vec![x[0].conv2d(x[1], Conv { stride: [3, 2], padding: [2, 0], groups: 1 }).square()]
            }),
            case(&[2, 5, 4, 4], &[2, 3, 2, 4], |x| vec![x[0].conv2d(x[1], Conv { stride: [2, 1], padding: [0, 1], groups: 2 })]),
            // depthwise, with a multiplier
            case(&[1, 4, 4, 3], &[3, 3, 1, 6], |x| {
                vec![x[0].conv2d(x[1], Conv { groups: 3, padding: [1, 1], ..Conv::default() })]
            }),
            // steps over pixels that no kernel sees
            case(&[1, 5, 7, 2], &[1, 2, 2, 2], |x| vec![x[0].conv2d(x[1], Conv { stride: [2, 3], ..Conv::default() })]),
            // a kernel larger than the picture
            case(&[2, 2, 1, 1], &[5, 3, 1, 2], |x| vec![x[0].conv2d(x[1], Conv { padding: [2, 1], ..Conv::default() })]),
            case(&[1, 3, 5, 1], &[2, 2, 1, 1], |x| vec![x[0].conv2d(x[1], Conv { padding: [1, 0], ..Conv::default() })]),
        ]
    },
};
