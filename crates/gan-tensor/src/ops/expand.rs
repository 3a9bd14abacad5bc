//! Repetition along dimensions: the transpose of a sum.

use gan_kernels::strided::{self, Layout};

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

#[derive(Debug, Clone, Copy)]
struct Expand {
    to: Shape,
}

impl Op for Expand {
    fn name(&self) -> &'static str {
        "expand"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        if ins[0].broadcast(&self.to) == Some(self.to) {
            return Ok(vec![self.to]);
        }
        Err(format!("{} does not stretch to {}", ins[0], self.to))
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let layout = Layout { offset: 0, strides: io.in_shape(0).strides_in(&self.to) };
        strided::copy(cx.team, &self.to, io.x(0), &layout, io.out(0));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.sum_to(ins[0].shape()))]
    }
    fn any_order(&self, ins: &[Shape]) -> bool {
        ins[0].len() == 1
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl<'g> Var<'g> {
    /// Repeats the values along dimensions of size 1 (and new leading ones) to fill `to`.
    #[track_caller]
    pub fn expand(self, to: impl Into<Shape>) -> Var<'g> {
        let to = to.into();
        if to == self.shape() { self } else { self.graph.push(Expand { to }, &[self]) }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "expand",
    doc: "Repetition along dimensions.",
    cases: || {
        let to = |from: &[usize]| {
            Case::many(&[(from, Domain::Real), (&[2, 3, 4], Domain::Real)], |x| vec![x[0].expand(x[1].shape()) * x[1]])
        };
        vec![to(&[2, 3, 1]), to(&[3, 4]), to(&[1, 1, 4]), to(&[]), to(&[2, 1, 4])]
    },
};
