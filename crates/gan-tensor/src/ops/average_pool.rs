//! Means over windows of pictures.

use gan_kernels::pooling::{Windows, sum};

use super::max_pool::{pooled, sizes, unpooled};
use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// `[n, height, width, channels] -> [n, rows, columns, channels]`: the sum over each window divided by its area.
#[derive(Debug, Clone, Copy)]
struct AveragePool {
    windows: Windows,
}

fn share<E: Element>(windows: &Windows) -> E {
    E::from_f64(1.0 / windows.area() as f64)
}

impl Op for AveragePool {
    fn name(&self) -> &'static str {
        "average_pool"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        pooled(&ins[0], &self.windows).map(|s| vec![s])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        sum::forward(cx.team, &self.windows, sizes(io.in_shape(0)), share(&self.windows), io.x(0), io.out(0));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let shape = ins[0].shape();
        let spread = Spread { windows: self.windows, size: [shape[1], shape[2]] };
        vec![cts[0].map(|ct| ct.graph.push(spread, &[ct]))]
    }
    fn flops(&self, _: &[Shape], outs: &[Shape]) -> u64 {
        2 * (outs[0].len() * self.windows.area()) as u64
    }
}

/// The transpose of [`AveragePool`] over pictures of `size`: each pixel gets its share of the windows that hold it.
#[derive(Debug, Clone, Copy)]
struct Spread {
    windows: Windows,
    size: [usize; 2],
}

impl Op for Spread {
    fn name(&self) -> &'static str {
        "average_pool_spread"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        unpooled(&ins[0], self.size, &self.windows).map(|s| vec![s])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        sum::spread(cx.team, &self.windows, sizes(io.out_shape(0)), share(&self.windows), io.x(0), io.out(0));
    }
    fn vjp<'g>(&self, _: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ct.average_pool(self.windows))]
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        2 * (ins[0].len() * self.windows.area()) as u64
    }
}

impl<'g> Var<'g> {
    /// The mean over each of the windows of pictures: `[n, height, width, channels] -> [n, rows, columns, channels]`, see
    /// [`Windows::count`]. What lies outside of the picture counts as 0: the sum is always divided by the window's whole area.
    ///
    /// The mean over the whole picture is [`mean_axes(&[1, 2])`](Var::mean_axes).
    #[track_caller]
    pub fn average_pool(self, windows: Windows) -> Var<'g> {
        self.graph.push(AveragePool { windows }, &[self])
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "average_pool",
    doc: "Means over windows of pictures.",
    cases: || {
        vec![
            Case::many(&[(&[2, 4, 6, 3], Domain::Real)], |x| {
                vec![x[0].average_pool(Windows { kernel: [2; 2], stride: [2; 2], padding: [0; 2] }).square()]
            }),
            Case::many(&[(&[1, 5, 4, 2], Domain::Real)], |x| {
                vec![x[0].average_pool(Windows { kernel: [3, 2], stride: [2, 1], padding: [1, 1] }).square()]
            }),
            Case::many(&[(&[5, 1, 1, 3], Domain::Real)], |x| {
                vec![x[0].average_pool(Windows { kernel: [1; 2], stride: [3; 2], padding: [0; 2] }).square()]
            }),
        ]
    },
};
