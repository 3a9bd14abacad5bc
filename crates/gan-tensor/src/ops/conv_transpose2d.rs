//! Transposed convolutions: a convolution's gradient with respect to its input.

use gan_kernels::conv::{self, Geometry};

use super::conv2d::{Conv, Conv2d, flops};
use super::conv2d_weight::Conv2dWeight;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// Operands `y: [n, oh, ow, cout]` and `w: [kh, kw, cin / groups, cout]`; the result has the shape `[n, h, w, cin]` of the
/// input of the convolution whose output has the shape of `y`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvTranspose2d {
    pub conv: Conv,
    /// Height and width of the result: with a stride several sizes have the same number of steps.
    pub size: [usize; 2],
}

impl ConvTranspose2d {
    /// The sizes of the convolution that it transposes.
    pub(super) fn geometry(&self, y: &[usize], w: &[usize]) -> Result<Geometry, String> {
        let (&[batch, _, _, outputs], &[_, _, depth, cout]) = (y, w) else {
            return Err("expected pictures [batch, height, width, channels] and weights [kernel height, kernel width, \
                        out channels / groups, in channels]"
                .to_owned());
        };
        if outputs != cout {
            return Err(format!("weights for {cout} channels, found {outputs}"));
        }
        let [height, width] = self.size;
        let g = self.conv.geometry(&[batch, height, width, depth.saturating_mul(self.conv.groups)], w)?;
        if y[1..3] == g.output {
            Ok(g)
        } else {
            Err(format!("a convolution of pictures of {:?} makes pictures of {:?}, found {:?}", self.size, g.output, &y[1..3]))
        }
    }
}

impl Op for ConvTranspose2d {
    fn name(&self) -> &'static str {
        "conv_transpose2d"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        self.geometry(&ins[0], &ins[1]).map(|g| vec![[g.batch, g.input[0], g.input[1], g.channels[0]].into()])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        if let Ok(g) = self.geometry(&io.in_shape(0), &io.in_shape(1)) {
            conv::input_gradient(cx.team, &g, io.x(0), io.x(1), io.out(0), io.scratch());
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let Some(ct) = cts[0] else { return vec![None, None] };
        let w = ins[1].shape();
        let dy = ct.graph.push(Conv2d(self.conv), &[ct, ins[1]]);
        let dw = ct.graph.push(Conv2dWeight { conv: self.conv, kernel: [w[0], w[1]] }, &[ct, ins[0]]);
        vec![Some(dy), Some(dw)]
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        self.geometry(&ins[0], &ins[1]).map_or(0, |g| conv::input_gradient_scratch(&g))
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        self.geometry(&ins[0], &ins[1]).map_or(0, |g| flops(&g))
    }
}

/// `(size - 1) stride - 2 padding + kernel + output_padding`.
fn size(size: usize, kernel: usize, stride: usize, padding: usize, more: usize) -> Option<usize> {
    let reach = size.checked_sub(1)?.checked_mul(stride)?.checked_add(kernel)?.checked_add(more)?;
    reach.checked_sub(padding.checked_mul(2)?)
}

impl Conv {
    /// Height and width behind a transposed convolution of pictures of `[height, width]`:
    /// `(size - 1) stride - 2 padding + kernel + output_padding`, with an output padding below the stride.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub fn transposed_size(
        &self,
        pixels: [usize; 2],
        kernel: [usize; 2],
        output_padding: [usize; 2],
    ) -> Result<[usize; 2], String> {
        let (stride, padding) = (self.stride, self.padding);
        if (0..2).any(|d| output_padding[d] >= stride[d]) {
            return Err(format!("the output padding {output_padding:?} must be smaller than the stride {stride:?}"));
        }
        let size = |d: usize| size(pixels[d], kernel[d], stride[d], padding[d], output_padding[d]);
        match (size(0), size(1)) {
            (Some(height), Some(width)) => Ok([height, width]),
            _ => Err(format!("kernel {kernel:?}, padding {padding:?} on pictures of {pixels:?}: nothing remains of a picture")),
        }
    }
}

