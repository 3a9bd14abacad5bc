//! Normalisation: batch norm (Ioffe & Szegedy 2015), layer norm (Ba et al. 2016), instance norm (Ulyanov et al. 2016), group
//! norm (Wu & He 2018).

use gan_kernels::norm::{self, Layout};

use super::elementwise::Pointwise;
use super::epilogue::Activation;
use super::leaky_relu::LeakyRelu;
use super::norm_backward::NormBackward;
use super::relu::Relu;
use super::tanh::Tanh;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// Which values of `[batch, positions..., channels]` share a mean and a variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Those of a channel, in all examples and positions: batch norm.
    Batch,
    /// Those of a channel in all positions of an example: instance norm.
    Positions,
    /// Those of so many neighbouring groups of channels in all positions of an example: group norm.
    Groups(usize),
    /// All of an example: layer norm with a gain and a shift for each value.
    Example,
    /// The channels of one position: layer norm over the last axis.
    Channels,
}

impl Over {
    /// How `x` is cut into groups.
    ///
    /// # Errors
    /// A sentence that says what was expected.
    pub(super) fn layout(self, x: &Shape) -> Result<Layout, String> {
        let [n, positions @ .., channels] = &x[..] else {
            return Err(format!("expected [batch, ..., channels], found {x}"));
        };
        let (n, channels, positions) = (*n, *channels, positions.iter().product::<usize>());
        let layout = |outer, rows, groups, width| Layout { outer, rows, groups, width };
        Ok(match self {
            Over::Batch => layout(1, n * positions, channels, 1),
            Over::Positions => layout(n, positions, channels, 1),
            Over::Groups(g) if g > 0 && channels % g == 0 => layout(n, positions, g, channels / g),
            Over::Groups(g) => return Err(format!("{channels} channels cannot be cut into {g} groups")),
            Over::Example => layout(n, 1, 1, positions * channels),
            Over::Channels => layout(n * positions, 1, 1, channels),
        })
    }

    /// The layout for `x` with that many gains and shifts.
    pub(super) fn layout_with(self, x: &Shape, gain: &Shape, shift: &Shape) -> Result<Layout, String> {
        let layout = self.layout(x)?;
        let expected = layout.channels();
        match [gain, shift].iter().find(|s| s.len() != expected) {
            Some(found) => Err(format!("gain and shift of {expected} values each are expected, found {found}")),
            None => Ok(layout),
        }
    }
}

/// `x`, gain and shift as `[outer, rows, groups, width]`, which the statistics `[outer, 1, groups, 1]` stretch to.
pub(super) fn spread<'g>(layout: Layout, x: Var<'g>, gain: Var<'g>, shift: Var<'g>) -> [Var<'g>; 3] {
    let Layout { outer, rows, groups, width } = layout;
    [x.reshape([outer, rows, groups, width]), gain.reshape([1, 1, groups, width]), shift.reshape([1, 1, groups, width])]
}

/// The mean over each group of `[outer, rows, groups, width]`.
pub(super) fn average(x: Var<'_>) -> Var<'_> {
    x.mean_axes(&[1, 3])
}

/// `y = activation((x - mean) rstd gain + shift)`, mean and `rstd = 1 / sqrt(variance + epsilon)` `[outer, groups]`, of
/// operands `x`, gain, shift.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Norm {
    pub over: Over,
    pub epsilon: f64,
    pub activation: Activation,
}

impl Op for Norm {
    fn name(&self) -> &'static str {
        match self.activation {
            Activation::Identity => "norm",
            Activation::Relu(_) => "norm+relu",
            Activation::LeakyRelu(_) => "norm+leaky_relu",
            Activation::Sigmoid(_) => "norm+sigmoid",
            Activation::Tanh(_) => "norm+tanh",
            Activation::Softplus(_) => "norm+softplus",
        }
    }
    fn results(&self) -> usize {
        3
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let l = self.over.layout_with(&ins[0], &ins[1], &ins[2])?;
        let statistics = [l.outer, l.groups].into();
        Ok(vec![ins[0], statistics, statistics])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let Ok(layout) = self.over.layout(&io.in_shape(0)) else { return };
        let given = (if io.aliased(0) { &[][..] } else { io.x(0) }, io.x(1), io.x(2));
        let out = (io.out(0), io.out(1), io.out(2));
        let (team, epsilon, scratch) = (cx.team, E::from_f64(self.epsilon), io.scratch());
        match self.activation {
            Activation::Identity => norm::forward(team, layout, given, epsilon, out, scratch, |z| z),
            Activation::Relu(p) => norm::forward(team, layout, given, epsilon, out, scratch, move |z| p.apply(z)),
            Activation::LeakyRelu(p) => norm::forward(team, layout, given, epsilon, out, scratch, move |z| p.apply(z)),
            Activation::Sigmoid(p) => norm::forward(team, layout, given, epsilon, out, scratch, move |z| p.apply(z)),
            Activation::Tanh(p) => norm::forward(team, layout, given, epsilon, out, scratch, move |z| p.apply(z)),
            Activation::Softplus(p) => norm::forward(team, layout, given, epsilon, out, scratch, move |z| p.apply(z)),
        }
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let zero = |i: usize| ins[0].graph.constant(0.0, outs[i].shape());
        let ct = |i: usize| cts[i].unwrap_or_else(|| zero(i));
        let mut all = vec![ct(0), ins[0], outs[1], outs[2], ins[1], ins[2]];
        if cts[1].is_some() || cts[2].is_some() {
            all.extend([ct(1), ct(2)]);
        }
        let op = NormBackward { over: self.over, activation: self.activation };
        ins[0].graph.push_many(op, &all).into_iter().map(Some).collect()
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let layout = self.over.layout(&ins[0].shape()).ok()?;
        let [x, gain, shift] = spread(layout, ins[0], ins[1], ins[2]);
        let mean = average(x);
        let centred = x - mean;
        let rstd = 1.0 / (average(centred.square()) + self.epsilon).sqrt();
        let y = self.activation.apply(centred * (rstd * gain) + shift);
        let statistics = [layout.outer, layout.groups];
        Some(vec![y.reshape(ins[0].shape()), mean.reshape(statistics), rstd.reshape(statistics)])
    }
    fn aliases(&self, _: &[Shape]) -> &'static [(usize, usize)] {
        &[(0, 0)]
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        self.over.layout(&ins[0]).map_or(0, norm::forward_scratch)
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        8 * ins[0].len() as u64
    }
}

