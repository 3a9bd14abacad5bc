//! Fused: a scale and a shift for each channel, and an activation.

use gan_kernels::norm;

use super::elementwise::Pointwise;
use super::epilogue::Activation;
use super::tanh::Tanh;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `activation(x scale + shift)` with a scale and a shift for each index of the last axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ScaleShift {
    pub activation: Activation,
}

impl Op for ScaleShift {
    fn name(&self) -> &'static str {
        match self.activation {
            Activation::Identity => "scale_shift",
            Activation::Relu(_) => "scale_shift+relu",
            Activation::LeakyRelu(_) => "scale_shift+leaky_relu",
            Activation::Sigmoid(_) => "scale_shift+sigmoid",
            Activation::Tanh(_) => "scale_shift+tanh",
            Activation::Softplus(_) => "scale_shift+softplus",
        }
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        match ins[0].last() {
            Some(&channels) if ins[1][..] == [channels] && ins[2] == ins[1] => Ok(vec![ins[0]]),
            Some(channels) => Err(format!("scale and shift of shape [{channels}] are expected")),
            None => Err("expected [..., channels], found a number".to_owned()),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let x = if io.aliased(0) { &[][..] } else { io.x(0) };
        let (line, y, team) = ((io.x(1), io.x(2)), io.out(0), cx.team);
        match self.activation {
            Activation::Identity => norm::scale_shift(team, x, line, y, |z| z),
            Activation::Relu(p) => norm::scale_shift(team, x, line, y, move |z| p.apply(z)),
            Activation::LeakyRelu(p) => norm::scale_shift(team, x, line, y, move |z| p.apply(z)),
            Activation::Sigmoid(p) => norm::scale_shift(team, x, line, y, move |z| p.apply(z)),
            Activation::Tanh(p) => norm::scale_shift(team, x, line, y, move |z| p.apply(z)),
            Activation::Softplus(p) => norm::scale_shift(team, x, line, y, move |z| p.apply(z)),
        }
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        Some(vec![self.activation.apply(ins[0] * ins[1] + ins[2])])
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0)]
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        2 * ins[0].len() as u64
    }
}

impl<'g> Var<'g> {
    /// `x scale + shift` in one pass, with a scale and a shift for each index of the last axis: `[..., channels]` with
    /// `[channels]`.
    #[track_caller]
    pub fn scale_shift(self, scale: Var<'g>, shift: Var<'g>) -> Var<'g> {
        self.graph.push(ScaleShift { activation: Activation::Identity }, &[self, scale, shift])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "scale_shift",
    doc: "Fused: a scale and a shift for each channel, and an activation.",
    cases: || {
        use Domain::Real;
        vec![
            Case::many(&[(&[3, 5], Real), (&[5], Real), (&[5], Real)], |x| vec![x[0].scale_shift(x[1], x[2])]),
            Case::many(&[(&[2, 3, 4], Real), (&[4], Real), (&[4], Real)], |x| {
                vec![x[0].graph.push(ScaleShift { activation: Activation::Tanh(Tanh) }, x)]
            }),
        ]
    },
};
