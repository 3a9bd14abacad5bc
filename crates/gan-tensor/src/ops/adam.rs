//! Fused: Adam (Kingma & Ba 2015, algorithm 1).

use gan_kernels::update;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Graph, Io, Op, Shape, Var};

/// Operands `w, m, v, g, lr, c1, c2` with the bias corrections `c = 1 - beta^t`, and `beta1, beta2` unless they are fixed; results
/// `w', m', v', [1]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Adam {
    /// The decays, where they are fixed.
    pub betas: Option<[f64; 2]>,
    pub epsilon: f64,
}

impl Adam {
    /// Learning rate and the like.
    pub fn scalars(&self) -> usize {
        if self.betas.is_some() { 3 } else { 5 }
    }

    /// The rule with the scalars that stand from operand `at` on.
    pub fn numbers<E: Element>(&self, io: &Io<'_, E>, at: usize) -> update::Adam<E> {
        let [beta1, beta2] = self.betas.unwrap_or_else(|| [3, 4].map(|i| io.x(at + i)[0].to_f64()));
        update::Adam {
            lr: io.x(at)[0],
            beta1,
            beta2,
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
        let scalars = ins.len() == 4 + self.scalars() && ins[4..].iter().all(|s| s.len() == 1);
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
        let [w, m, v, g, lr, c1, c2, ref betas @ ..] = *ins else { return None };
        let [m, v] = match (self.betas, betas) {
            (Some([b1, b2]), _) => [m * b1 + g * (1.0 - b1), v * b2 + g * g * (1.0 - b2)],
            (None, &[b1, b2]) => [b1 * m + (1.0 - b1) * g, b2 * v + (1.0 - b2) * (g * g)],
            _ => return None,
        };
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
        let r = self.push_many(Adam { betas: Some([beta1, beta2]), epsilon }, &[w, m, v, g, lr, c[0], c[1]]);
        AdamStep { weight: r[0], first: r[1], second: r[2], squared_change: r[3] }
    }

    /// As [`adam`](Graph::adam), with decays `beta` that change from step to step. The corrections are then `1 -` the product of all
    /// decays so far.
    #[track_caller]
    pub fn adam_with_betas<'g>(
        &'g self,
        [w, m, v, g]: [Var<'g>; 4],
        lr: Var<'g>,
        c: [Var<'g>; 2],
        beta: [Var<'g>; 2],
        epsilon: f64,
    ) -> AdamStep<'g> {
        let r = self.push_many(Adam { betas: None, epsilon }, &[w, m, v, g, lr, c[0], c[1], beta[0], beta[1]]);
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
        let fixed = Case::many(&all, |x| {
            let constants = AdamConstants { beta1: 0.5, beta2: 0.9, epsilon: 1e-3 };
            results(x[0].graph.adam([x[0], x[1], x[2], x[3]], x[4], [x[5], x[6]], constants))
        });
        let changing = Case::many(&all, |x| {
            let betas = [x[4] * 0.25, x[5] * 0.5];
            results(x[0].graph.adam_with_betas([x[0], x[1], x[2], x[3]], x[4], [x[5], x[6]], betas, 1e-3))
        });
        vec![fixed, changing]
    },
};

fn results<'g>(s: AdamStep<'g>) -> Vec<Var<'g>> {
    vec![s.weight, s.first, s.second, s.squared_change]
}
