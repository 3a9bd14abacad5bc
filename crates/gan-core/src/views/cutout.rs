//! Pictures with a hole (DeVries & Taylor 2017; Zhao et al. 2020).

use gan_layers::{LayerError, ParamStore};
use gan_tensor::{Shape, Var};

use super::picture::sizes;
use super::{View, ViewCx, ViewEntry};

/// A rectangle of `ratio` of the height and width is 0; its middle is any pixel, so that it may stand out of the picture.
#[derive(Debug)]
struct Cutout {
    ratio: f64,
}

impl View for Cutout {
    fn prepare(&mut self, _: &mut ParamStore, sample: &Shape, path: &str) -> Result<(), LayerError> {
        sizes(sample, path).map(drop)
    }
    fn show<'g>(&self, cx: &ViewCx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let [_, h, w, _] = x.shape()[..] else { return x };
        // 1 where a line of pixels meets the hole
        let hit = |name: &str, side: usize, shape: [usize; 4]| {
            let centres: Vec<f64> = (0..side).map(|i| i as f64 + 0.5).collect();
            let middle = cx.each(name, x, 0.0, side as f64);
            let half = (side as f64 * self.ratio / 2.0).max(0.0);
            (half - (cx.graph().literal(shape, &centres) - middle).abs()).step()
        };
        let hole = hit("row", h, [1, h, 1, 1]) * hit("column", w, [1, 1, w, 1]);
        x * (1.0 - hole).detach()
    }
}

pub(super) const ENTRY: ViewEntry = ViewEntry {
    name: "cutout",
    doc: "cuts a rectangle of a share of their size out of pictures. ratio (0.5)",
    build: |f| Ok(Box::new(Cutout { ratio: f.f64_in("ratio", 0.5, 0.0, 1.0)? })),
};
