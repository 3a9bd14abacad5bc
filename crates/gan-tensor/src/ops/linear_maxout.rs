//! Fused: product, bias and maxout.

use gan_kernels::{gemm, maxout};

use super::matmul::MatMul;
use super::maxout::{Maxout, sizes};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `maxout(a b + bias)` and the winners; operands `a`, `b` and, where there is one, `bias`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinearMaxout {
    pub product: MatMul,
    pub pieces: usize,
}

impl Op for LinearMaxout {
    fn name(&self) -> &'static str {
        "linear+maxout"
    }
    fn results(&self) -> usize {
        2
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let (m, n, _) = self.product.sizes(&ins[0], &ins[1])?;
        let (rows, units) = sizes(&[m, n].into(), self.pieces)?;
        match ins.get(2) {
            Some(bias) if bias.len() != n => Err(format!("a bias of {n} values is expected, found {bias}")),
            _ => Ok(vec![[rows, units].into(); 2]),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok((m, n, k)) = self.product.sizes(&io.in_shape(0), &io.in_shape(1)) else { return };
        let (a, b) = self.product.operands(io);
        let (bias, units) = (io.x(2), n / self.pieces);
        let before = &mut io.scratch()[..m * n];
        gemm::gemm(cx.team, (m, n, k), a, b, before);
        maxout::forward(cx.team, before, bias, self.pieces, units, io.out(0), io.out(1));
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let product = ins[0].graph.push(self.product, &ins[..2]);
        let sum = ins.get(2).map_or(product, |&bias| product + bias);
        Some(ins[0].graph.push_many(Maxout { pieces: self.pieces }, &[sum]))
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        self.product.sizes(&ins[0], &ins[1]).map_or(0, |(m, n, _)| m * n)
    }
    fn flops(&self, ins: &[Shape], outs: &[Shape]) -> u64 {
        Op::flops(&self.product, ins, outs) + (2 * self.pieces * outs[0].len()) as u64
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "linear_maxout",
    doc: "Fused: product, bias and maxout.",
    cases: || {
        let operands: &[(&[usize], Domain)] = &[(&[3, 4], Domain::Real), (&[4, 10], Domain::Real), (&[10], Domain::Real)];
        vec![Case::many(operands, plain), Case::many(&operands[..2], plain)]
    },
};

fn plain<'g>(x: &[Var<'g>]) -> Vec<Var<'g>> {
    let product = MatMul::new(false, false);
    let both = x[0].graph.push_many(LinearMaxout { product, pieces: 5 }, x);
    vec![both[0].square()]
}
