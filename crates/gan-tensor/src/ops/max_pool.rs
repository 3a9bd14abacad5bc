//! Maxima over windows of pictures.

use gan_kernels::pooling::{Windows, max};

use super::{Case, Domain, OpEntry};
use crate::{Cx, Element, Io, Op, Shape, Var};

/// Most pixels of a window: their numbers are exact in `f32`.
const MAX_AREA: usize = 1 << 24;

/// The sizes of pictures `[n, height, width, channels]`.
pub(super) fn pictures(x: &Shape) -> Result<[usize; 4], String> {
    <[usize; 4]>::try_from(&x[..]).map_err(|_| format!("expected pictures [n, height, width, channels], found {x}"))
}

/// The shape of what is pooled from pictures of shape `x`.
pub(super) fn pooled(x: &Shape, windows: &Windows) -> Result<Shape, String> {
    let [n, height, width, channels] = pictures(x)?;
    if windows.area() > MAX_AREA {
        return Err(format!("a window holds at most {MAX_AREA} pixels, not {:?}", windows.kernel));
    }
    let count = windows.count([height, width]).ok_or_else(|| {
        let Windows { kernel, stride, padding } = windows;
        format!(
            "no windows of {kernel:?} pixels, {stride:?} apart, fit into {height} x {width} with a padding of {padding:?}: sizes and \
             strides are at least 1, a padding is less than its size"
        )
    })?;
    Shape::new(&[n, count[0], count[1], channels]).map_err(|e| e.to_string())
}

/// Checks that windows over pictures of shape `to` yield the shape `from`; the shape of the pictures.
pub(super) fn unpooled(from: &Shape, size: [usize; 2], windows: &Windows) -> Result<Shape, String> {
    let [n, _, _, channels] = pictures(from)?;
    let to = Shape::new(&[n, size[0], size[1], channels]).map_err(|e| e.to_string())?;
    match pooled(&to, windows)? {
        expected if expected == *from => Ok(to),
        expected => Err(format!("expected {expected}, the windows over {to}, found {from}")),
    }
}

/// `shape` as kernels take it.
pub(super) fn sizes(shape: Shape) -> [usize; 4] {
    pictures(&shape).unwrap_or_default()
}

/// `[n, height, width, channels] -> [n, rows, columns, channels]` twice: the maximum over each window, and which of its pixels
/// it is.
#[derive(Debug, Clone, Copy)]
struct MaxPool {
    windows: Windows,
}

impl Op for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool"
    }
    fn results(&self) -> usize {
        2
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        pooled(&ins[0], &self.windows).map(|s| vec![s; 2])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        max::forward(cx.team, &self.windows, sizes(io.in_shape(0)), io.x(0), io.out(0), io.out(1));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], outs: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let shape = ins[0].shape();
        let scatter = Scatter { windows: self.windows, size: [shape[1], shape[2]] };
        vec![cts[0].map(|ct| ins[0].graph.push(scatter, &[ct, outs[1]]))]
    }
    fn flops(&self, _: &[Shape], outs: &[Shape]) -> u64 {
        (outs[0].len() * self.windows.area()) as u64
    }
}

/// The gradient of [`MaxPool`] over pictures of `size`: each pixel gets what comes in from the windows that it won.
#[derive(Debug, Clone, Copy)]
struct Scatter {
    windows: Windows,
    size: [usize; 2],
}

impl Op for Scatter {
    fn name(&self) -> &'static str {
        "max_pool_scatter"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        if ins[0] != ins[1] {
            return Err("expected maxima and their winners, of one shape".to_owned());
        }
        unpooled(&ins[0], self.size, &self.windows).map(|s| vec![s])
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        max::scatter(cx.team, &self.windows, sizes(io.out_shape(0)), io.x(0), io.x(1), io.out(0));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        vec![cts[0].map(|ct| ins[0].graph.push(Gather { windows: self.windows }, &[ct, ins[1]])), None]
    }
    fn flops(&self, ins: &[Shape], _: &[Shape]) -> u64 {
        (ins[0].len() * self.windows.area()) as u64
    }
}

