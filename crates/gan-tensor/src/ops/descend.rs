//! Fused: the gradient of a weight matrix and the update with it, without storing the gradient.

use gan_kernels::gemm::descend::{self, Descent, Update};
use gan_kernels::gemm::{Matrix, Product};
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
            Rule::Adam(p) => p.scalars(),
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

/// A product of the gradient.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Term {
    pub product: MatMul,
    /// Whether the sums of the right operand's columns belong to the result.
    pub sums: bool,
}

/// The update of `w` with the gradient `sum over s of a_s b_s`: operands `a_1, b_1, w, states, scalars`, the average where there is one,
/// and `a_2, b_2, ..`; results `w', states', [1]`, the average, and the sums of the columns where they are wanted.
#[derive(Debug, Clone)]
pub(crate) struct Descend {
    pub terms: Vec<Term>,
    pub rule: Rule,
    pub after: After,
    /// Whether weight, states and average lie as panels of columns; only in plans.
    pub packed: bool,
}

impl Descend {
    /// Most products in the gradient.
    pub const MOST_PRODUCTS: usize = 4;
    /// Most terms of the gradient: beyond, it is stored.
    pub const MOST_TERMS: usize = descend::MOST_TERMS;

    fn is_averaged(&self) -> bool {
        matches!(self.after, After::Average(..))
    }
    /// Whether sums of columns are wanted.
    fn sums(&self) -> bool {
        self.terms.iter().any(|t| t.sums)
    }
    /// The operands: where the scalars begin, where the average is or would be, where the products after the first begin.
    fn places(&self) -> [usize; 3] {
        let scalars = 3 + self.rule.states();
        let average = scalars + self.rule.scalars();
        [scalars, average, average + usize::from(self.is_averaged())]
    }
    /// The left operand of product `t`; the right one is the next.
    fn left(&self, t: usize) -> usize {
        if t == 0 { 0 } else { self.places()[2] + 2 * (t - 1) }
    }
    /// Rows, columns and terms of product `t`.
    fn size(&self, t: usize, ins: &[Shape]) -> Result<(usize, usize, usize), String> {
        let left = self.left(t);
        self.terms[t].product.sizes(&ins[left], &ins[left + 1])
    }
    /// Terms of all products.
    fn depth(&self, ins: &[Shape]) -> usize {
        (0..self.terms.len()).flat_map(|t| self.size(t, ins)).map(|(_, _, k)| k).sum()
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
        2 + self.rule.states() + usize::from(self.is_averaged()) + usize::from(self.sums())
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let ([scalars, average, others], states, w) = (self.places(), self.rule.states(), ins[2]);
        let &[m, n] = &w[..] else { return Err(format!("a weight must be a matrix, found {w}")) };
        for t in 0..self.terms.len() {
            let (rows, columns, _) = self.size(t, ins)?;
            if (rows, columns) != (m, n) {
                return Err(format!("a gradient must have the weight's shape {w}, found [{rows}, {columns}]"));
            }
        }
        let k = self.depth(ins);
        if k > Self::MOST_TERMS || self.terms.len() > Self::MOST_PRODUCTS {
            let (terms, products) = (Self::MOST_TERMS, Self::MOST_PRODUCTS);
            let found = self.terms.len();
            return Err(format!("at most {terms} terms of {products} products are summed on the way, found {k} of {found}"));
        }
        let same = |s: &Shape| *s == w;
        if !ins[3..scalars].iter().chain(&ins[average..others]).all(same) || ins[scalars..average].iter().any(|s| s.len() != 1) {
            return Err(format!("states and average must have the weight's shape {w}; rates are scalars"));
        }
        let mut outs = vec![w; 1 + states];
        outs.push(Shape::SCALAR);
        outs.extend(&ins[average..others]);
        outs.extend(self.sums().then(|| Shape::from([1, n])));
        Ok(outs)
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let &[m, n] = &io.in_shape(2)[..] else { return };
        let ([scalars, average, _], states, e) = (self.places(), self.rule.states(), E::from_f64);
        let none = Matrix::new(&[], 0, false);
        let mut products = [Product { k: 0, a: none, b: none, sums: false }; Self::MOST_PRODUCTS];
        for (t, (to, term)) in products.iter_mut().zip(&self.terms).enumerate() {
            let at = self.left(t);
            let (a, b) = (io.in_shape(at), io.in_shape(at + 1));
            let Ok((_, _, k)) = term.product.sizes(&a, &b) else { return };
            let a = Matrix::new(io.x(at), a[1], term.product.transpose_a);
            *to = Product { k, a, b: Matrix::new(io.x(at + 1), b[1], term.product.transpose_b), sums: term.sums };
        }
        let weight = io.out_from(0, 2);
        let first = io.out_from(1, 3);
        let second = if states == 2 { io.out_from(2, 4) } else { &mut [] };
        let average = match self.after {
            After::Average(keep, take) => {
                Some((io.out_from(2 + states, average), update::Average { keep: e(keep), take: e(take) }))
            }
            _ => None,
        };
        let max_column_norm = match self.after {
            After::MaxColumnNorm(max) => Some((e(max), io.scratch())),
            _ => None,
        };
        let sums = self.sums().then(|| io.out(self.results() - 1));
        let to = Descent { weight, states: [first, second], average, max_column_norm, sums, packed: self.packed };
        let update = match self.rule {
            Rule::Momentum(p) => Update::Momentum(p.numbers(io, scalars)),
            Rule::Adam(p) => Update::Adam(p.numbers(io, scalars)),
        };
        io.out(1 + states)[0] = descend::descend(cx.team, (m, n), &products[..self.terms.len()], to, update);
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let graph = ins[0].graph;
        let [scalars, average, _] = self.places();
        let parts = self.terms.iter().enumerate().map(|(t, term)| (term, &ins[self.left(t)..][..2]));
        let mut g = parts.clone().map(|(t, ins)| graph.push(t.product, ins)).reduce(|a, b| a + b)?;
        let sums = parts.filter(|(t, _)| t.sums).map(|(_, ins)| ins[1].sum_axes(&[0])).reduce(|a, b| a + b);
        if self.packed {
            g = graph.push(Repack::Pack, &[g]);
        }
        let operands: Vec<_> = ins[2..scalars].iter().copied().chain([g]).chain(ins[scalars..average].iter().copied()).collect();
        let mut outs = match self.rule {
            Rule::Momentum(p) => graph.push_many(p, &operands),
            Rule::Adam(p) => graph.push_many(p, &operands),
        };
        match self.after {
            After::Nothing => {}
            After::MaxColumnNorm(max) if self.packed => outs[0] = graph.push(PackedMaxColumnNorm { max }, &outs[..1]),
            After::MaxColumnNorm(max) => outs[0] = outs[0].max_column_norm(max),
            After::Average(keep, take) => outs.push(ins[average] * keep + outs[0] * take),
        }
        outs.extend(sums);
        Some(outs)
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        match (self.rule, self.after) {
            (Rule::Momentum(_), After::Average(..)) => &[(2, 0), (3, 1), (6, 3)],
            (Rule::Momentum(_), _) => &[(2, 0), (3, 1)],
            (Rule::Adam(Adam { betas: None, .. }), After::Average(..)) => &[(2, 0), (3, 1), (4, 2), (10, 4)],
            (Rule::Adam(_), After::Average(..)) => &[(2, 0), (3, 1), (4, 2), (8, 4)],
            (Rule::Adam(_), _) => &[(2, 0), (3, 1), (4, 2)],
        }
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        match (self.after, &ins[2][..]) {
            (After::MaxColumnNorm(_), &[m, n]) => descend::scratch(m, n, self.depth(ins)),
            _ => 0,
        }
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        let each = match self.rule {
            Rule::Momentum(_) => 6,
            Rule::Adam(_) => 14,
        };
        (2 * self.depth(ins) as u64 + each) * ins[2].len() as u64
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "descend",
    doc: "Fused: the gradient of a weight matrix and the update with it.",
    cases: || {
        let w: &[usize] = &[4, 5];
        let operands = |states: &[Domain], scalars: usize, average: bool, depths: &[usize]| {
            let factors = |k: &usize| [(vec![*k, 4], Domain::Real), (vec![*k, 5], Domain::Real)];
            let mut all: Vec<(Vec<usize>, Domain)> = depths[..1].iter().flat_map(factors).collect();
            all.push((w.into(), Domain::Real));
            all.extend(states.iter().map(|&s| (w.into(), s)));
            all.extend(vec![(vec![], Domain::Positive); scalars]);
            all.extend(average.then_some((w.into(), Domain::Real)));
            all.extend(depths[1..].iter().flat_map(factors));
            all
        };
        let momentum = |average, depths: &[usize]| operands(&[Domain::Real], 2, average, depths);
        // second moments are positive
        let moments = [Domain::Real, Domain::Positive];
        let adam = |average, depths: &[usize]| operands(&moments, 3, average, depths);
        let changing = |average, depths: &[usize]| operands(&moments, 5, average, depths);
        let case = |operands: Vec<(Vec<usize>, Domain)>, f: super::Build| {
            let operands: Vec<_> = operands.iter().map(|(shape, domain)| (&shape[..], *domain)).collect();
            Case::many(&operands, f)
        };
        vec![
            case(momentum(false, &[3]), |x| fused(x, MOMENTUM, After::Nothing, false, &[false])),
            case(momentum(false, &[3]), |x| fused(x, MOMENTUM, After::MaxColumnNorm(1.7), false, &[true])),
            case(momentum(true, &[3, 2]), |x| fused(x, MOMENTUM, After::Average(0.75, 0.25), false, &[false, true])),
            case(adam(false, &[3]), |x| fused(x, ADAM, After::Nothing, false, &[false])),
            case(adam(false, &[3]), |x| fused(x, ADAM, After::MaxColumnNorm(1.7), false, &[false])),
            case(adam(true, &[1, 2, 3]), |x| fused(x, ADAM, After::Average(0.75, 0.25), false, &[true, false, true])),
            case(changing(false, &[3]), |x| fused(x, CHANGING, After::Nothing, false, &[true])),
            case(changing(true, &[3, 2]), |x| fused(x, CHANGING, After::Average(0.75, 0.25), false, &[false, true])),
            case(adam(false, &[3, 1]), |x| fused(x, ADAM, After::Nothing, true, &[false, false])),
            case(momentum(false, &[3]), |x| fused(x, MOMENTUM, After::MaxColumnNorm(1.7), true, &[true])),
        ]
    },
};

const MOMENTUM: Rule = Rule::Momentum(Momentum { nesterov: true });
const ADAM: Rule = Rule::Adam(Adam { betas: Some([0.5, 0.9]), epsilon: 0.1 });
const CHANGING: Rule = Rule::Adam(Adam { betas: None, epsilon: 0.1 });

fn fused<'g>(x: &[Var<'g>], rule: Rule, after: After, packed: bool, sums: &[bool]) -> Vec<Var<'g>> {
    let terms = sums.iter().map(|&sums| Term { product: MatMul::new(true, false), sums }).collect();
    let mut ins = x.to_vec();
    if let Rule::Adam(Adam { betas: None, .. }) = rule {
        // decays are less than 1
        ins[8] = x[8] * 0.25;
        ins[9] = x[9] * 0.5;
    }
    let mut outs = x[0].graph.push_many(Descend { terms, rule, after, packed }, &ins);
    // a column of one row that was shrunk does not depend on its weight: no scale to judge an error by
    outs[0] = outs[0] + x[2];
    outs
}
