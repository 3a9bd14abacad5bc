//! Sums and means along dimensions.

use gan_kernels::reduce;

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// The sum along neighbouring dimensions `from..to`, each of which stays with size 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sum {
    pub from: usize,
    pub to: usize,
}

/// `shape` with the dimensions `from..to` of size 1.
pub(super) fn reduced(shape: &Shape, from: usize, to: usize) -> Shape {
    (from..to).fold(*shape, |s, d| s.with(d, 1))
}

/// `(outer, middle, inner)` of a reduction along `from..to`.
pub(super) fn split(shape: &Shape, from: usize, to: usize) -> (usize, usize, usize) {
    (shape[..from].iter().product(), shape[from..to].iter().product(), shape[to..].iter().product())
}

/// Checks the axes of a reduction and cuts them into runs of neighbours, the last first.
pub(super) fn runs(shape: &Shape, axes: &[usize]) -> Result<Vec<(usize, usize)>, String> {
    let mut axes = axes.to_vec();
    axes.sort_unstable();
    axes.dedup();
    if let Some(bad) = axes.iter().find(|&&a| a >= shape.rank()) {
        return Err(format!("axis {bad} does not exist: {shape} has {} dimensions", shape.rank()));
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for a in axes {
        match runs.last_mut() {
            Some(run) if run.1 == a => run.1 = a + 1,
            _ => runs.push((a, a + 1)),
        }
    }
    runs.reverse();
    Ok(runs)
}

impl Op for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        Ok(vec![reduced(&ins[0], self.from, self.to)])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let sizes = split(&io.in_shape(0), self.from, self.to);
        reduce::fold_axis(cx.team, sizes, io.x(0), io.out(0), E::ZERO, |a, b| a + b);
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.expand(ins[0].shape()))]
    }
    fn any_order(&self, ins: &[Shape]) -> bool {
        self.from == 0 && self.to == ins[0].rank()
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        ins[0].len() as u64
    }
}

impl<'g> Var<'g> {
    /// The sum of all elements, a scalar.
    #[track_caller]
    pub fn sum(self) -> Var<'g> {
        let rank = self.shape().rank();
        let all = if rank == 0 { self } else { self.graph.push(Sum { from: 0, to: rank }, &[self]) };
        all.reshape([])
    }

    /// The mean of all elements, a scalar.
    #[track_caller]
    pub fn mean(self) -> Var<'g> {
        self.sum() / self.shape().len() as f64
    }

    /// The sum along `axes`, which stay with size 1.
    #[track_caller]
    pub fn sum_axes(self, axes: &[usize]) -> Var<'g> {
        match runs(&self.shape(), axes) {
            Ok(runs) => runs.into_iter().fold(self, |x, (from, to)| x.graph.push(Sum { from, to }, &[x])),
            Err(message) => {
                self.graph.fail("sum_axes", &message, &[self.shape()], std::panic::Location::caller());
                self
            }
        }
    }

    /// The mean along `axes`, which stay with size 1.
    #[track_caller]
    pub fn mean_axes(self, axes: &[usize]) -> Var<'g> {
        let sum = self.sum_axes(axes);
        let n = self.shape().len() as f64 / sum.shape().len().max(1) as f64;
        sum / n
    }

    /// Undoes a broadcast from `to`: sums over what was stretched.
    #[track_caller]
    pub fn sum_to(self, to: impl Into<Shape>) -> Var<'g> {
        let (from, to) = (self.shape(), to.into());
        if from == to {
            return self;
        }
        let shift = from.rank().saturating_sub(to.rank());
        let axes: Vec<usize> = (0..from.rank()).filter(|&d| d < shift || to[d - shift] == 1).collect();
        self.sum_axes(&axes).reshape(to)
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "sum",
    doc: "Sums and means along dimensions.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x.square().sum()),
            Case::unary(Domain::Real, |x| x.square().mean()),
            Case::unary(Domain::Real, |x| x.square().sum_axes(&[0]).square()),
            Case::unary(Domain::Real, |x| x.mean_axes(&[1]).square()),
            Case::many(&[(&[2, 3, 4, 2], Domain::Real)], |x| {
                vec![x[0].square().sum_axes(&[0, 2]), x[0].sum_axes(&[1, 2]).square()]
            }),
            Case::many(&[(&[2, 3, 4], Domain::Real), (&[3, 1], Domain::Real)], |x| {
                vec![x[0].square().sum_to(x[1].shape()) * x[1]]
            }),
        ]
    },
};