impl<'g> Var<'g> {
    /// The transposed convolution of pictures `[n, h, w, cin]` with weights `w: [kh, kw, cout / groups, cin]`, of shape
    /// `[n, (h - 1) sh - 2 ph + kh + output_padding[0], (w - 1) sw - 2 pw + kw + output_padding[1], cout]`.
    ///
    /// Every pixel writes the kernel, weighted, at its place; where kernels overlap they add up. It is the gradient of
    /// [`conv2d`](Var::conv2d) with respect to its input, and `w` is the weight of that convolution, which leads
    /// from `cout` to `cin` channels. An output padding, below the stride, adds rows at the bottom and columns on the right: it
    /// tells apart the sizes that a convolution with that stride brings to one.
    #[track_caller]
    pub fn conv_transpose2d(self, w: Var<'g>, conv: Conv, output_padding: [usize; 2]) -> Var<'g> {
        let (x, shape) = (self.shape(), w.shape());
        let size = match (&x[..], &shape[..]) {
            (&[_, h, w, _], &[kh, kw, _, _]) => conv.transposed_size([h, w], [kh, kw], output_padding),
            // the operation says what it expects
            _ => Ok([0, 0]),
        };
        if let Err(message) = &size {
            self.graph.fail("conv_transpose2d", message, &[x, shape], std::panic::Location::caller());
        }
        let size = size.unwrap_or([0, 0]);
        self.graph.push(ConvTranspose2d { conv, size }, &[self, w])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "conv_transpose2d",
    doc: "Transposed convolutions.",
    cases: || {
        let case = |y: &[usize], w: &[usize], f| Case::many(&[(y, Domain::Real), (w, Domain::Real)], f);
        vec![
            case(&[5, 1, 1, 3], &[1, 1, 2, 3], |x| vec![x[0].conv_transpose2d(x[1], Conv::default(), [0, 0])]),
            case(&[2, 2, 3, 2], &[4, 4, 2, 2], |x| {
                vec![x[0].conv_transpose2d(x[1], Conv { stride: [2, 2], padding: [1, 1], groups: 1 }, [0, 0])]
            }),
            case(&[1, 3, 2, 2], &[3, 3, 3, 2], |x| {
                vec![x[0].conv_transpose2d(x[1], Conv { stride: [2, 2], padding: [1, 1], groups: 1 }, [1, 1]).square()]
            }),
            case(&[1, 2, 3, 2], &[3, 2, 2, 2], |x| {
                vec![x[0].conv_transpose2d(x[1], Conv { stride: [3, 2], padding: [2, 0], groups: 1 }, [2, 1])]
            }),
            case(&[1, 3, 2, 4], &[2, 3, 2, 4], |x| {
                vec![x[0].conv_transpose2d(x[1], Conv { stride: [2, 1], padding: [0, 1], groups: 2 }, [1, 0])]
            }),
            case(&[1, 3, 3, 3], &[3, 3, 1, 3], |x| {
                vec![x[0].conv_transpose2d(x[1], Conv { groups: 3, padding: [1, 1], ..Conv::default() }, [0, 0])]
            }),
            // pixels that nothing is written to
            case(&[1, 2, 3, 2], &[1, 2, 2, 2], |x| {
                vec![x[0].conv_transpose2d(x[1], Conv { stride: [2, 3], ..Conv::default() }, [1, 2])]
            }),
            case(&[2, 2, 1, 1], &[5, 3, 2, 1], |x| {
                vec![x[0].conv_transpose2d(x[1], Conv { padding: [2, 1], ..Conv::default() }, [0, 0])]
            }),
        ]
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Graph;

    #[test]
    fn every_size_comes_back() {
        for (kernel, stride, padding) in [(1, 1, 0), (3, 2, 1), (4, 2, 1), (2, 3, 0), (5, 3, 2), (3, 4, 1)] {
            let conv = Conv { stride: [stride; 2], padding: [padding; 2], groups: 1 };
            for size in kernel.max(1)..20 {
                let g = Graph::new();
                let (x, w) = (g.input("x", [1, size, size, 1]), g.input("w", [kernel, kernel, 1, 1]));
                let more = (size + 2 * padding - kernel) % stride;
                let back = x.conv2d(w, conv).conv_transpose2d(w, conv, [more; 2]);
                assert!(g.check().is_ok());
                assert_eq!(back.shape(), x.shape());
            }
        }
    }
}
