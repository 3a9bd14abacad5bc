//! Fused: a product and what is done to its tiles while they are in cache.

use std::sync::Arc;

use gan_kernels::Isa;
use gan_kernels::gemm::{self, Tile, tile};
use gan_kernels::random::{Key, Mask};

use super::dropout::Dropout;
use super::elementwise::{Pointwise, Unary};
use super::gate::Gate;
use super::leaky_relu::LeakyRelu;
use super::matmul::MatMul;
use super::relu::Relu;
use super::sigmoid::Sigmoid;
use super::softplus::Softplus;
use super::tanh::Tanh;
use super::{Case, Domain, OpEntry};
use crate::op::DynOp;
use crate::{Cx, Element, Io, Op, Shape, Var};

/// The activations that an epilogue can apply.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Activation {
    Identity,
    Relu(Relu),
    LeakyRelu(LeakyRelu),
    Sigmoid(Sigmoid),
    Tanh(Tanh),
    Softplus(Softplus),
}

impl Activation {
    /// The activation that an operation is, if it is one.
    pub(crate) fn of(op: &Arc<dyn DynOp>) -> Option<Activation> {
        fn unary<P: Pointwise>(op: &Arc<dyn DynOp>) -> Option<P> {
            op.as_any().downcast_ref::<Unary<P>>().map(|u| u.0)
        }
        None.or_else(|| unary(op).map(Activation::Relu))
            .or_else(|| unary(op).map(Activation::LeakyRelu))
            .or_else(|| unary(op).map(Activation::Sigmoid))
            .or_else(|| unary(op).map(Activation::Tanh))
            .or_else(|| unary(op).map(Activation::Softplus))
    }

    /// The activation of a variable.
    pub(crate) fn apply<'g>(self, x: Var<'g>) -> Var<'g> {
        match self {
            Activation::Identity => x,
            Activation::Relu(p) => x.graph.push(Unary(p), &[x]),
            Activation::LeakyRelu(p) => x.graph.push(Unary(p), &[x]),
            Activation::Sigmoid(p) => x.graph.push(Unary(p), &[x]),
            Activation::Tanh(p) => x.graph.push(Unary(p), &[x]),
            Activation::Softplus(p) => x.graph.push(Unary(p), &[x]),
        }
    }
}

impl Activation {
    /// `x = activation(x + bias)` for the numbers of a tile.
    fn run<E: Element>(self, isa: Isa, tile: &mut Tile<'_, E>, bias: &[E]) {
        match self {
            Activation::Identity => tile::activate(isa, tile, bias, |x| x),
            Activation::Relu(p) => tile::activate(isa, tile, bias, move |x| p.apply(x)),
            Activation::LeakyRelu(p) => tile::activate(isa, tile, bias, move |x| p.apply(x)),
            Activation::Sigmoid(p) => tile::activate(isa, tile, bias, move |x| p.apply(x)),
            Activation::Tanh(p) => tile::activate(isa, tile, bias, move |x| p.apply(x)),
            Activation::Softplus(p) => tile::activate(isa, tile, bias, move |x| p.apply(x)),
        }
    }
}

/// A step of an epilogue.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Then {
    /// `activation(x + bias)`, with or without a bias for each column.
    Activate { bias: bool, activation: Activation },
    /// The gradient of an activation whose result is the operand.
    Gate(Gate),
    /// Dropout with a mask for each row.
    Dropout(Dropout),
}

impl Then {
    /// Whether it reads an operand.
    pub(crate) fn reads(self) -> bool {
        matches!(self, Then::Activate { bias: true, .. } | Then::Gate(_))
    }
}

/// `a b` and the steps of an epilogue; operands `a`, `b` and those of the steps in turn.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub product: MatMul,
    pub then: Vec<Then>,
}

impl Linear {
    /// The steps, each with the number of its operand.
    fn steps(&self) -> impl Iterator<Item = (Then, usize)> {
        self.then.iter().scan(2, |next, &step| {
            let operand = *next;
            *next += usize::from(step.reads());
            Some((step, operand))
        })
    }
}

