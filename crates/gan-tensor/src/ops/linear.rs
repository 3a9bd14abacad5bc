//! Fused: a product and what is done to its tiles while they are in cache.

use gan_kernels::gemm::{self, Tile};

use super::dropout::Dropout;
use super::epilogue::{Activation, Epilogue, Then};
use super::gate::Gate;
use super::leaky_relu::LeakyRelu;
use super::matmul::MatMul;
use super::relu::Relu;
use super::sigmoid::Sigmoid;
use super::softplus::Softplus;
use super::tanh::Tanh;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `a b` and the steps of an epilogue; operands `a`, `b` and those of the steps in turn.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub product: MatMul,
    pub then: Epilogue,
}

impl Op for Linear {
    fn name(&self) -> &'static str {
        match self.then.0[..] {
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
        let out = [m, n].into();
        self.then.check(ins, &out).map(|()| vec![out])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok(sizes) = self.product.sizes(&io.in_shape(0), &io.in_shape(1)) else { return };
        let (a, b) = self.product.operands(io);
        let (out, team, isa, key) = (io.out(0), cx.team, cx.team.isa(), cx.key(0));
        let io = &*io;
        gemm::gemm_then(team, sizes, a, b, out, &|mut part: Tile<'_, E>| {
            self.then.run(isa, &mut part, sizes.1, key, |i| io.x(i));
        });
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let product = ins[0].graph.push(self.product, &ins[..2]);
        Some(vec![self.then.apply(product, ins)])
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
    vec![x[0].graph.push(Linear { product, then: Epilogue(then) }, x)]
}
