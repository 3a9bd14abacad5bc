//! Fused: the gradient of a normalisation and of the activation behind it.

use gan_kernels::norm::{self, Backward};

use super::elementwise::Pointwise;
use super::epilogue::Activation;
use super::leaky_relu::LeakyRelu;
use super::norm::{Over, average, spread};
use super::norm_second::NormSecond;
use super::relu::Relu;
use super::sigmoid::Sigmoid;
use super::tanh::Tanh;
use super::{Case, Domain, OpEntry};
use crate::grad::vjp_of_decomposition;
use crate::{Cx, Element, Io, Op, Shape, Var};

/// The cotangents of `x`, gain and shift; operands: the cotangent of the result, `x`, mean, rstd, gain, shift and, where
/// somebody used these results, the cotangents of mean and rstd. The activation's operand is computed anew from `x`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NormBackward {
    pub over: Over,
    pub activation: Activation,
}

/// The cotangent of an activation's operand `z`.
fn masked<'g>(activation: Activation, ct: Var<'g>, z: Var<'g>) -> Option<Var<'g>> {
    let y = activation.apply(z);
    match activation {
        Activation::Identity => Some(ct),
        Activation::Relu(p) => p.vjp(z, y, ct),
        Activation::LeakyRelu(p) => p.vjp(z, y, ct),
        Activation::Sigmoid(p) => p.vjp(z, y, ct),
        Activation::Tanh(p) => p.vjp(z, y, ct),
        Activation::Softplus(p) => p.vjp(z, y, ct),
    }
}

impl Op for NormBackward {
    fn name(&self) -> &'static str {
        match self.activation {
            Activation::Identity => "norm_backward",
            Activation::Relu(_) => "norm_backward+relu",
            Activation::LeakyRelu(_) => "norm_backward+leaky_relu",
            Activation::Sigmoid(_) => "norm_backward+sigmoid",
            Activation::Tanh(_) => "norm_backward+tanh",
            Activation::Softplus(_) => "norm_backward+softplus",
        }
    }
    fn results(&self) -> usize {
        3
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let l = self.over.layout_with(&ins[1], &ins[4], &ins[5])?;
        let statistics = [ins[2], ins[3]].into_iter().chain(ins[6..].iter().copied());
        if ins[0] != ins[1] {
            return Err("the cotangent must have the operand's shape".to_owned());
        }
        if statistics.into_iter().any(|s| s.len() != l.statistics()) {
            return Err(format!("{} means and deviations are expected", l.statistics()));
        }
        Ok(vec![ins[1], ins[4], ins[5]])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok(layout) = self.over.layout(&io.in_shape(1)) else { return };
        let b = Backward {
            dy: if io.aliased(0) { &[] } else { io.x(0) },
            x: io.x(1),
            mean: io.x(2),
            rstd: io.x(3),
            gain: io.x(4),
            shift: io.x(5),
            statistics: (io.in_shapes.len() > 6).then(|| (io.x(6), io.x(7))),
        };
        let (team, scratch) = (cx.team, io.scratch());
        let out = (io.out(0), io.out(1), io.out(2));
        let gate = |slope: f64| {
            let slope = E::from_f64(slope);
            move |g: E, z: E| if z > E::ZERO { g } else { g * slope }
        };
        match self.activation {
            Activation::Identity => norm::backward(team, layout, b, out, scratch, |g, _| g),
            Activation::Relu(Relu) => norm::backward(team, layout, b, out, scratch, gate(0.0)),
            Activation::LeakyRelu(LeakyRelu { slope }) => norm::backward(team, layout, b, out, scratch, gate(slope)),
            Activation::Sigmoid(p) => norm::backward(team, layout, b, out, scratch, move |g, z| {
                let y: E = p.apply(z);
                g * (y * (E::ONE - y))
            }),
            Activation::Tanh(p) => norm::backward(team, layout, b, out, scratch, move |g, z| {
                let y: E = p.apply(z);
                g * (E::ONE - y * y)
            }),
            Activation::Softplus(_) => norm::backward(team, layout, b, out, scratch, |g, z| g * Sigmoid.apply(z)),
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let &[g, x, mean, rstd, gain, _] = ins else { return vjp_of_decomposition(self, ins, cts) };
        let Activation::Identity = self.activation else { return vjp_of_decomposition(self, ins, cts) };
        let [v, a, b] = std::array::from_fn(|i| cts[i].unwrap_or_else(|| x.graph.constant(0.0, outs[i].shape())));
        let r = x.graph.push_many(NormSecond { over: self.over }, &[v, a, b, g, x, mean, rstd, gain]);
        let statistic = |i: usize| r[2].slice(0, i, 1).reshape(ins[2 + i].shape());
        vec![Some(r[0]), Some(r[1]), Some(statistic(0)), Some(statistic(1)), Some(r[3]), None]
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let layout = self.over.layout(&ins[1].shape()).ok()?;
        let [x, gain, shift] = spread(layout, ins[1], ins[4], ins[5]);
        let wide = |v: Var<'g>| v.reshape([layout.outer, 1, layout.groups, 1]);
        let (mean, rstd) = (wide(ins[2]), wide(ins[3]));
        let ct = ins[0].reshape(x.shape());
        let centred = x - mean;
        let unit = centred * rstd;
        let g = masked(self.activation, ct, centred * (rstd * gain) + shift)?;
        let h = g * gain;
        let mut dx = rstd * (h - average(h) - unit * average(h * unit));
        if let [.., dmean, drstd] = ins[6..] {
            let n = layout.count() as f64;
            dx = dx + wide(dmean) / n - wide(drstd) * (rstd * rstd) * unit / n;
        }
        let sums = |v: Var<'g>, to: Var<'g>| v.sum_axes(&[0, 1]).reshape(to.shape());
        Some(vec![dx.reshape(ins[1].shape()), sums(g * unit, ins[4]), sums(g, ins[5])])
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0)]
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        self.over.layout(&ins[1]).map_or(0, norm::backward_scratch)
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        16 * ins[1].len() as u64
    }
}

fn results<'g>(x: &[Var<'g>], over: Over, activation: Activation) -> Vec<Var<'g>> {
    x[0].graph.push_many(NormBackward { over, activation }, x)
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "norm_backward",
    doc: "Fused: the gradient of a normalisation and of the activation behind it.",
    cases: || {
        use Domain::{Positive, Real};
        let case = |x: &[usize], statistics: &[usize], gain: &[usize], used: bool, build: super::Build| {
            let mut all = vec![(x, Real), (x, Real), (statistics, Real), (statistics, Positive), (gain, Real), (gain, Real)];
            if used {
                all.extend([(statistics, Real); 2]);
            }
            Case::many(&all, build)
        };
        vec![
            case(&[3, 5], &[1, 5], &[5], false, |x| results(x, Over::Batch, Activation::Identity)),
            case(&[2, 3, 2, 4], &[1, 4], &[4], true, |x| results(x, Over::Batch, Activation::Tanh(Tanh))),
            case(&[2, 5, 4], &[2, 4], &[4], true, |x| results(x, Over::Positions, Activation::Identity)),
            case(&[2, 3, 4], &[2, 2], &[4], false, |x| results(x, Over::Groups(2), Activation::Relu(Relu))),
            case(&[3, 2, 4], &[3, 1], &[2, 4], true, |x| results(x, Over::Example, Activation::Sigmoid(Sigmoid))),
            case(&[3, 4], &[3, 2], &[4], false, |x| results(x, Over::Groups(2), Activation::LeakyRelu(LeakyRelu { slope: 0.2 }))),
        ]
    },
};
