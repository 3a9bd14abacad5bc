//! Maxout units (Goodfellow et al. 2013, "Maxout networks", eq. 1-2).

use gan_kernels::maxout;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `[rows, pieces * units] -> [rows, units]` twice: the maximum over the pieces, and which piece it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Maxout {
    pub pieces: usize,
}

/// Rows and units of a maxout over `[rows, pieces * units]`.
pub(super) fn sizes(x: &Shape, pieces: usize) -> Result<(usize, usize), String> {
    match x[..] {
        [rows, n] if pieces > 0 && n % pieces == 0 => Ok((rows, n / pieces)),
        _ => Err(format!("expected [rows, units x {pieces} pieces], found {x}")),
    }
}

impl Op for Maxout {
    fn name(&self) -> &'static str {
        "maxout"
    }
    fn results(&self) -> usize {
        2
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        sizes(&ins[0], self.pieces).map(|(rows, units)| vec![[rows, units].into(); 2])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let units = io.out_shape(0)[1];
        maxout::forward(cx.team, io.x(0), &[], self.pieces, units, io.out(0), io.out(1));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ins[0].graph.push(Scatter { pieces: self.pieces }, &[ct, outs[1]]))]
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        ins[0].len() as u64
    }
}

/// The gradient of [`Maxout`]: to the winning piece what comes in, 0 to the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scatter {
    pub pieces: usize,
}

impl Op for Scatter {
    fn name(&self) -> &'static str {
        "maxout_scatter"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        match ins[0][..] {
            [rows, units] if ins[0] == ins[1] => Ok(vec![[rows, units * self.pieces].into()]),
            _ => Err("expected a matrix and its winners".to_owned()),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let units = io.in_shape(0)[1];
        maxout::scatter(cx.team, io.x(0), io.x(1), self.pieces, units, io.out(0));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ins[0].graph.push(Gather { pieces: self.pieces }, &[ct, ins[1]])), None]
    }
}

/// The transpose of [`Scatter`]: of each unit's pieces the one that won.
#[derive(Debug, Clone, Copy)]
struct Gather {
    pieces: usize,
}

impl Op for Gather {
    fn name(&self) -> &'static str {
        "maxout_gather"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let (rows, units) = sizes(&ins[0], self.pieces)?;
        if ins[1][..] == [rows, units] { Ok(vec![ins[1]]) } else { Err("the winners do not fit".to_owned()) }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let units = io.in_shape(1)[1];
        maxout::gather(cx.team, io.x(0), io.x(1), self.pieces, units, io.out(0));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ins[0].graph.push(Scatter { pieces: self.pieces }, &[ct, ins[1]])), None]
    }
}

impl<'g> Var<'g> {
    /// The maximum over `pieces`: `[rows, pieces * units] -> [rows, units]`, the pieces one after the other.
    #[track_caller]
    pub fn maxout(self, pieces: usize) -> Var<'g> {
        self.graph.push_many(Maxout { pieces }, &[self])[0]
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "maxout",
    doc: "Maxout units.",
    cases: || {
        vec![
            Case::many(&[(&[3, 10], Domain::Real)], |x| vec![x[0].maxout(5).square()]),
            Case::many(&[(&[4, 6], Domain::Real)], |x| vec![x[0].maxout(1), x[0].maxout(6)]),
            Case::many(&[(&[3, 4], Domain::Real), (&[3, 4], Domain::Index(3))], |x| {
                vec![x[0].graph.push(Scatter { pieces: 3 }, x).square()]
            }),
            Case::many(&[(&[3, 12], Domain::Real), (&[3, 4], Domain::Index(3))], |x| {
                vec![x[0].graph.push(Gather { pieces: 3 }, x).square()]
            }),
        ]
    },
};
