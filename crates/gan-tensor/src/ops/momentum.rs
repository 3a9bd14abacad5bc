//! Fused: gradient descent with momentum (Polyak 1964; Nesterov 1983 as in Sutskever et al. 2013).

use gan_kernels::update;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Graph, Io, Op, Shape, Var};

/// `v' = mu v - lr g`, `w' = w + v'` (or `w + mu v' - lr g`), and the sum of squared changes of `w`.
/// Operands `w, v, g, lr, mu`; results `w', v', [1]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Momentum {
    pub nesterov: bool,
}

impl Momentum {
    /// The rule with the learning rate and momentum that stand from operand `at` on.
    pub fn numbers<E: Element>(&self, io: &Io<'_, E>, at: usize) -> update::Momentum<E> {
        update::Momentum { lr: io.x(at)[0], mu: io.x(at + 1)[0], nesterov: self.nesterov }
    }
}

impl Op for Momentum {
    fn name(&self) -> &'static str {
        "momentum"
    }
    fn results(&self) -> usize {
        3
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let scalars = ins[3].len() == 1 && ins[4].len() == 1;
        if ins[0] == ins[1] && ins[0] == ins[2] && scalars {
            return Ok(vec![ins[0], ins[0], Shape::SCALAR]);
        }
        Err("weight, velocity and gradient must have one shape; learning rate and momentum are scalars".to_owned())
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (w, v, g) = (io.out_from(0, 0), io.out_from(1, 1), io.x(2));
        io.out(2)[0] = update::momentum(cx.team, w, v, g, self.numbers(io, 3));
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let [w, v, g, lr, mu] = *ins else { return None };
        let v = mu * v - lr * g;
        let change = if self.nesterov { mu * v - lr * g } else { v };
        Some(vec![w + change, v, change.square().sum()])
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0), (1, 1)]
    }
    fn any_order(&self, _: &[Shape]) -> bool {
        true
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        6 * ins[0].len() as u64
    }
}

/// What a momentum step yields.
#[derive(Debug, Clone, Copy)]
pub struct MomentumStep<'g> {
    /// The new weight.
    pub weight: Var<'g>,
    /// The new velocity.
    pub velocity: Var<'g>,
    /// Sum of the squared changes of the weight.
    pub squared_change: Var<'g>,
}

impl Graph {
    /// A step of gradient descent with momentum: `v' = mu v - lr g`, `w' = w + v'`; with `nesterov`,
    /// `w' = w + mu v' - lr g`.
    #[track_caller]
    pub fn momentum<'g>(
        &'g self,
        w: Var<'g>,
        v: Var<'g>,
        g: Var<'g>,
        lr: Var<'g>,
        mu: Var<'g>,
        nesterov: bool,
    ) -> MomentumStep<'g> {
        let r = self.push_many(Momentum { nesterov }, &[w, v, g, lr, mu]);
        MomentumStep { weight: r[0], velocity: r[1], squared_change: r[2] }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "momentum",
    doc: "Fused: gradient descent with momentum.",
    cases: || {
        let all: &[(&[usize], Domain)] = &[
            (&[3, 5], Domain::Real),
            (&[3, 5], Domain::Real),
            (&[3, 5], Domain::Real),
            (&[], Domain::Positive),
            (&[], Domain::Positive),
        ];
        vec![Case::many(all, |x| step(x, false)), Case::many(all, |x| step(x, true))]
    },
};

fn step<'g>(x: &[Var<'g>], nesterov: bool) -> Vec<Var<'g>> {
    let s = x[0].graph.momentum(x[0], x[1], x[2], x[3], x[4], nesterov);
    vec![s.weight, s.velocity, s.squared_change]
}
