//! Numbers written into the graph.

use std::sync::Arc;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Graph, Io, Op, Shape, Var};

/// A tensor of given numbers.
#[derive(Debug, Clone)]
struct Literal {
    values: Arc<[f64]>,
    shape: Shape,
}

impl Op for Literal {
    fn name(&self) -> &'static str {
        "literal"
    }
    fn shapes(&self, _: &[Shape]) -> Result<Vec<Shape>, String> {
        if self.values.len() == self.shape.len() {
            return Ok(vec![self.shape]);
        }
        Err(format!("shape {} holds {} values, found {}", self.shape, self.shape.len(), self.values.len()))
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, _: &Cx<'_>) {
        io.out(0).iter_mut().zip(&*self.values).for_each(|(o, &x)| *o = E::from_f64(x));
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], _: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        Vec::new()
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl Graph {
    /// A tensor of given numbers, row-major: a table, a grid, a filter. Data belongs into inputs.
    #[track_caller]
    pub fn literal(&self, shape: impl Into<Shape>, values: &[f64]) -> Var<'_> {
        self.push(Literal { values: values.into(), shape: shape.into() }, &[])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "literal",
    doc: "Numbers written into the graph.",
    cases: || {
        vec![Case::unary(Domain::Real, |x| {
            x * x.graph().literal([1], &[2.5]) + x.graph().literal(x.shape(), &vec![0.5; x.shape().len()])
        })]
    },
};
