//! Fused: product, bias and activation in one pass.

use std::sync::Arc;

use gan_kernels::gemm;

use super::elementwise::{Pointwise, Unary};
use super::leaky_relu::LeakyRelu;
use super::matmul::MatMul;
use super::relu::Relu;
use super::sigmoid::Sigmoid;
use super::softplus::Softplus;
use super::tanh::Tanh;
use super::{Case, Domain, OpEntry};
use crate::op::DynOp;
use crate::{Cx, Element, Io, Op, Shape, Var};

/// The activations that a product's epilogue can apply.
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

/// `activation(a b + bias)`; operands `a`, `b` and, where there is one, `bias`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Linear {
    pub product: MatMul,
    pub activation: Activation,
}

impl Op for Linear {
    fn name(&self) -> &'static str {
        match self.activation {
            Activation::Identity => "linear",
            Activation::Relu(_) => "linear+relu",
            Activation::LeakyRelu(_) => "linear+leaky_relu",
            Activation::Sigmoid(_) => "linear+sigmoid",
            Activation::Tanh(_) => "linear+tanh",
            Activation::Softplus(_) => "linear+softplus",
        }
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let (m, n, _) = self.product.sizes(&ins[0], &ins[1])?;
        match ins.get(2) {
            Some(bias) if bias.len() != n => Err(format!("a bias of {n} values is expected, found {bias}")),
            _ => Ok(vec![[m, n].into()]),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok(sizes) = self.product.sizes(&io.in_shape(0), &io.in_shape(1)) else { return };
        let (a, b) = self.product.operands(io);
        let (bias, out, team) = (io.x(2), io.out(0), cx.team);
        match self.activation {
            Activation::Identity => gemm::linear(team, sizes, a, b, bias, out, |x| x),
            Activation::Relu(p) => gemm::linear(team, sizes, a, b, bias, out, move |x| p.apply(x)),
            Activation::LeakyRelu(p) => gemm::linear(team, sizes, a, b, bias, out, move |x| p.apply(x)),
            Activation::Sigmoid(p) => gemm::linear(team, sizes, a, b, bias, out, move |x| p.apply(x)),
            Activation::Tanh(p) => gemm::linear(team, sizes, a, b, bias, out, move |x| p.apply(x)),
            Activation::Softplus(p) => gemm::linear(team, sizes, a, b, bias, out, move |x| p.apply(x)),
        }
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let product = ins[0].graph.push(self.product, &ins[..2]);
        let sum = ins.get(2).map_or(product, |&bias| product + bias);
        Some(vec![self.activation.apply(sum)])
    }
    fn flops(&self, ins: &[Shape], outs: &[Shape]) -> u64 {
        Op::flops(&self.product, ins, outs) + 2 * outs[0].len() as u64
    }
}

const PLAIN: MatMul = MatMul::new(false, false);

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "linear",
    doc: "Fused: product, bias and activation in one pass.",
    cases: || {
        let operands: &[(&[usize], Domain)] = &[(&[3, 4], Domain::Real), (&[4, 5], Domain::Real), (&[5], Domain::Real)];
        let flipped: &[(&[usize], Domain)] = &[(&[4, 3], Domain::Real), (&[5, 4], Domain::Real), (&[1, 5], Domain::Real)];
        vec![
            Case::many(operands, |x| vec![x[0].graph.push(Linear { product: PLAIN, activation: Activation::Relu(Relu) }, x)]),
            Case::many(operands, |x| {
                let activation = Activation::LeakyRelu(LeakyRelu { slope: 0.2 });
                vec![x[0].graph.push(Linear { product: PLAIN, activation }, x)]
            }),
            Case::many(operands, |x| vec![x[0].graph.push(Linear { product: PLAIN, activation: Activation::Tanh(Tanh) }, x)]),
            Case::many(operands, |x| {
                vec![x[0].graph.push(Linear { product: PLAIN, activation: Activation::Softplus(Softplus) }, x)]
            }),
            Case::many(&operands[..2], |x| vec![x[0].graph.push(Linear { product: PLAIN, activation: Activation::Identity }, x)]),
            Case::many(flipped, |x| {
                let product = MatMul::new(true, true);
                vec![x[0].graph.push(Linear { product, activation: Activation::Sigmoid(Sigmoid) }, x)]
            }),
        ]
    },
};
