//! The same values again: as a view, as a copy, and cut off from gradients.

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// The same values again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Same {
    /// As another node; costs nothing in a plan.
    Identity,
    /// In memory of their own.
    Copy,
    /// Seen as a constant by gradients; costs nothing in a plan.
    Detach,
}

impl Op for Same {
    fn name(&self) -> &'static str {
        match self {
            Same::Identity => "identity",
            Same::Copy => "copy",
            Same::Detach => "detach",
        }
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        Ok(vec![ins[0]])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, _: &Cx<'_>) {
        io.out_from(0, 0);
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].filter(|_| *self != Same::Detach)]
    }
    fn any_order(&self, _: &[Shape]) -> bool {
        true
    }
    fn is_view(&self) -> bool {
        *self != Same::Copy
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl<'g> Var<'g> {
    /// The same value, seen as a constant by gradients.
    pub fn detach(self) -> Var<'g> {
        self.graph.push(Same::Detach, &[self])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "identity",
    doc: "The same values again.",
    cases: || {
        vec![Case::unary(Domain::Real, |x| x.identity() * x), Case::unary(Domain::Real, |x| x.graph().push(Same::Copy, &[x]) * x)]
    },
};

#[cfg(test)]
mod tests {
    use crate::{Cx, Graph, Team};

    #[test]
    fn detach_stops_the_gradient() {
        let g = Graph::new();
        let x = g.input("x", [2]);
        let dx = g.grad((x * x.detach()).sum(), &[x])[0];
        let team = Team::serial();
        let out = g.eval::<f64>(&[dx], &[], &[&[3.0, 5.0]], &Cx::new(&team, 0, 0)).unwrap();
        assert_eq!(out[0].values(), [3.0, 5.0]);
    }
}