/// The transpose of [`Scatter`]: of each window the pixel that won.
#[derive(Debug, Clone, Copy)]
struct Gather {
    windows: Windows,
}

impl Op for Gather {
    fn name(&self) -> &'static str {
        "max_pool_gather"
    }
    fn shapes(&self, ins: &[Shape]) -> Result<Vec<Shape>, String> {
        match pooled(&ins[0], &self.windows)? {
            shape if shape == ins[1] => Ok(vec![shape]),
            shape => Err(format!("expected winners of shape {shape}, found {}", ins[1])),
        }
    }
    fn eval<E: Element>(&self, io: &mut Io<'_, E>, cx: &Cx<'_>) {
        max::gather(cx.team, &self.windows, sizes(io.in_shape(0)), io.x(0), io.x(1), io.out(0));
    }
    fn vjp<'g>(&self, ins: &[Var<'g>], _: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
        let shape = ins[0].shape();
        let scatter = Scatter { windows: self.windows, size: [shape[1], shape[2]] };
        vec![cts[0].map(|ct| ins[0].graph.push(scatter, &[ct, ins[1]])), None]
    }
    fn flops(&self, _: &[Shape], outs: &[Shape]) -> u64 {
        (outs[0].len() * self.windows.area()) as u64
    }
}

impl<'g> Var<'g> {
    /// The maximum over each of the windows of pictures: `[n, height, width, channels] -> [n, rows, columns, channels]`, see
    /// [`Windows::count`]. What lies outside of the picture takes no part; NaN wins; of equal pixels the first of the window gets the
    /// gradient.
    ///
    /// ```
    /// use gan_tensor::{Cx, Graph, Team, Windows};
    /// let g = Graph::new();
    /// let x = g.input("x", [1, 2, 4, 1]);
    /// let y = x.max_pool(Windows { kernel: [2, 2], stride: [2, 2], padding: [0, 0] });
    /// let team = Team::serial();
    /// let x = [1.0, 5.0, 2.0, 3.0, 4.0, 0.0, 7.0, 6.0];
    /// assert_eq!(g.eval(&[y], &[], &[&x], &Cx::new(&team, 0, 0))?[0].values(), [5.0, 7.0]);
    /// # Ok::<(), gan_tensor::TensorError>(())
    /// ```
    #[track_caller]
    pub fn max_pool(self, windows: Windows) -> Var<'g> {
        self.graph.push_many(MaxPool { windows }, &[self])[0]
    }
}

pub(super) const ENTRY: OpEntry = OpEntry {
    name: "max_pool",
    doc: "Maxima over windows of pictures.",
    cases: || {
        const OVERLAPPING: Windows = Windows { kernel: [3, 2], stride: [2, 1], padding: [1, 1] };
        vec![
            Case::many(&[(&[2, 4, 6, 3], Domain::Real)], |x| {
                vec![x[0].max_pool(Windows { kernel: [2; 2], stride: [2; 2], padding: [0; 2] }).square()]
            }),
            Case::many(&[(&[1, 5, 4, 2], Domain::Real)], |x| vec![x[0].max_pool(OVERLAPPING).square()]),
            Case::many(&[(&[5, 1, 1, 3], Domain::Real)], |x| {
                vec![x[0].max_pool(Windows { kernel: [1; 2], stride: [1; 2], padding: [0; 2] }).square()]
            }),
            Case::many(&[(&[2, 3, 5, 2], Domain::Real), (&[2, 3, 5, 2], Domain::Index(6))], |x| {
                vec![x[0].graph.push(Scatter { windows: OVERLAPPING, size: [5, 4] }, x).square()]
            }),
            Case::many(&[(&[2, 5, 4, 2], Domain::Real), (&[2, 3, 5, 2], Domain::Index(6))], |x| {
                vec![x[0].graph.push(Gather { windows: OVERLAPPING }, x).square()]
            }),
        ]
    },
};
