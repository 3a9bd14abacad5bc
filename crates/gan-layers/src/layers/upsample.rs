//! Pictures enlarged by a whole number.

use gan_tensor::Var;

use super::picture::behind;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

/// How the new pixels are made.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// Each pixel is repeated.
    Nearest,
    /// Linear interpolation in both directions.
    Bilinear,
}

/// `[height, width, channels] -> [factor height, factor width, channels]`.
#[derive(Clone, Copy, Debug)]
struct Upsample {
    factor: usize,
    mode: Mode,
}

impl Upsample {
    fn apply(self, x: Var<'_>) -> Var<'_> {
        match self.mode {
            Mode::Nearest => x.upsample_nearest(self.factor),
            Mode::Bilinear => x.upsample_bilinear(self.factor),
        }
    }
}

impl Module for Upsample {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        self.apply(x)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "upsample",
    doc: "enlarges a picture by a whole number. factor, mode (nearest; bilinear)",
    build: |f, b| {
        let mode = match f.text_or("mode", "nearest")? {
            "nearest" => Mode::Nearest,
            "bilinear" => Mode::Bilinear,
            other => return Err(f.fault("mode", "nearest or bilinear", format!("\"{other}\""))),
        };
        let layer = Upsample { factor: f.count("factor")?, mode };
        Built::new(layer, behind(f, b, |x| layer.apply(x))?)
    },
    cases: || {
        let by = |factor: usize| Spec::new("upsample").with("factor", factor);
        vec![
            Case::new(by(2), [3, 2, 3], [6, 4, 3]),
            Case::new(by(2).with("mode", "bilinear"), [3, 2, 3], [6, 4, 3]),
            Case::new(by(3).with("mode", "bilinear"), [1, 2, 1], [3, 6, 1]),
        ]
    },
};
