//! Zeros around: the transpose of a slice.

use super::sum::split;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `before` zeros, the operand, `after` zeros along dimension `axis`.
#[derive(Debug, Clone, Copy)]
struct Pad {
    axis: usize,
    before: usize,
    after: usize,
}

impl Op for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        match ins[0].get(self.axis) {
            Some(&size) => Ok(vec![ins[0].with(self.axis, size.saturating_add(self.before).saturating_add(self.after))]),
            None => Err(format!("axis {} does not exist: {} has {} dimensions", self.axis, ins[0], ins[0].rank())),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (_, size, inner) = split(&io.in_shape(0), self.axis, self.axis + 1);
        let (n, before) = (size * inner, self.before * inner);
        let row = n + before + self.after * inner;
        let (x, out) = (io.x(0), io.out(0));
        let rows = (gan_kernels::map::CHUNK / row.max(1)).max(1);
        cx.team.chunks(out, rows * row, |chunk, out| {
            for (r, out) in out.chunks_exact_mut(row).enumerate() {
                let (zeros, rest) = out.split_at_mut(before);
                let (own, more) = rest.split_at_mut(n);
                zeros.fill(E::ZERO);
                own.copy_from_slice(&x[(chunk * rows + r) * n..][..n]);
                more.fill(E::ZERO);
            }
        });
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let len = ins[0].shape()[self.axis];
        vec![cts[0].map(|ct| ct.slice(self.axis, self.before, len))]
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl<'g> Var<'g> {
    /// `before` zeros, these values, `after` zeros along dimension `axis`.
    #[track_caller]
    pub fn pad(self, axis: usize, before: usize, after: usize) -> Var<'g> {
        let none = before == 0 && after == 0 && axis < self.shape().rank();
        if none { self } else { self.graph.push(Pad { axis, before, after }, &[self]) }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "pad",
    doc: "Zeros around.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x.pad(0, 1, 2).square()),
            Case::unary(Domain::Real, |x| x.pad(1, 2, 0).exp()),
            Case::many(&[(&[2, 3, 4], Domain::Real)], |x| vec![x[0].pad(1, 0, 3).square()]),
        ]
    },
};
