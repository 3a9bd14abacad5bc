//! What is done to the tiles of a product or a convolution while they are in cache.

use std::sync::Arc;

use gan_kernels::Isa;
use gan_kernels::gemm::{Tile, tile};
use gan_kernels::random::{Key, Mask};

use super::dropout::Dropout;
use super::elementwise::{Pointwise, Unary};
use super::gate::Gate;
use super::leaky_relu::LeakyRelu;
use super::relu::Relu;
use super::sigmoid::Sigmoid;
use super::softplus::Softplus;
use super::tanh::Tanh;
use crate::op::DynOp;
use crate::{Element, Shape, Var};

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

/// The steps of an epilogue, in order. They read operands in turn, those behind the two of the product.
#[derive(Debug, Clone, Default)]
pub(crate) struct Epilogue(pub Vec<Then>);

impl Epilogue {
    /// The steps, each with the number of its operand.
    fn steps(&self) -> impl Iterator<Item = (Then, usize)> {
        self.0.iter().scan(2, |next, &step| {
            let operand = *next;
            *next += usize::from(step.reads());
            Some((step, operand))
        })
    }

    /// Checks the operands of the steps for a product of shape `out`, whose last dimension is that of the columns.
    pub fn check(&self, ins: &[Shape], out: &Shape) -> Result<(), String> {
        for (step, operand) in self.steps() {
            match step {
                Then::Activate { bias: true, .. } if Some(&ins[operand].len()) != out.last() => {
                    return Err(format!("a bias for each column of {out} is expected, found {}", ins[operand]));
                }
                Then::Gate(_) if ins[operand] != *out => {
                    return Err(format!("a gate for each value of {out} is expected, found {}", ins[operand]));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Does the steps to a part of a product of `n` columns; `operand` yields the operands, `key` the run's place in the random streams.
    pub fn run<'a, E: Element>(&self, isa: Isa, part: &mut Tile<'_, E>, n: usize, key: Key, operand: impl Fn(usize) -> &'a [E]) {
        for (step, i) in self.steps() {
            match step {
                Then::Activate { bias, activation } => activation.run(isa, part, if bias { operand(i) } else { &[] }),
                Then::Gate(gate) => tile::combine(isa, part, operand(i), n, gate.of()),
                Then::Dropout(p) => match Mask::new(Key { stream: p.stream, ..key }, p.keep) {
                    Some(mask) => tile::mask(isa, part, mask),
                    None => tile::activate(isa, part, &[], |_| E::ZERO),
                },
            }
        }
    }

    /// The steps as operations on the whole product.
    pub fn apply<'g>(&self, product: Var<'g>, ins: &[Var<'g>]) -> Var<'g> {
        self.steps().fold(product, |x, (step, operand)| match step {
            Then::Activate { bias, activation } => activation.apply(if bias { x + ins[operand] } else { x }),
            Then::Gate(gate) => gate.apply(x, ins[operand]),
            Then::Dropout(p) => x.graph.push(p, &[x]),
        })
    }
}