impl Op for Linear {
    fn name(&self) -> &'static str {
        match self.then[..] {
            [Then::Activate { activation, .. }] => match activation {
                Activation::Identity => "linear",
                Activation::Relu(_) => "linear+relu",
                Activation::LeakyRelu(_) => "linear+leaky_relu",
                Activation::Sigmoid(_) => "linear+sigmoid",
                Activation::Tanh(_) => "linear+tanh",
                Activation::Softplus(_) => "linear+softplus",
            },
            [Then::Gate(_)] => "matmul+gate",
            [Then::Dropout(_)] => "matmul+dropout",
            [Then::Dropout(_), Then::Gate(_)] => "matmul+dropout+gate",
            [Then::Activate { .. }, Then::Dropout(_)] => "linear+dropout",
            _ => "matmul+epilogue",
        }
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let (m, n, _) = self.product.sizes(&ins[0], &ins[1])?;
        for (step, operand) in self.steps() {
            match step {
                Then::Activate { bias: true, .. } if ins[operand].len() != n => {
                    return Err(format!("a bias of {n} values is expected, found {}", ins[operand]));
                }
                Then::Gate(_) if ins[operand][..] != [m, n] => {
                    return Err(format!("a gate for each of {m} x {n} values is expected, found {}", ins[operand]));
                }
                _ => {}
            }
        }
        Ok(vec![[m, n].into()])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok(sizes) = self.product.sizes(&io.in_shape(0), &io.in_shape(1)) else { return };
        let (a, b) = self.product.operands(io);
        let (out, team, isa, any) = (io.out(0), cx.team, cx.team.isa(), cx.key(0));
        let io = &*io;
        gemm::gemm_then(team, sizes, a, b, out, &|mut part: Tile<'_, E>| {
            for (step, operand) in self.steps() {
                match step {
                    Then::Activate { bias, activation } => {
                        activation.run(isa, &mut part, if bias { io.x(operand) } else { &[] });
                    }
                    Then::Gate(gate) => tile::combine(isa, &mut part, io.x(operand), sizes.1, gate.of()),
                    Then::Dropout(p) => match Mask::new(Key { stream: p.stream, ..any }, p.keep) {
                        Some(mask) => tile::mask(isa, &mut part, mask),
                        None => tile::activate(isa, &mut part, &[], |_| E::ZERO),
                    },
                }
            }
        });
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let graph = ins[0].graph;
        let product = graph.push(self.product, &ins[..2]);
        let value = self.steps().fold(product, |x, (step, operand)| match step {
            Then::Activate { bias, activation } => activation.apply(if bias { x + ins[operand] } else { x }),
            Then::Gate(gate) => gate.apply(x, ins[operand]),
            Then::Dropout(p) => graph.push(p, &[x]),
        });
        Some(vec![value])
    }
    fn flops(&self, ins: &[Shape], outs: &[Shape]) -> u64 {
        Op::flops(&self.product, ins, outs) + 2 * outs[0].len() as u64
    }
}

const PLAIN: MatMul = MatMul::new(false, false);

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "linear",
    doc: "Fused: a product and what is done to its tiles.",
    cases: || {
        let operands: &[(&[usize], Domain)] = &[(&[3, 4], Domain::Real), (&[4, 5], Domain::Real), (&[5], Domain::Real)];
        let flipped: &[(&[usize], Domain)] = &[(&[4, 3], Domain::Real), (&[5, 4], Domain::Real), (&[1, 5], Domain::Real)];
        let gated: &[(&[usize], Domain)] = &[(&[3, 4], Domain::Real), (&[4, 5], Domain::Real), (&[3, 5], Domain::Real)];
        let all = [operands, &[(&[3, 5][..], Domain::Real)]].concat();
        vec![
            Case::many(operands, |x| one(x, PLAIN, Activation::Relu(Relu))),
            Case::many(operands, |x| one(x, PLAIN, Activation::LeakyRelu(LeakyRelu { slope: 0.2 }))),
            Case::many(operands, |x| one(x, PLAIN, Activation::Tanh(Tanh))),
            Case::many(operands, |x| one(x, PLAIN, Activation::Softplus(Softplus))),
            Case::many(&operands[..2], |x| one(x, PLAIN, Activation::Identity)),
            Case::many(flipped, |x| one(x, MatMul::new(true, true), Activation::Sigmoid(Sigmoid))),
            Case::many(gated, |x| fused(x, PLAIN, vec![Then::Gate(Gate::Mask { slope: 0.3 })])),
            Case::many(gated, |x| fused(x, PLAIN, vec![Then::Gate(Gate::OneMinusSquare)])),
            Case::many(gated, |x| fused(x, PLAIN, vec![Then::Dropout(DROPOUT), Then::Gate(Gate::TimesComplement)])),
            Case::many(&all, |x| {
                let activate = Then::Activate { bias: true, activation: Activation::LeakyRelu(LeakyRelu { slope: 0.2 }) };
                fused(x, PLAIN, vec![activate, Then::Dropout(DROPOUT), Then::Gate(Gate::Mask { slope: 0.0 })])
            }),
        ]
    },
};

const DROPOUT: Dropout = Dropout { keep: 0.6, stream: 5 };

fn one<'g>(x: &[Var<'g>], product: MatMul, activation: Activation) -> Vec<Var<'g>> {
    fused(x, product, vec![Then::Activate { bias: x.len() > 2, activation }])
}

fn fused<'g>(x: &[Var<'g>], product: MatMul, then: Vec<Then>) -> Vec<Var<'g>> {
    vec![x[0].graph.push(Linear { product, then }, x)]
}
