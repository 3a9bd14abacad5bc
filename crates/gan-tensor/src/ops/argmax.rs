//! Where a maximum lies.

use gan_kernels::maxout;

use super::sum::split;
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// The position of the maximum along `axis`, the first one on a tie; a NaN counts as the largest.
#[derive(Debug, Clone, Copy)]
struct Argmax {
    axis: usize,
}

impl Op for Argmax {
    fn name(&self) -> &'static str {
        "argmax"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        match ins[0].get(self.axis) {
            Some(0) => Err(format!("axis {} is empty: there is no maximum", self.axis)),
            Some(_) => Ok(vec![ins[0].with(self.axis, 1)]),
            None => Err(format!("axis {} does not exist: {} has {} dimensions", self.axis, ins[0], ins[0].rank())),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (_, middle, inner) = split(&io.in_shape(0), self.axis, self.axis + 1);
        let (x, out) = (io.x(0), io.out(0));
        let largest = &mut io.scratch()[..out.len()];
        maxout::forward(cx.team, x, &[], middle, inner, largest, out);
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], _: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![None]
    }
    fn scratch(&self, ins: &[Shape]) -> usize {
        ins[0].get(self.axis).map_or(0, |_| ins[0].with(self.axis, 1).len())
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        ins[0].len() as u64
    }
}

impl<'g> Var<'g> {
    /// The position (as a number) of the maximum along `axis`, which stays with size 1; the first one on a
    /// tie. Its gradient is 0 everywhere.
    #[track_caller]
    pub fn argmax(self, axis: usize) -> Var<'g> {
        self.graph.push(Argmax { axis }, &[self])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "argmax",
    doc: "Where a maximum lies.",
    cases: || {
        vec![
            Case::unary(Domain::Real, |x| x.argmax(1) * x),
            Case::many(&[(&[2, 3, 4], Domain::Real)], |x| vec![x[0].argmax(1) + x[0], x[0].argmax(0) * x[0]]),
        ]
    },
};

#[cfg(test)]
mod tests {
    use crate::{Cx, Graph, Team};

    #[test]
    fn the_first_of_equals_and_nan_above_all() {
        let g = Graph::new();
        let x = g.input("x", [3, 3]);
        let team = Team::serial();
        let values = [1.0, 3.0, 3.0, -1.0, -2.0, -3.0, 0.0, f64::NAN, 9.0];
        let out = g.eval(&[x.argmax(1), x.argmax(0)], &[], &[&values], &Cx::new(&team, 0, 0)).unwrap();
        assert_eq!((out[0].values(), out[1].values()), (&[1.0, 0.0, 1.0][..], &[0.0, 2.0, 2.0][..]));
    }
}
