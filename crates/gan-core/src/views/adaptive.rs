//! Views as often as D overfits (Karras et al. 2020, "Training generative adversarial networks with limited data").

use gan_layers::{Fields, Kind, LayerError, ParamId, ParamStore, init};
use gan_tensor::{Shape, Var};

use super::{View, ViewCx, ViewEntry};

/// Shows a sample through each of its views with probability `p`, which D's own confidence steers: where `E sign d(x)` on the data lies above
/// `target`, D has begun to know them by heart and `p` grows, else it shrinks, from 0 to 1 within `examples` of the data at the fastest.
/// `p` is saved with D.
#[derive(Debug)]
struct Adaptive {
    views: Vec<Box<dyn View>>,
    target: f64,
    examples: f64,
    start: f64,
    probability: Option<ParamId>,
}

impl View for Adaptive {
    fn prepare(&mut self, params: &mut ParamStore, sample: &Shape, path: &str) -> Result<(), LayerError> {
        let start = init::Constant(self.start);
        self.probability = Some(params.add(&format!("{path}.probability"), [1], Kind::Buffer, &start)?);
        self.views.iter_mut().enumerate().try_for_each(|(i, v)| v.prepare(params, sample, &format!("{path}.views[{i}]")))
    }
    fn show<'g>(&self, cx: &ViewCx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let Some(id) = self.probability else { return x };
        let probability = cx.parameters().param(id).detach();
        self.views.iter().fold(x, |x, view| {
            let u = cx.each("adaptive", x, 0.0, 1.0);
            (probability - u).step().select(view.show(cx, x), x)
        })
    }
    fn adapt<'g>(&self, cx: &ViewCx<'g, '_>, d_real: Var<'g>) {
        let Some(id) = self.probability else { return };
        let sure = d_real.sign().mean().reshape([1]);
        let stride = d_real.shape().first().copied().unwrap_or(0) as f64 / self.examples;
        let next = cx.parameters().param(id) + (sure - self.target).sign() * stride;
        cx.parameters().update(id, next.clamp(0.0, 1.0));
        self.views.iter().for_each(|v| v.adapt(cx, d_real));
    }
}

fn views(f: &Fields<'_>) -> Result<Vec<Box<dyn View>>, LayerError> {
    let specs =
        f.specs("views")?.ok_or_else(|| f.missing("views", "a list of views, for example [\"translation\", \"colour\"]"))?;
    specs.iter().map(|(spec, path)| super::build(spec, path)).collect()
}

pub(super) const ENTRY: ViewEntry = ViewEntry {
    name: "adaptive",
    doc: "shows views as often as D overfits. views; target (0.6), examples (500000), start (0)",
    build: |f| {
        Ok(Box::new(Adaptive {
            views: views(f)?,
            target: f.f64_in("target", 0.6, -1.0, 1.0)?,
            examples: f.positive("examples", 500_000.0)?,
            start: f.f64_in("start", 0.0, 0.0, 1.0)?,
            probability: None,
        }))
    },
};
