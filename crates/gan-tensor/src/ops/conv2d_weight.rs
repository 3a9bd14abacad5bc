//! A convolution's gradient with respect to its weights.

use gan_kernels::conv::{self, Geometry};

use super::conv_transpose2d::ConvTranspose2d;
use super::conv2d::{Conv, Conv2d, flops, output};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// Operands `x: [n, h, w, cin]` and the cotangent `[n, oh, ow, cout]` of the output; the result has the shape
/// `[kh, kw, cin / groups, cout]` of the weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Conv2dWeight {
    pub conv: Conv,
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
}

impl Conv2dWeight {
    fn geometry(&self, x: &[usize], y: &[usize]) -> Result<Geometry, String> {
        let (&[_, _, _, inputs], &[_, _, _, outputs]) = (x, y) else {
            return Err("expected pictures [batch, height, width, channels] before and behind the convolution".to_owned());
        };
        let depth = inputs.checked_div(self.conv.groups).unwrap_or(0);
        let g = self.conv.geometry(x, &[self.kernel[0], self.kernel[1], depth, outputs])?;
        let expected = output(&g);
        if *y == expected[..] { Ok(g) } else { Err(format!("the convolution makes {expected}, found {y:?}")) }
    }
}

impl Op for Conv2dWeight {
    fn name(&self) -> &'static str {
        "conv2d_weight"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let [kh, kw] = self.kernel;
        self.geometry(&ins[0], &ins[1]).map(|g| vec![[kh, kw, g.channels[0] / g.groups, g.channels[1]].into()])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        if let Ok(g) = self.geometry(&io.in_shape(0), &io.in_shape(1)) {
            conv::weight_gradient(cx.team, &g, io.x(0), io.x(1), io.out(0), io.scratch());
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let Some(ct) = cts[0] else { return vec![None, None] };
        let x = ins[0].shape();
        let dx = ct.graph.push(ConvTranspose2d { conv: self.conv, size: [x[1], x[2]] }, &[ins[1], ct]);
        let dy = ct.graph.push(Conv2d(self.conv), &[ins[0], ct]);
        vec![Some(dx), Some(dy)]
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        self.geometry(&ins[0], &ins[1]).map_or(0, |g| conv::weight_gradient_scratch(&g))
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        self.geometry(&ins[0], &ins[1]).map_or(0, |g| flops(&g))
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "conv2d_weight",
    doc: "The gradient of a convolution with respect to its weights.",
    cases: || {
        fn op<'g>(x: &[Var<'g>], kernel: [usize; 2], conv: Conv) -> Vec<Var<'g>> {
            vec![x[0].graph.push(Conv2dWeight { conv, kernel }, &[x[0], x[1]])]
        }
        let case = |x: &[usize], y: &[usize], f| Case::many(&[(x, Domain::Real), (y, Domain::Real)], f);
        vec![
            case(&[5, 1, 1, 3], &[5, 1, 1, 2], |x| op(x, [1, 1], Conv::default())),
            case(&[2, 4, 5, 2], &[2, 2, 2, 3], |x| op(x, [4, 4], Conv { stride: [2, 2], padding: [1, 1], groups: 1 })),
            case(&[1, 7, 5, 2], &[1, 3, 2, 2], |x| op(x, [3, 2], Conv { stride: [3, 2], padding: [2, 0], groups: 1 })),
            case(&[1, 5, 4, 4], &[1, 2, 4, 4], |x| op(x, [2, 3], Conv { stride: [2, 1], padding: [0, 1], groups: 2 })),
            case(&[1, 4, 4, 3], &[1, 4, 4, 3], |x| op(x, [3, 3], Conv { groups: 3, padding: [1, 1], ..Conv::default() })),
        ]
    },
};
