//! The same values under another shape.

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

#[derive(Debug, Clone, Copy)]
struct Reshape {
    to: Shape,
}

impl Op for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        // (two sizes too large to count are not equal)
        if ins[0].len() == self.to.len() && Shape::new(&self.to).is_ok() {
            return Ok(vec![self.to]);
        }
        Err(format!("{} holds {} values, {} holds {}", ins[0], ins[0].len(), self.to, self.to.len()))
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, _: &Cx<'_>) {
        io.out_from(0, 0);
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.reshape(ins[0].shape()))]
    }
    fn is_view(&self) -> bool {
        true
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl<'g> Var<'g> {
    /// The same values, row-major, under another shape; costs nothing in a plan.
    #[track_caller]
    pub fn reshape(self, to: impl Into<Shape>) -> Var<'g> {
        let to = to.into();
        if to == self.shape() { self } else { self.graph.push(Reshape { to }, &[self]) }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "reshape",
    doc: "The same values under another shape.",
    cases: || vec![Case::unary(Domain::Real, |x| x.reshape([x.shape()[1], x.shape()[0]]).square())],
};
