//! Products of matrices.

use gan_kernels::gemm::{self, Matrix, Operand, Panels};

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `a b`, either operand transposed on the fly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MatMul {
    pub transpose_a: bool,
    pub transpose_b: bool,
    /// Whether `b` lies as panels of columns; only in plans.
    pub packed_b: bool,
}

impl MatMul {
    /// Rows, columns and inner dimension of the product.
    pub(crate) fn sizes(&self, a: &Shape, b: &Shape) -> Result<(usize, usize, usize), String> {
        let (&[a0, a1], &[b0, b1]) = (&a[..], &b[..]) else { return Err("both operands must be matrices".to_owned()) };
        let (m, ka) = if self.transpose_a { (a1, a0) } else { (a0, a1) };
        let (kb, n) = if self.transpose_b { (b1, b0) } else { (b0, b1) };
        if ka == kb { Ok((m, n, ka)) } else { Err(format!("inner dimensions {ka} and {kb} differ")) }
    }

    /// `a b` of row-major matrices.
    pub(crate) const fn new(transpose_a: bool, transpose_b: bool) -> MatMul {
        MatMul { transpose_a, transpose_b, packed_b: false }
    }

    /// The operands as the kernels take them.
    pub(crate) fn operands<'a, E: Element>(&self, io: &Io<'a, E>) -> (Matrix<'a, E>, Operand<'a, E>) {
        let b = io.in_shape(1);
        let right = if self.packed_b {
            Panels { data: io.x(1), rows: b[0], cols: b[1], transposed: self.transpose_b }.into()
        } else {
            Matrix::new(io.x(1), b[1], self.transpose_b).into()
        };
        (Matrix::new(io.x(0), io.in_shape(0)[1], self.transpose_a), right)
    }

    fn apply<'g>(transpose_a: bool, transpose_b: bool, a: Var<'g>, b: Var<'g>) -> Var<'g> {
        a.graph.push(MatMul::new(transpose_a, transpose_b), &[a, b])
    }

    /// Cotangents of both operands for the cotangent `g` of the product.
    pub(crate) fn cotangents<'g>(&self, a: Var<'g>, b: Var<'g>, g: Var<'g>) -> [Var<'g>; 2] {
        let mm = Self::apply;
        match (self.transpose_a, self.transpose_b) {
            (false, false) => [mm(false, true, g, b), mm(true, false, a, g)],
            (true, false) => [mm(false, true, b, g), mm(false, false, a, g)],
            (false, true) => [mm(false, false, g, b), mm(true, false, g, a)],
            (true, true) => [mm(true, true, b, g), mm(true, true, g, a)],
        }
    }
}

impl Op for MatMul {
    fn name(&self) -> &'static str {
        "matmul"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        self.sizes(&ins[0], &ins[1]).map(|(m, n, _)| vec![[m, n].into()])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        if let Ok(sizes) = self.sizes(&io.in_shape(0), &io.in_shape(1)) {
            let (a, b) = self.operands(io);
            gemm::gemm(cx.team, sizes, a, b, io.out(0));
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        match cts[0] {
            Some(ct) => self.cotangents(ins[0], ins[1], ct).map(Some).to_vec(),
            None => vec![None, None],
        }
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        self.sizes(&ins[0], &ins[1]).map_or(0, |(m, n, k)| 2 * (m * n * k) as u64)
    }
}

impl<'g> Var<'g> {
    /// The product `[m, k] [k, n] -> [m, n]`.
    #[track_caller]
    pub fn matmul(self, b: Var<'g>) -> Var<'g> {
        self.matmul_with(b, false, false)
    }

    /// The product with either operand transposed on the fly.
    #[track_caller]
    pub fn matmul_with(self, b: Var<'g>, transpose_a: bool, transpose_b: bool) -> Var<'g> {
        self.graph.push(MatMul::new(transpose_a, transpose_b), &[self, b])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "matmul",
    doc: "Products of matrices.",
    cases: || {
        let case = |a: &[usize], b: &[usize], f| Case::many(&[(a, Domain::Real), (b, Domain::Real)], f);
        vec![
            case(&[3, 4], &[4, 2], |x| vec![x[0].matmul_with(x[1], false, false)]),
            case(&[4, 3], &[4, 2], |x| vec![x[0].matmul_with(x[1], true, false)]),
            case(&[3, 4], &[2, 4], |x| vec![x[0].matmul_with(x[1], false, true)]),
            case(&[4, 3], &[2, 4], |x| vec![x[0].matmul_with(x[1], true, true)]),
        ]
    },
};
