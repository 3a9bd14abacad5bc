//! Rows by number: look-ups in a table.

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `out[i, ..] = x[index[i], ..]` for `x: [rows, ..]` and an index of any shape.
#[derive(Debug, Clone, Copy)]
struct Gather;

/// The row a number stands for: whole and below `rows`.
pub(super) fn row<E: Element>(index: E, rows: usize) -> Option<usize> {
    let i = index.to_f64();
    (i >= 0.0 && i < rows as f64 && i.fract() == 0.0).then_some(i as usize)
}

/// The shape of the rows that an index picks from a table with rows of shape `row`.
pub(super) fn picked(index: &Shape, row: &[usize]) -> Result<Shape, String> {
    let sizes: Vec<usize> = index.iter().chain(row).copied().collect();
    Shape::new(&sizes).map_err(|e| e.to_string())
}

impl Op for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        match ins[0][..] {
            [_, ref row @ ..] => picked(&ins[1], row).map(|s| vec![s]),
            [] => Err("expected a table of rows, found a scalar".to_owned()),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let (table, n) = (io.in_shape(0)[0], io.in_shape(0).row_len());
        let (x, index, out) = (io.x(0), io.x(1), io.out(0));
        let rows = (gan_kernels::map::CHUNK / n.max(1)).max(1);
        cx.team.chunks(out, rows * n, |chunk, out| {
            for (out, &i) in out.chunks_exact_mut(n).zip(&index[chunk * rows..]) {
                match row(i, table) {
                    Some(i) => out.copy_from_slice(&x[i * n..(i + 1) * n]),
                    None => out.fill(E::from_f64(f64::NAN)),
                }
            }
        });
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let rows = ins[0].shape()[0];
        vec![cts[0].map(|ct| ct.scatter_add(ins[1], rows)), None]
    }
    fn flops(&self, _: &[Shape], _: &[Shape]) -> u64 {
        0
    }
}

impl<'g> Var<'g> {
    /// The rows of `[rows, ..]` that `index` names by number (exact up to 2^24 in `f32`): `[shape of index.., ..]`.
    ///
    /// A number that is not a row (too large, negative, broken, NaN) yields a row of NaN, so that the fault is seen.
    #[track_caller]
    pub fn gather(self, index: Var<'g>) -> Var<'g> {
        self.graph.push(Gather, &[self, index])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "gather",
    doc: "Rows by number.",
    cases: || {
        vec![
            Case::many(&[(&[3, 5], Domain::Real), (&[7], Domain::Index(3))], |x| vec![x[0].gather(x[1]).square()]),
            Case::many(&[(&[4], Domain::Real), (&[2, 3], Domain::Index(4))], |x| vec![x[0].gather(x[1]).exp()]),
            Case::many(&[(&[3, 2, 4], Domain::Real), (&[], Domain::Index(3))], |x| vec![x[0].gather(x[1]).square()]),
        ]
    },
};

#[cfg(test)]
mod tests {
    use crate::{Cx, Graph, Team};

    #[test]
    fn a_number_that_is_no_row_is_seen() {
        let g = Graph::new();
        let (x, i) = (g.input("x", [2, 1]), g.input("i", [7]));
        let y = x.gather(i);
        let dx = g.grad(y, &[x])[0];
        let team = Team::serial();
        let index = [1.0, -0.0, 2.0, -1.0, 0.5, f32::NAN, f32::INFINITY];
        let out = g.eval::<f32>(&[y, dx], &[], &[&[3.0, 4.0], &index], &Cx::new(&team, 0, 0)).unwrap();
        assert_eq!(out[0].values()[..2], [4.0, 3.0]);
        assert!(out[0].values()[2..].iter().chain(out[1].values()).all(|x| x.is_nan()));
    }
}
