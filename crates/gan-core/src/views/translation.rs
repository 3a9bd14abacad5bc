//! Shifted pictures (Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training").

use gan_layers::{LayerError, ParamStore};
use gan_tensor::{Graph, Shape, Var};

use super::picture::sizes;
use super::{View, ViewCx, ViewEntry};

/// Each picture moved by a whole number of pixels up to `ratio` of its height and width, every shift as likely as another; what comes in
/// from outside is 0.
#[derive(Debug)]
struct Translation {
    ratio: f64,
}

/// Most pixels of a batch whose numbers a float holds exactly.
const MOST: usize = 1 << 24;

impl View for Translation {
    fn prepare(&mut self, _: &mut ParamStore, sample: &Shape, path: &str) -> Result<(), LayerError> {
        sizes(sample, path).map(drop)
    }
    fn show<'g>(&self, cx: &ViewCx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let (graph, shape) = (cx.graph(), x.shape());
        let [n, h, w, c] = shape[..] else { return x };
        let pixels = n * h * w;
        let most = |side: usize| (side as f64 * self.ratio).round() as usize;
        let (down, right) = (shift(cx, "down", n, most(h)), shift(cx, "right", n, most(w)));
        let row = number(graph, [1, h, 1], h) + down;
        let column = number(graph, [1, 1, w], w) + right;
        let first = number(graph, [n, 1, 1], n) * (h * w) as f64;
        // 1 where the pixel that moves here lies within the picture
        let within = |at: Var<'g>, side: usize| (at + 0.5).step() * (side as f64 - 0.5 - at).step();
        let inside = within(row, h) * within(column, w);
        // the row after the last pixel is the outside
        let outside = graph.constant(pixels as f64, []);
        let index = (first + row * w as f64 + column) * inside + (1.0 - inside) * outside;
        // a number that no float holds would fetch the wrong pixel: NaN shows the fault
        let index = if pixels < MOST { index } else { index * f64::NAN };
        let table = graph.concat(&[x.reshape([pixels, c]), graph.constant(0.0, [1, c])], 0);
        table.gather(index.detach()).reshape(shape)
    }
}

/// `0, 1, ..., n - 1` along the one axis of `shape` that is not 1.
fn number(graph: &Graph, shape: [usize; 3], n: usize) -> Var<'_> {
    let values: Vec<f64> = (0..n).map(|i| i as f64).collect();
    graph.literal(shape, &values)
}

/// A whole number from `-most` to `most` for each of `n` samples, `[n, 1, 1]`.
fn shift<'g>(cx: &ViewCx<'g, '_>, name: &str, n: usize, most: usize) -> Var<'g> {
    let choices = 2 * most + 1;
    let u = cx.graph().uniform(name, [n, 1, 1], 0.0, choices as f64);
    (1..choices).fold(u * 0.0 - most as f64, |sum, k| sum + (u - k as f64).step())
}

pub(super) const ENTRY: ViewEntry = ViewEntry {
    name: "translation",
    doc: "moves pictures by up to a share of their size, 0 comes in. ratio (0.125)",
    build: |f| Ok(Box::new(Translation { ratio: f.f64_in("ratio", 0.125, 0.0, 1.0)? })),
};
