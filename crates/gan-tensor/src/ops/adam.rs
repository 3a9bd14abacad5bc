//! Fused: Adam (Kingma & Ba 2015, algorithm 1).

use gan_kernels::update;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Graph, Io, Op, Shape, Var};

/// Operands `w, m, v, g, lr, c1, c2` with the bias corrections `c = 1 - beta^t`; results `w', m', v', [1]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adam {
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
}

impl Adam {
    /// The rule with the learning rate and corrections that stand from operand `at` on.
    pub fn numbers<E: Element>(&self, io: &Io<'_, E>, at: usize) -> update::Adam<E> {
        update::Adam {
            lr: io.x(at)[0],
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: E::from_f64(self.epsilon),
            correction1: io.x(at + 1)[0],
            correction2: io.x(at + 2)[0],
        }
    }
}

impl Op for Adam {
    fn name(&self) -> &'static str {
        "adam"
    }
    fn results(&self) -> usize {
        4
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let scalars = ins[4..].iter().all(|s| s.len() == 1);
        if ins[1..4].iter().all(|s| *s == ins[0]) && scalars {
            return Ok(vec![ins[0], ins[0], ins[0], Shape::SCALAR]);
        }
        Err("weight, moments and gradient must have one shape; the other operands are scalars".to_owned())
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (w, m, v, g) = (io.out_from(0, 0), io.out_from(1, 1), io.out_from(2, 2), io.x(3));
        io.out(3)[0] = update::adam(cx.team, w, m, v, g, self.numbers(io, 4));
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let [w, m, v, g, lr, c1, c2] = *ins else { return None };
        let m = m * self.beta1 + g * (1.0 - self.beta1);
        let v = v * self.beta2 + g * g * (1.0 - self.beta2);
        // far below epsilon squared: keeps the slope of the root finite where no gradient ever came
        let floor = v.graph.constant(1e-36, []);
        let change = lr * (m / c1) / ((v / c2).maximum(floor).sqrt() + self.epsilon);
        Some(vec![w - change, m, v, change.square().sum()])
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0), (1, 1), (2, 2)]
    }
    fn any_order(&self, _: &[Shape]) -> bool {
        true
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        14 * ins[0].len() as u64
    }
}

/// What an Adam step yields.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep<'g> {
    /// The new weight.
    pub weight: Var<'g>,
    /// The new first moment.
    pub first: Var<'g>,
    /// The new second moment.
    pub second: Var<'g>,
    /// Sum of the squared changes of the weight.
    pub squared_change: Var<'g>,
}

/// The constants of Adam.
#[derive(Debug, Clone, Copy)]
pub struct AdamConstants {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Keeps the quotient finite.
    pub epsilon: f64,
}

impl Graph {
    /// A step of Adam on weight `w` with moments `m` and `v`, gradient `g`, learning rate `lr` and bias corrections
    /// `c = [1 - beta1^t, 1 - beta2^t]`.
    #[track_caller]
    pub fn adam<'g>(
        &'g self,
        [w, m, v, g]: [Var<'g>; 4],
        lr: Var<'g>,
        c: [Var<'g>; 2],
        constants: AdamConstants,
    ) -> AdamStep<'g> {
        let AdamConstants { beta1, beta2, epsilon } = constants;
        let r = self.push_many(Adam { beta1, beta2, epsilon }, &[w, m, v, g, lr, c[0], c[1]]);
        AdamStep { weight: r[0], first: r[1], second: r[2], squared_change: r[3] }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "adam",
    doc: "Fused: Adam.",
    cases: || {
        let mut all: Vec<(&[usize], Domain)> = vec![(&[3, 5], Domain::Real); 2];
        all.push((&[3, 5], Domain::Positive));
        all.push((&[3, 5], Domain::Real));
        all.extend([(&[][..], Domain::Positive); 3]);
        vec![Case::many(&all, |x| {
            let constants = AdamConstants { beta1: 0.5, beta2: 0.9, epsilon: 1e-3 };
            let s = x[0].graph.adam([x[0], x[1], x[2], x[3]], x[4], [x[5], x[6]], constants);
            vec![s.weight, s.first, s.second, s.squared_change]
        })]
    },
};
