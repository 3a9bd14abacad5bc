//! One number, everywhere.

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// A tensor filled with one number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Constant {
    pub value: f64,
    pub shape: Shape,
}

impl Op for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }
    fn shapes(&self, _: &[Shape]) -> Result<Vec<Shape>, String> {
        Ok(vec![self.shape])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, _: &Cx<'_>) {
        io.out(0).fill(E::from_f64(self.value));
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], _: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        Vec::new()
    }
    fn any_order(&self, _: &[Shape]) -> bool {
        true
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "constant",
    doc: "One number, everywhere.",
    cases: || vec![Case::unary(Domain::Real, |x| x * x.graph().constant(2.5, x.shape()))],
};