/// What a normalisation yields.
#[derive(Debug, Clone, Copy)]
pub struct Normalised<'g> {
    /// The normalised values, in the operand's shape.
    pub value: Var<'g>,
    /// The means: `[channels]` of [`Over::Batch`] as `[1, channels]`, otherwise `[examples (or positions), groups]`.
    pub mean: Var<'g>,
    /// `1 / sqrt(variance + epsilon)`, with the variance that divides by the number of values, in the shape of the means.
    pub rstd: Var<'g>,
}

impl<'g> Var<'g> {
    /// `(x - mean) / sqrt(variance + epsilon) gain + shift` for `x: [batch, ..., channels]`, with the statistics of the
    /// values that `over` puts together. Gain and shift have a value for each channel; for [`Over::Example`], for each
    /// value of an example.
    ///
    /// ```
    /// use gan_tensor::ops::Over;
    /// use gan_tensor::{Cx, Graph, Team};
    /// let g = Graph::new();
    /// let x = g.input("x", [4, 1]);
    /// let y = x.normalise(Over::Batch, g.constant(1.0, [1]), g.constant(0.0, [1]), 0.25).value;
    /// let team = Team::serial();
    /// // mean 3, variance 2
    /// let y = &g.eval::<f64>(&[y], &[], &[&[1.0, 3.0, 3.0, 5.0]], &Cx::new(&team, 0, 0))?[0];
    /// assert_eq!(y.values(), [-4.0 / 3.0, 0.0, 0.0, 4.0 / 3.0]);
    /// # Ok::<(), gan_tensor::TensorError>(())
    /// ```
    #[track_caller]
    pub fn normalise(self, over: Over, gain: Var<'g>, shift: Var<'g>, epsilon: f64) -> Normalised<'g> {
        let op = Norm { over, epsilon, activation: Activation::Identity };
        let r = self.graph.push_many(op, &[self, gain, shift]);
        Normalised { value: r[0], mean: r[1], rstd: r[2] }
    }
}

/// All results of `x` with `x` as a factor: a gradient that is 0 whatever the weights would hide faults.
fn results<'g>(x: &[Var<'g>], over: Over, activation: Activation) -> Vec<Var<'g>> {
    let r = x[0].graph.push_many(Norm { over, epsilon: 0.5, activation }, x);
    vec![r[0] * x[0], r[1], r[2]]
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "norm",
    doc: "Normalisation over the batch, positions, groups of channels or examples.",
    cases: || {
        use Domain::Real;
        vec![
            Case::many(&[(&[3, 5], Real), (&[5], Real), (&[5], Real)], |x| results(x, Over::Batch, Activation::Identity)),
            Case::many(&[(&[2, 3, 2, 4], Real), (&[4], Real), (&[4], Real)], |x| results(x, Over::Batch, Activation::Tanh(Tanh))),
            Case::many(&[(&[2, 5, 4], Real), (&[4], Real), (&[4], Real)], |x| results(x, Over::Positions, Activation::Identity)),
            Case::many(&[(&[2, 3, 4], Real), (&[4], Real), (&[4], Real)], |x| {
                results(x, Over::Groups(2), Activation::Relu(Relu))
            }),
            Case::many(&[(&[3, 2, 4], Real), (&[2, 4], Real), (&[2, 4], Real)], |x| {
                results(x, Over::Example, Activation::Identity)
            }),
            Case::many(&[(&[3, 4], Real), (&[4], Real), (&[4], Real)], |x| {
                results(x, Over::Groups(2), Activation::LeakyRelu(LeakyRelu { slope: 0.2 }))
            }),
            Case::many(&[(&[2, 3, 4], Real), (&[4], Real), (&[4], Real)], |x| {
                vec![x[0].normalise(Over::Channels, x[1], x[2], 0.5).value.sigmoid() * x[0]]
            }),
        ]
    },
};
