//! Pictures in other light (Zhao et al. 2020).

use gan_layers::{LayerError, ParamStore};
use gan_tensor::{Shape, Var};

use super::picture::sizes;
use super::{View, ViewCx, ViewEntry};

/// Brightness `x + b`, then saturation `m + s (x - m)` about the mean `m` of a pixel's channels, then contrast `m + c (x - m)` about the mean of the
/// picture, with `b ~ U(-brightness, brightness)`, `s ~ U(1 - saturation, 1 + saturation)`, `c ~ U(1 - contrast, 1 + contrast)`.
///
/// The published code works on values in [-1, 1]; here they usually lie in [0, 1], so that its brightness of 0.5 is 0.25.
#[derive(Debug)]
struct Colour {
    brightness: f64,
    saturation: f64,
    contrast: f64,
}

impl View for Colour {
    fn prepare(&mut self, _: &mut ParamStore, sample: &Shape, path: &str) -> Result<(), LayerError> {
        sizes(sample, path).map(drop)
    }
    fn show<'g>(&self, cx: &ViewCx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let [_, h, w, c] = x.shape()[..] else { return x };
        let about = |x: Var<'g>, name: &str, axes: &[usize], strength: f64, count: usize| {
            if strength == 0.0 || count < 2 {
                return x;
            }
            let mean = x.sum_axes(axes) / count as f64;
            mean + (x - mean) * cx.each(name, x, 1.0 - strength, 1.0 + strength)
        };
        let bright = match self.brightness {
            0.0 => x,
            b => x + cx.each("brightness", x, -b, b),
        };
        let saturated = about(bright, "saturation", &[3], self.saturation, c);
        about(saturated, "contrast", &[1, 2, 3], self.contrast, h * w * c)
    }
}

pub(super) const ENTRY: ViewEntry = ViewEntry {
    name: "colour",
    doc: "changes the light of pictures. brightness (0.25), saturation (1), contrast (0.5)",
    build: |f| {
        Ok(Box::new(Colour {
            brightness: f.f64_in("brightness", 0.25, 0.0, f64::MAX)?,
            saturation: f.f64_in("saturation", 1.0, 0.0, f64::MAX)?,
            contrast: f.f64_in("contrast", 0.5, 0.0, f64::MAX)?,
        }))
    },
};
