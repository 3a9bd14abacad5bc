//! Fused: the gradient of a weight matrix and the update with it, without storing the gradient.

use gan_kernels::gemm::Matrix;
use gan_kernels::gemm::descend::{self, Descent, Update};
use gan_kernels::update;

use super::adam::Adam;
use super::matmul::MatMul;
use super::momentum::Momentum;
use super::packed::{PackedMaxColumnNorm, Repack};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// How the weight changes with its gradient.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rule {
    Momentum(Momentum),
    Adam(Adam),
}

impl Rule {
    fn states(self) -> usize {
        match self {
            Rule::Momentum(_) => 1,
            Rule::Adam(_) => 2,
        }
    }
    /// Learning rate and the like.
    fn scalars(self) -> usize {
        match self {
            Rule::Momentum(_) => 2,
            Rule::Adam(_) => 3,
        }
    }
}

/// What is done with the new weight while it is near.
#[derive(Debug, Clone, Copy)]
pub(crate) enum After {
    Nothing,
    /// Columns whose L2 norm exceeds this are shrunk to it.
    MaxColumnNorm(f64),
    /// A moving average: shares of the old one and of the weight.
    Average(f64, f64),
}

/// Operands `a, b, w, states, scalars` and, where there is one, the average; results `w', states', [1]` and the average.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Descend {
    pub product: MatMul,
    pub rule: Rule,
    pub after: After,
    /// Whether weight, states and average lie as panels of columns; only in plans.
    pub packed: bool,
}

impl Descend {
    /// Most terms of the gradient: beyond, it is stored.
    pub const MOST_TERMS: usize = descend::MOST_TERMS;

    fn size(&self, ins: &[Shape]) -> Result<(usize, usize, usize), String> {
        self.product.sizes(&ins[0], &ins[1])
    }
}

