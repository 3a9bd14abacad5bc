//! Random numbers: uniform, normal.

use gan_kernels::random;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Graph, Io, Op, Shape, Var};

#[derive(Debug, Clone, Copy)]
enum Kind {
    Uniform(f64, f64),
    Normal,
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
        }
    }
    fn shapes(&self, _: &[Shape]) -> Result<Vec<Shape>, String> {
        match self.kind {
            Kind::Uniform(lo, hi) if !(lo < hi && lo.is_finite() && hi.is_finite()) => {
                Err(format!("expected lo < hi, found {lo} and {hi}"))
            }
            _ => Ok(vec![self.shape]),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (key, row) = (cx.key(self.stream), self.shape.row_len());
        match self.kind {
            Kind::Uniform(lo, hi) => random::uniform(cx.team, key, row, (lo, hi), io.out(0)),
            Kind::Normal => random::normal(cx.team, key, row, io.out(0)),
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
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "noise",
    doc: "Random numbers: uniform, normal.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x * x.graph().normal("test", [3, 5])),
            Case::unary(Domain::Real, |x| (x * x.graph().uniform("test", [3, 5], -1.0, 3.0)).square()),
        ]
    },
};
