//! Random numbers: uniform, normal, Bernoulli.

use gan_kernels::{map, random};

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Graph, Io, Op, Shape, Var};

#[derive(Debug, Clone, Copy)]
enum Kind {
    Uniform(f64, f64),
    Normal,
    Bernoulli(f64),
}

/// A tensor of fresh random numbers in every run; row `i` does not depend on the number of rows.
#[derive(Debug, Clone, Copy)]
struct Noise {
    kind: Kind,
    shape: Shape,
    stream: u32,
}

impl Op for Noise {
    fn name(&self) -> &'static str {
        match self.kind {
            Kind::Uniform(..) => "uniform",
            Kind::Normal => "normal",
            Kind::Bernoulli(_) => "bernoulli",
        }
    }
    fn shapes(&self, _: &[Shape]) -> Result<Vec<Shape>, String> {
        match self.kind {
            Kind::Uniform(lo, hi) if !(lo < hi && lo.is_finite() && hi.is_finite()) => {
                Err(format!("expected lo < hi, found {lo} and {hi}"))
            }
            Kind::Bernoulli(p) if !(0.0..=1.0).contains(&p) => Err(format!("a probability lies in [0, 1], found {p}")),
            _ => Ok(vec![self.shape]),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (key, row) = (cx.key(self.stream), self.shape.row_len());
        match self.kind {
            Kind::Uniform(lo, hi) => random::uniform(cx.team, key, row, (lo, hi), io.out(0)),
            Kind::Normal => random::normal(cx.team, key, row, io.out(0)),
            Kind::Bernoulli(p) => {
                // on the grid of the uniform numbers, so that both element types draw the same
                let p = E::from_f64((p * 16_777_216.0).round() / 16_777_216.0);
                let out = io.out(0);
                random::uniform(cx.team, key, row, (0.0, 1.0), out);
                map::in_place(cx.team, out, move |u| if u < p { E::ONE } else { E::ZERO });
            }
        }
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], _: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        Vec::new()
    }
    fn flops(&self, _: &[Shape], outs: &[Shape]) -> u64 {
        20 * outs[0].len() as u64
    }
}

impl Graph {
    /// Uniform numbers in [lo, hi), drawn anew in every run from the stream `name`.
    #[track_caller]
    pub fn uniform(&self, name: &str, shape: impl Into<Shape>, lo: f64, hi: f64) -> Var<'_> {
        let stream = self.stream(name);
        self.push(Noise { kind: Kind::Uniform(lo, hi), shape: shape.into(), stream }, &[])
    }

    /// Standard normal numbers, drawn anew in every run from the stream `name`.
    #[track_caller]
    pub fn normal(&self, name: &str, shape: impl Into<Shape>) -> Var<'_> {
        let stream = self.stream(name);
        self.push(Noise { kind: Kind::Normal, shape: shape.into(), stream }, &[])
    }

    /// 1 with probability `p`, else 0, drawn anew in every run from the stream `name`.
    #[track_caller]
    pub fn bernoulli(&self, name: &str, shape: impl Into<Shape>, p: f64) -> Var<'_> {
        let stream = self.stream(name);
        self.push(Noise { kind: Kind::Bernoulli(p), shape: shape.into(), stream }, &[])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "noise",
    doc: "Random numbers: uniform, normal, Bernoulli.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x * x.graph().normal("test", x.shape())),
            Case::unary(Domain::Real, |x| (x * x.graph().uniform("test", x.shape(), -1.0, 3.0)).square()),
            Case::unary(Domain::Real, |x| x * x.graph().bernoulli("test", x.shape(), 0.3)),
        ]
    },
};
