//! Sums into numbered rows: the transpose of a look-up.

use super::gather::{picked, row};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `out[r, ..] = sum_{i: index[i] = r} x[i, ..]`, in the order of `i`.
#[derive(Debug, Clone, Copy)]
struct ScatterAdd {
    rows: usize,
}

impl Op for ScatterAdd {
    fn name(&self) -> &'static str {
        "scatter_add"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        let row = ins[0].get(ins[1].rank()..).unwrap_or_default();
        if picked(&ins[1], row).ok() != Some(ins[0]) {
            return Err(format!("expected one row for each number of the index {}, found {}", ins[1], ins[0]));
        }
        let sizes: Vec<usize> = [self.rows].iter().chain(row).copied().collect();
        Shape::new(&sizes).map(|s| vec![s]).map_err(|e| e.to_string())
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        let n = io.out_shape(0).row_len();
        let (x, index, out) = (io.x(0), io.x(1), io.out(0));
        if index.iter().any(|&i| row(i, self.rows).is_none()) {
            out.fill(E::from_f64(f64::NAN));
            return;
        }
        // each piece of the result looks through the whole index: the order does not depend on the team
        let rows = (gan_kernels::map::CHUNK / n.max(1)).max(1);
        cx.team.chunks(out, rows * n, |chunk, out| {
            out.fill(E::ZERO);
            let first = chunk * rows;
            for (x, &i) in x.chunks_exact(n).zip(index) {
                let to = row(i, self.rows).and_then(|r| r.checked_sub(first)).filter(|r| (r + 1) * n <= out.len());
                if let Some(r) = to {
                    out[r * n..(r + 1) * n].iter_mut().zip(x).for_each(|(o, &x)| *o += x);
                }
            }
        });
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.gather(ins[1])), None]
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        ins[0].len() as u64
    }
}

impl<'g> Var<'g> {
    /// Adds each row of `[shape of index.., ..]` to the row of a zero table `[rows, ..]` that `index` names: the
    /// transpose of [`gather`](Var::gather). The order of the sums is fixed, whatever the threads.
    ///
    /// If any number is not a row, the whole result is NaN, so that the fault is seen.
    #[track_caller]
    pub fn scatter_add(self, index: Var<'g>, rows: usize) -> Var<'g> {
        self.graph.push(ScatterAdd { rows }, &[self, index])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "scatter_add",
    doc: "Sums into numbered rows.",
    cases: || {
        vec![
            Case::many(&[(&[7, 5], Domain::Real), (&[7], Domain::Index(3))], |x| vec![x[0].scatter_add(x[1], 4).square()]),
            Case::many(&[(&[2, 3], Domain::Real), (&[2, 3], Domain::Index(4))], |x| vec![x[0].scatter_add(x[1], 4).square()]),
        ]
    },
};
