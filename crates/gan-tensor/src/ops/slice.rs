//! A part of a dimension.

use gan_kernels::strided::{self, Layout, MAX_RANK};

use super::sum::split;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// The positions `start..start + len` of dimension `axis`.
#[derive(Debug, Clone, Copy)]
struct Slice {
    axis: usize,
    start: usize,
    len: usize,
}

impl Op for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let Slice { axis, start, len } = *self;
        let Some(&size) = ins[0].get(axis) else {
            return Err(format!("axis {axis} does not exist: {} has {} dimensions", ins[0], ins[0].rank()));
        };
        if start.checked_add(len).is_none_or(|end| end > size) {
            return Err(format!("{len} positions from {start} do not lie within the {size} of axis {axis}"));
        }
        Ok(vec![ins[0].with(axis, len)])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (outer, size, inner) = split(&io.in_shape(0), self.axis, self.axis + 1);
        let mut strides = [0; MAX_RANK];
        strides[..2].copy_from_slice(&[size * inner, 1]);
        let layout = Layout { offset: self.start * inner, strides };
        strided::copy(cx.team, &[outer, self.len * inner], io.x(0), &layout, io.out(0));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let after = ins[0].shape()[self.axis] - self.start - self.len;
        vec![cts[0].map(|ct| ct.pad(self.axis, self.start, after))]
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl<'g> Var<'g> {
    /// The positions `start..start + len` of dimension `axis`.
    #[track_caller]
    pub fn slice(self, axis: usize, start: usize, len: usize) -> Var<'g> {
        let whole = start == 0 && self.shape().get(axis) == Some(&len);
        if whole { self } else { self.graph.push(Slice { axis, start, len }, &[self]) }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "slice",
    doc: "A part of a dimension.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x.slice(0, x.shape()[0] / 2, x.shape()[0].div_ceil(2)).square()),
            Case::unary(Domain::Real, |x| x.slice(1, 0, x.shape()[1] / 2).square()),
            Case::unary(Domain::Real, |x| x.slice(1, x.shape()[1], 0).square()),
            Case::many(&[(&[2, 3, 4], Domain::Real)], |x| vec![x[0].slice(1, x[0].shape()[1] / 3, x[0].shape()[1] / 2).square()]),
        ]
    },
};
