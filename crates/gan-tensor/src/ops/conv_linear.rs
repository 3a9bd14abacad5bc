//! Fused: a convolution, or a transposed one, and what is done to its tiles while they are in cache.

use std::sync::Arc;

use gan_kernels::conv::{self, Geometry};
use gan_kernels::gemm::Tile;

use super::conv_transpose2d::ConvTranspose2d;
use super::conv2d::{Conv, Conv2d};
use super::epilogue::{Activation, Epilogue, Then};
use super::gate::Gate;
use super::leaky_relu::LeakyRelu;
use super::tanh::Tanh;
use super::{Case, Domain, OpEntry};
use crate::op::DynOp;
use crate::{Cx, Element, Io, Op, Shape, Var};

/// A convolution in either direction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Convolution {
    Forward(Conv2d),
    Transposed(ConvTranspose2d),
}

impl Convolution {
    /// The convolution that an operation is, if it is one.
    pub fn of(op: &Arc<dyn DynOp>) -> Option<Convolution> {
        let op = op.as_any();
        let forward = op.downcast_ref().copied().map(Convolution::Forward);
        forward.or_else(|| op.downcast_ref().copied().map(Convolution::Transposed))
    }

    fn op(&self) -> &dyn DynOp {
        match self {
            Convolution::Forward(op) => op,
            Convolution::Transposed(op) => op,
        }
    }

    fn geometry(&self, ins: [Shape; 2]) -> Result<Geometry, String> {
        match self {
            Convolution::Forward(op) => op.0.geometry(&ins[0], &ins[1]),
            Convolution::Transposed(op) => op.geometry(&ins[0], &ins[1]),
        }
    }
}

/// A convolution and the steps of an epilogue on the matrix of its pixels and channels; operands are those of the convolution
/// and those of the steps in turn.
#[derive(Debug, Clone)]
pub(crate) struct ConvLinear {
    pub product: Convolution,
    pub then: Epilogue,
}

impl Op for ConvLinear {
    fn name(&self) -> &'static str {
        match (self.product, &self.then.0[..]) {
            (Convolution::Forward(_), [Then::Activate { activation: Activation::Identity, .. }]) => "conv2d+bias",
            (Convolution::Forward(_), [Then::Activate { .. }]) => "conv2d+activation",
            (Convolution::Forward(_), [Then::Gate(_)]) => "conv2d+gate",
            (Convolution::Forward(_), _) => "conv2d+epilogue",
            (Convolution::Transposed(_), [Then::Activate { activation: Activation::Identity, .. }]) => "conv_transpose2d+bias",
            (Convolution::Transposed(_), [Then::Activate { .. }]) => "conv_transpose2d+activation",
            (Convolution::Transposed(_), [Then::Gate(_)]) => "conv_transpose2d+gate",
            (Convolution::Transposed(_), _) => "conv_transpose2d+epilogue",
        }
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let outs = self.product.op().shapes(&ins[..2])?;
        self.then.check(ins, &outs[0]).map(|()| outs)
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok(g) = self.product.geometry([io.in_shape(0), io.in_shape(1)]) else { return };
        let (out, scratch, isa, key) = (io.out(0), io.scratch(), cx.team.isa(), cx.key(0));
        let columns = io.out_shape(0).last().copied().unwrap_or(0);
        let io = &*io;
        let then = |mut part: Tile<'_, E>| self.then.run(isa, &mut part, columns, key, |i| io.x(i));
        match self.product {
            Convolution::Forward(_) => conv::forward_then(cx.team, &g, io.x(0), io.x(1), out, scratch, &then),
            Convolution::Transposed(_) => conv::input_gradient_then(cx.team, &g, io.x(0), io.x(1), out, scratch, &then),
        }
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let graph = ins[0].graph;
        let product = match self.product {
            Convolution::Forward(op) => graph.push(op, &ins[..2]),
            Convolution::Transposed(op) => graph.push(op, &ins[..2]),
        };
        Some(vec![self.then.apply(product, ins)])
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        self.product.op().scratch(&ins[..2])
    }
    fn flops(&self, ins: &[Shape], outs: &[Shape]) -> u64 {
        self.product.op().flops(&ins[..2], outs)
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "conv_linear",
    doc: "Fused: a convolution and what is done to its tiles.",
    cases: || {
        let real = |shapes: &[&'static [usize]]| shapes.iter().map(|&s| (s, Domain::Real)).collect::<Vec<_>>();
        let (large, small, weight) = (&[2, 4, 6, 2][..], &[2, 2, 3, 3][..], &[4, 4, 2, 3][..]);
        vec![
            // a kernel of one tap, for pictures of one pixel and any number of channels
            Case::many(&real(&[&[5, 1, 1, 3], &[1, 1, 3, 2], &[2], &[5, 1, 1, 2]]), |x| fused(x, ONE_TAP, vec![LEAKY, MASK])),
            Case::many(&real(&[large, weight, &[3]]), |x| fused(x, FORWARD, vec![LEAKY])),
            Case::many(&real(&[large, weight, small]), |x| fused(x, FORWARD, vec![Then::Gate(Gate::OneMinusSquare)])),
            Case::many(&real(&[large, weight, &[1, 1, 1, 3], small]), |x| fused(x, FORWARD, vec![LEAKY, MASK])),
            Case::many(&real(&[small, weight, &[2]]), |x| fused(x, TRANSPOSED, vec![TANH])),
            Case::many(&real(&[small, weight, large]), |x| fused(x, TRANSPOSED, vec![MASK])),
            Case::many(&real(&[small, weight, &[2], large]), |x| fused(x, TRANSPOSED, vec![LEAKY, MASK])),
        ]
    },
};

const CONV: Conv = Conv { stride: [2, 2], padding: [1, 1], groups: 1 };
const ONE_TAP: Convolution = Convolution::Forward(Conv2d(Conv { stride: [1, 1], padding: [0, 0], groups: 1 }));
const FORWARD: Convolution = Convolution::Forward(Conv2d(CONV));
const TRANSPOSED: Convolution = Convolution::Transposed(ConvTranspose2d { conv: CONV, size: [4, 6] });
const LEAKY: Then = Then::Activate { bias: true, activation: Activation::LeakyRelu(LeakyRelu { slope: 0.2 }) };
const TANH: Then = Then::Activate { bias: true, activation: Activation::Tanh(Tanh) };
const MASK: Then = Then::Gate(Gate::Mask { slope: 0.2 });

fn fused<'g>(x: &[Var<'g>], product: Convolution, then: Vec<Then>) -> Vec<Var<'g>> {
    vec![x[0].graph.push(ConvLinear { product, then: Epilogue(then) }, x)]
}
