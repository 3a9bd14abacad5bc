//! Tensors one after the other.

use super::sum::split;
use super::{Case, Domain, OpEntry};
use crate::io::MAX_INS;
use crate::{Cx, Element, Graph, Io, Op, Shape, Var};

/// The operands one after the other along dimension `axis`.
#[derive(Debug, Clone, Copy)]
struct Concat {
    axis: usize,
}

impl Op for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let Some(first) = ins.first() else { return Err("expected at least one operand".to_owned()) };
        if self.axis >= first.rank() {
            return Err(format!("axis {} does not exist: {first} has {} dimensions", self.axis, first.rank()));
        }
        if ins.iter().any(|s| s.rank() != first.rank() || s.with(self.axis, 0) != first.with(self.axis, 0)) {
            return Err(format!("the operands must agree in all sizes but that of axis {}", self.axis));
        }
        let total = ins.iter().fold(0usize, |n, s| n.saturating_add(s[self.axis]));
        Ok(vec![first.with(self.axis, total)])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (_, size, inner) = split(&io.out_shape(0), self.axis, self.axis + 1);
        let row = size * inner;
        let rows = (gan_kernels::map::CHUNK / row.max(1)).max(1);
        let out = io.out(0);
        let io = &*io;
        let parts = io.in_shapes.len();
        cx.team.chunks(out, rows * row, |chunk, out| {
            for (r, out) in out.chunks_exact_mut(row).enumerate() {
                let mut at = 0;
                for i in 0..parts {
                    let n = io.in_shapes[i][self.axis] * inner;
                    out[at..at + n].copy_from_slice(&io.ins[i][(chunk * rows + r) * n..][..n]);
                    at += n;
                }
            }
        });
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let mut start = 0;
        let mut part = |x: &Var<'g>| {
            let len = x.shape()[self.axis];
            start += len;
            cts[0].map(|ct| ct.slice(self.axis, start - len, len))
        };
        ins.iter().map(&mut part).collect()
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl Graph {
    /// The tensors one after the other along dimension `axis`; any number of them.
    #[track_caller]
    pub fn concat<'g>(&'g self, xs: &[Var<'g>], axis: usize) -> Var<'g> {
        let mut xs = xs.to_vec();
        while xs.len() > MAX_INS {
            let mut joined = Vec::with_capacity(xs.len().div_ceil(MAX_INS));
            for part in xs.chunks(MAX_INS) {
                joined.push(self.push(Concat { axis }, part));
            }
            xs = joined;
        }
        self.push(Concat { axis }, &xs)
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "concat",
    doc: "Tensors one after the other.",
    cases: || {
        vec![
            Case::binary(Domain::Real, |x, y| x.graph().concat(&[x, y, x], 0).square()),
            Case::many(&[(&[3, 5], Domain::Real), (&[3, 2], Domain::Real)], |x| vec![x[0].graph().concat(x, 1).square()]),
            Case::many(&[(&[2, 3, 4], Domain::Real), (&[2, 5, 4], Domain::Real)], |x| vec![x[0].graph().concat(x, 1).exp()]),
            Case::unary(Domain::Real, |x| x.graph().concat(&[x; 30], 1).square()),
        ]
    },
};