impl Op for Descend {
    fn name(&self) -> &'static str {
        match self.rule {
            Rule::Momentum(_) => "matmul+momentum",
            Rule::Adam(_) => "matmul+adam",
        }
    }
    fn results(&self) -> usize {
        2 + self.rule.states() + usize::from(matches!(self.after, After::Average(..)))
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let (m, n, k) = self.size(ins)?;
        let (states, w) = (self.rule.states(), Shape::from([m, n]));
        let scalars = 3 + states..3 + states + self.rule.scalars();
        let average = ins.get(scalars.end);
        if k > Self::MOST_TERMS {
            return Err(format!("at most {} terms are summed on the way, found {k}", Self::MOST_TERMS));
        }
        if ins[2..scalars.start].iter().chain(average).any(|s| *s != w) || ins[scalars].iter().any(|s| s.len() != 1) {
            return Err(format!("weight, states and average must have the gradient's shape {w}; the other operands are scalars"));
        }
        let mut outs = vec![w; 1 + states];
        outs.push(Shape::SCALAR);
        outs.extend(average);
        Ok(outs)
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok(size) = self.size(&[io.in_shape(0), io.in_shape(1)]) else { return };
        let b = Matrix::new(io.x(1), io.in_shape(1)[1], self.product.transpose_b);
        let operands = (self.product.left(io), b);
        let states = self.rule.states();
        let scalars = 3 + states;
        let weight = io.out_from(0, 2);
        let first = io.out_from(1, 3);
        let second = if states == 2 { io.out_from(2, 4) } else { &mut [] };
        let e = E::from_f64;
        let average = match self.after {
            After::Average(keep, take) => {
                let values = io.out_from(2 + states, scalars + self.rule.scalars());
                Some((values, update::Average { keep: e(keep), take: e(take) }))
            }
            _ => None,
        };
        let max_column_norm = match self.after {
            After::MaxColumnNorm(max) => Some((e(max), io.scratch())),
            _ => None,
        };
        let to = Descent { weight, states: [first, second], average, max_column_norm, packed: self.packed };
        let update = match self.rule {
            Rule::Momentum(p) => Update::Momentum(p.numbers(io, scalars)),
            Rule::Adam(p) => Update::Adam(p.numbers(io, scalars)),
        };
        io.out(1 + states)[0] = descend::descend(cx.team, size, operands, to, update);
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let graph = ins[0].graph;
        let states = self.rule.states();
        let scalars = 3 + states..3 + states + self.rule.scalars();
        let mut g = graph.push(self.product, &ins[..2]);
        if self.packed {
            g = graph.push(Repack::Pack, &[g]);
        }
        let operands: Vec<_> =
            ins[2..scalars.start].iter().copied().chain([g]).chain(ins[scalars.clone()].iter().copied()).collect();
        let mut outs = match self.rule {
            Rule::Momentum(p) => graph.push_many(p, &operands),
            Rule::Adam(p) => graph.push_many(p, &operands),
        };
        match self.after {
            After::Nothing => {}
            After::MaxColumnNorm(max) if self.packed => outs[0] = graph.push(PackedMaxColumnNorm { max }, &outs[..1]),
            After::MaxColumnNorm(max) => outs[0] = outs[0].max_column_norm(max),
            After::Average(keep, take) => outs.push(ins[scalars.end] * keep + outs[0] * take),
        }
        Some(outs)
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        match (self.rule, self.after) {
            (Rule::Momentum(_), After::Average(..)) => &[(2, 0), (3, 1), (6, 3)],
            (Rule::Momentum(_), _) => &[(2, 0), (3, 1)],
            (Rule::Adam(_), After::Average(..)) => &[(2, 0), (3, 1), (4, 2), (8, 4)],
            (Rule::Adam(_), _) => &[(2, 0), (3, 1), (4, 2)],
        }
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        match (self.after, self.size(ins)) {
            (After::MaxColumnNorm(_), Ok((m, n, k))) => descend::scratch(m, n, k),
            _ => 0,
        }
    }
    fn flops(&self, ins: &[Shape], outs: &[Shape]) -> u64 {
        let each = match self.rule {
            Rule::Momentum(_) => 6,
            Rule::Adam(_) => 14,
        };
        Op::flops(&self.product, ins, outs) + each * outs[0].len() as u64
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "descend",
    doc: "Fused: the gradient of a weight matrix and the update with it.",
    cases: || {
        let w: &[usize] = &[4, 5];
        let operands = |states: &[Domain], scalars: usize, average: bool| {
            let mut all: Vec<(&[usize], Domain)> = vec![(&[3, 4], Domain::Real), (&[3, 5], Domain::Real), (w, Domain::Real)];
            all.extend(states.iter().map(|&s| (w, s)));
            all.extend(vec![(&[][..], Domain::Positive); scalars]);
            all.extend(average.then_some((w, Domain::Real)));
            all
        };
        let momentum = |average| operands(&[Domain::Real], 2, average);
        // second moments are positive
        let adam = |average| operands(&[Domain::Real, Domain::Positive], 3, average);
        vec![
            Case::many(&momentum(false), |x| fused(x, MOMENTUM, After::Nothing)),
            Case::many(&momentum(false), |x| fused(x, MOMENTUM, After::MaxColumnNorm(1.7))),
            Case::many(&momentum(true), |x| fused(x, MOMENTUM, After::Average(0.75, 0.25))),
            Case::many(&adam(false), |x| fused(x, ADAM, After::Nothing)),
            Case::many(&adam(false), |x| fused(x, ADAM, After::MaxColumnNorm(1.7))),
            Case::many(&adam(true), |x| fused(x, ADAM, After::Average(0.75, 0.25))),
            Case::many(&adam(false), |x| panels(x, ADAM, After::Nothing)),
            Case::many(&momentum(false), |x| panels(x, MOMENTUM, After::MaxColumnNorm(1.7))),
        ]
    },
};

const MOMENTUM: Rule = Rule::Momentum(Momentum { nesterov: true });
const ADAM: Rule = Rule::Adam(Adam { beta1: 0.5, beta2: 0.9, epsilon: 0.1 });

fn fused<'g>(x: &[Var<'g>], rule: Rule, after: After) -> Vec<Var<'g>> {
    case(x, Descend { product: MatMul::new(true, false), rule, after, packed: false })
}

fn panels<'g>(x: &[Var<'g>], rule: Rule, after: After) -> Vec<Var<'g>> {
    case(x, Descend { product: MatMul::new(true, false), rule, after, packed: true })
}

fn case<'g>(x: &[Var<'g>], op: Descend) -> Vec<Var<'g>> {
    let mut outs = x[0].graph.push_many(op, x);
    // a column of one row that was shrunk does not depend on its weight: no scale to judge an error by
    outs[0] = outs[0] + x[2];
    outs
}
