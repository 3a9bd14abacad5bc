//! The logarithm of a sum of exponentials, without overflow.

use gan_kernels::strided::{self, Layout};
use gan_kernels::{map, reduce};

use super::sum::{reduced, runs, split};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `y = ln sum e^x` along neighbouring dimensions `from..to`, as `m + ln sum e^(x - m)` with the maximum `m`.
/// Its gradient is `e^(x - y)`.
#[derive(Debug, Clone, Copy)]
struct LogSumExp {
    from: usize,
    to: usize,
}

impl LogSumExp {
    fn axes(&self) -> Vec<usize> {
        (self.from..self.to).collect()
    }
}

impl Op for LogSumExp {
    fn name(&self) -> &'static str {
        "logsumexp"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        Ok(vec![reduced(&ins[0], self.from, self.to)])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let sizes = split(&io.in_shape(0), self.from, self.to);
        let (team, x, out) = (cx.team, io.x(0), io.out(0));
        let (terms, sums) = io.scratch().split_at_mut(x.len());
        let sums = &mut sums[..out.len()];
        reduce::fold_axis(team, sizes, x, out, E::NEG_INFINITY, |a, b| a.maximum(b));
        // an infinite maximum must not be subtracted from itself
        map::in_place(team, out, |m| if m.is_finite() { m } else { E::ZERO });
        let (outer, middle, inner) = sizes;
        let layout = |strides: [usize; 3]| {
            let mut all = [0; strided::MAX_RANK];
            all[..3].copy_from_slice(&strides);
            Layout { offset: 0, strides: all }
        };
        let term = |x: E, m: E| (x - m).exp();
        if inner == 1 {
            let (x, m) = ((x, &layout([middle, 1, 0])), (&*out, &layout([1, 0, 0])));
            strided::binary(team, &[outer, middle], x, m, terms, term);
        } else {
            let (x, m) = ((x, &layout([middle * inner, inner, 1])), (&*out, &layout([inner, 0, 1])));
            strided::binary(team, &[outer, middle, inner], x, m, terms, term);
        }
        reduce::fold_axis(team, sizes, terms, sums, E::ZERO, |a, b| a + b);
        map::binary_in_place(team, sums, out, |m, s| m + s.ln());
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct * (ins[0] - outs[0]).exp())]
    }
    fn decompose<'g>(&self, ins: &[Var<'g>]) -> Option<Vec<Var<'g>>> {
        let m = ins[0].max_axes(&self.axes()).detach();
        Some(vec![(ins[0] - m).exp().sum_axes(&self.axes()).ln() + m])
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        ins[0].len() + reduced(&ins[0], self.from, self.to).len()
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        20 * ins[0].len() as u64
    }
}

impl<'g> Var<'g> {
    /// `ln sum e^x` along `axes`, which stay with size 1; neither large nor small operands overflow.
    #[track_caller]
    pub fn logsumexp_axes(self, axes: &[usize]) -> Var<'g> {
        match runs(&self.shape(), axes) {
            Ok(runs) => runs.into_iter().fold(self, |x, (from, to)| x.graph.push(LogSumExp { from, to }, &[x])),
            Err(message) => {
                self.graph.fail("logsumexp_axes", &message, &[self.shape()], std::panic::Location::caller());
                self
            }
        }
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "logsumexp",
    doc: "The logarithm of a sum of exponentials.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x.logsumexp_axes(&[0])),
            Case::unary(Domain::Real, |x| x.logsumexp_axes(&[1]).square()),
            Case::unary(Domain::Real, |x| x.logsumexp_axes(&[0, 1])),
            Case::many(&[(&[2, 3, 4], Domain::Real)], |x| vec![x[0].logsumexp_axes(&[0, 2]), x[0].logsumexp_axes(&[1])]),
        ]
    },
};

#[cfg(test)]
mod tests {
    use crate::{Cx, Graph, Team};

    #[test]
    fn extreme_operands() {
        let g = Graph::new();
        let x = g.input("x", [5, 2]);
        let y = x.logsumexp_axes(&[1]);
        let (inf, nan) = (f32::INFINITY, f32::NAN);
        let values = [1000.0, 1000.0, -1000.0, -1001.0, -inf, -inf, inf, 1.0, 0.0, nan];
        let team = Team::serial();
        let out = g.eval::<f32>(&[y], &[], &[&values], &Cx::new(&team, 0, 0)).unwrap();
        let y = out[0].values();
        assert!((y[0] - 1000.6931).abs() < 1e-3 && (y[1] + 999.6867).abs() < 1e-3, "{y:?}");
        assert!(y[2] == -inf && y[3] == inf && y[4].is_nan(), "{y:?}");
    }
}
