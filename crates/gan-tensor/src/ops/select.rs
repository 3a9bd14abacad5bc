//! A choice, element by element.

use gan_kernels::map;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `a` where the condition is not 0, `b` where it is; NaN where it is NaN. Operands `condition, a, b` of one shape.
#[derive(Debug, Clone, Copy)]
struct Select;

impl Op for Select {
    fn name(&self) -> &'static str {
        "select"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        if ins.iter().all(|s| *s == ins[0]) {
            return Ok(vec![ins[0]]);
        }
        Err("condition and choices must be equal or stretch (a size of 1) to one shape".to_owned())
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        map::ternary(cx.team, io.x(0), io.x(1), io.x(2), io.out(0), |c, a, b| {
            if c == E::ZERO {
                b
            } else if c.abs() > E::ZERO {
                a
            } else {
                c
            }
        });
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        // a choice, not a product: what was not chosen may be infinite
        let choose = |ct: Var<'g>, first: bool| {
            let zero = ct.graph.constant(0.0, ct.shape());
            let (a, b) = if first { (ct, zero) } else { (zero, ct) };
            ct.graph.push(Select, &[ins[0], a, b])
        };
        vec![None, cts[0].map(|ct| choose(ct, true)), cts[0].map(|ct| choose(ct, false))]
    }
}

impl<'g> Var<'g> {
    /// `a` where this is not 0, `b` where it is, broadcast; NaN where this is NaN. No gradient flows to what
    /// was not chosen, nor to the condition.
    #[track_caller]
    pub fn select(self, a: Var<'g>, b: Var<'g>) -> Var<'g> {
        let all = self.shape().broadcast(&a.shape()).and_then(|s| s.broadcast(&b.shape()));
        match all {
            Some(shape) => self.graph.push(Select, &[self.expand(shape), a.expand(shape), b.expand(shape)]),
            None => self.graph.push(Select, &[self, a, b]),
        }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "select",
    doc: "A choice, element by element.",
    cases: || {
        let case = |a: &[usize], b: &[usize]| {
            Case::many(&[(&[3, 5], Domain::Index(2)), (a, Domain::Real), (b, Domain::Real)], |x| {
                vec![x[0].select(x[1].square(), x[2])]
            })
        };
        vec![case(&[3, 5], &[3, 5]), case(&[5], &[]), case(&[3, 1], &[2, 3, 5])]
    },
};
