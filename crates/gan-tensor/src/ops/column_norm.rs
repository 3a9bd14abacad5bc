//! Fused: the max-norm constraint on the incoming weights of each unit (Srebro & Shraibman 2005; Goodfellow et al. 2013).

use gan_kernels::update;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// Columns of a matrix whose L2 norm exceeds `max` are shrunk to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MaxColumnNorm {
    pub max: f64,
}

impl Op for MaxColumnNorm {
    fn name(&self) -> &'static str {
        "max_column_norm"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        match ins[0].rank() {
            2 if self.max > 0.0 => Ok(vec![ins[0]]),
            2 => Err(format!("the norm must be positive, found {}", self.max)),
            _ => Err("expected a matrix".to_owned()),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (n, w) = (io.out_shape(0)[1], io.out_from(0, 0));
        update::max_column_norm(cx.team, w, n, E::from_f64(self.max), &mut io.scratch()[..n]);
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        // the bound before the root, whose slope at 0 is infinite
        let squares = ins[0].square().sum_axes(&[0]);
        let factor = self.max / squares.maximum(squares.graph.constant(self.max * self.max, [])).sqrt();
        Some(vec![ins[0] * factor])
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0)]
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        ins[0].last().copied().unwrap_or(0)
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        3 * ins[0].len() as u64
    }
}

impl<'g> Var<'g> {
    /// Shrinks each column of `[in, out]` whose L2 norm exceeds `max` to that norm.
    #[track_caller]
    pub fn max_column_norm(self, max: f64) -> Var<'g> {
        self.graph.push(MaxColumnNorm { max }, &[self])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "column_norm",
    doc: "Fused: the max-norm constraint on columns.",
    cases: || vec![Case::unary(Domain::Real, |x| x.max_column_norm(1.7)), Case::unary(Domain::Real, |x| x.max_column_norm(9.0))],
};
