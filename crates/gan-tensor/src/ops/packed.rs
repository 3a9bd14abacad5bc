//! Matrices kept as panels of columns ([`gan_kernels::panels`]): to that order and back, and what works in it.
//!
//! Plans put these in where a parameter is kept so; a trace has row-major matrices only. A packed value has the shape of the
//! matrix.

use gan_kernels::panels;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// A matrix in the other order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repack {
    /// From row-major to panels.
    Pack,
    /// From panels to row-major.
    Unpack,
}

/// That `x` is a matrix, and its shape.
fn matrix(x: Shape) -> Result<Vec<Shape>, String> {
    if x.rank() == 2 { Ok(vec![x]) } else { Err("expected a matrix".to_owned()) }
}

impl Op for Repack {
    fn name(&self) -> &'static str {
        match self {
            Repack::Pack => "pack",
            Repack::Unpack => "unpack",
        }
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        matrix(ins[0])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (shape, x, out) = (io.in_shape(0), io.x(0), io.out(0));
        match self {
            Repack::Pack => panels::pack(cx.team, shape[0], shape[1], x, out),
            Repack::Unpack => panels::unpack(cx.team, shape[0], shape[1], x, out),
        }
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        // a permutation's transpose is its inverse
        let inverse = if *self == Repack::Pack { Repack::Unpack } else { Repack::Pack };
        vec![cts[0].map(|ct| ct.graph.push(inverse, &[ct]))]
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

/// [`MaxColumnNorm`](super::column_norm::MaxColumnNorm) of a matrix that is kept as panels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackedMaxColumnNorm {
    pub max: f64,
}

impl Op for PackedMaxColumnNorm {
    fn name(&self) -> &'static str {
        "packed_max_column_norm"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        matrix(ins[0])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (shape, w) = (io.out_shape(0), io.out_from(0, 0));
        panels::max_column_norm(cx.team, shape[0], shape[1], w, E::from_f64(self.max));
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let graph = ins[0].graph;
        let bounded = graph.push(Repack::Unpack, ins).max_column_norm(self.max);
        Some(vec![graph.push(Repack::Pack, &[bounded])])
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0)]
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        3 * ins[0].len() as u64
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "packed",
    doc: "Matrices kept as panels of columns.",
    cases: || {
        let wide: &[(&[usize], Domain)] = &[(&[3, 37], Domain::Real)];
        vec![
            Case::unary(Domain::Real, |x| x.graph.push(Repack::Pack, &[x]) * x),
            Case::many(wide, |x| vec![x[0].graph.push(Repack::Pack, x) * x[0]]),
            Case::many(wide, |x| vec![x[0].graph.push(Repack::Unpack, x) * x[0]]),
            Case::many(wide, |x| vec![x[0].graph.push(PackedMaxColumnNorm { max: 1.7 }, x)]),
        ]
    },
};
