//! Maxima along dimensions.

use gan_kernels::reduce;

use super::sum::{reduced, runs, split};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// The maximum along neighbouring dimensions `from..to`, each of which stays with size 1. NaN wins; over nothing it
/// is negative infinity. Elements that tie share the gradient equally.
#[derive(Debug, Clone, Copy)]
struct Max {
    from: usize,
    to: usize,
}

impl Op for Max {
    fn name(&self) -> &'static str {
        "max"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        Ok(vec![reduced(&ins[0], self.from, self.to)])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let sizes = split(&io.in_shape(0), self.from, self.to);
        reduce::fold_axis(cx.team, sizes, io.x(0), io.out(0), E::NEG_INFINITY, |a, b| a.maximum(b));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let axes: Vec<usize> = (self.from..self.to).collect();
        vec![cts[0].map(|ct| {
            let wins = ins[0].equal(outs[0]);
            ct / wins.sum_axes(&axes) * wins
        })]
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        ins[0].len() as u64
    }
}

impl<'g> Var<'g> {
    /// The largest of all elements, a scalar; NaN if there is one.
    #[track_caller]
    pub fn max(self) -> Var<'g> {
        let axes: Vec<usize> = (0..self.shape().rank()).collect();
        self.max_axes(&axes).reshape([])
    }

    /// The maximum along `axes`, which stay with size 1; NaN where there is one. Elements that tie share the
    /// gradient equally.
    #[track_caller]
    pub fn max_axes(self, axes: &[usize]) -> Var<'g> {
        let shape = self.shape();
        match runs(&shape, axes) {
            Ok(runs) if runs.len() <= 1 => runs.into_iter().fold(self, |x, (from, to)| x.graph.push(Max { from, to }, &[x])),
            Ok(_) => {
                // one after the other they would share ties unequally: bring them together first
                let kept = (0..shape.rank()).filter(|d| !axes.contains(d));
                let order: Vec<usize> = kept.clone().chain((0..shape.rank()).filter(|d| axes.contains(d))).collect();
                let max = Max { from: kept.count(), to: shape.rank() };
                let to = axes.iter().fold(shape, |s, &d| s.with(d, 1));
                self.graph.push(max, &[self.permute(&order)]).reshape(to)
            }
            Err(message) => {
                self.graph.fail("max_axes", &message, &[shape], std::panic::Location::caller());
                self
            }
        }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "max",
    doc: "Maxima along dimensions.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x.max().square()),
            Case::unary(Domain::Real, |x| x.max_axes(&[0]).square()),
            Case::unary(Domain::Real, |x| x.max_axes(&[1]) * x),
            Case::many(&[(&[2, 3, 4, 2], Domain::Real)], |x| {
                vec![x[0].max_axes(&[0, 2]).square(), x[0].max_axes(&[1, 2]), x[0].max_axes(&[3])]
            }),
        ]
    },
};

#[cfg(test)]
mod tests {
    use crate::{Cx, Graph, Team};

    #[test]
    fn ties_share_the_gradient_and_nan_is_seen() {
        let g = Graph::new();
        let x = g.input("x", [2, 1, 2]);
        let y = x.max_axes(&[0, 2]);
        let dx = g.grad(y, &[x])[0];
        let team = Team::serial();
        let eval = |x: &[f64]| g.eval(&[y, dx], &[], &[x], &Cx::new(&team, 0, 0)).unwrap();
        let out = eval(&[5.0, 5.0, 1.0, 5.0]);
        assert_eq!((out[0].values(), out[1].values()), (&[5.0][..], &[1.0 / 3.0, 1.0 / 3.0, 0.0, 1.0 / 3.0][..]));
        for at in 0..4 {
            let mut x = [1.0, 2.0, 3.0, 4.0];
            x[at] = f64::NAN;
            assert!(eval(&x)[0].values()[0].is_nan());
        }
    }
}
