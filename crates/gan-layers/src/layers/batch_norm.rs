//! Batch normalisation (Ioffe & Szegedy 2015).

use gan_tensor::{Shape, Var};

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Kind, Mode, Module, ParamId, Spec, init};

/// `y = gain (x - mean) / sqrt(var + epsilon) + shift` with the statistics of each feature over the batch (and, for
/// pictures `[channels, ...]`, over positions). Running statistics take their place in use.
#[derive(Debug)]
struct BatchNorm {
    gain: ParamId,
    shift: ParamId,
    mean: ParamId,
    var: ParamId,
    features: usize,
    epsilon: f64,
    momentum: f64,
}

impl BatchNorm {
    /// The shape `[1, features, 1, ...]` and the axes over which statistics are taken.
    fn layout(&self, x: &Shape) -> (Vec<usize>, Vec<usize>) {
        let shape = (0..x.rank()).map(|d| if d == 1 { self.features } else { 1 }).collect();
        (shape, (0..x.rank()).filter(|&d| d != 1).collect())
    }
}

impl Module for BatchNorm {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let (shape, axes) = self.layout(&x.shape());
        let Ok(shape) = Shape::new(&shape) else { return x };
        let [gain, shift, running_mean, running_var] =
            [self.gain, self.shift, self.mean, self.var].map(|p| cx.param(p).reshape(shape));
        let (mean, var) = match cx.mode() {
            Mode::Eval => (running_mean, running_var),
            Mode::Train => {
                let mean = x.mean_axes(&axes);
                let var = (x - mean).square().mean_axes(&axes);
                let n = x.shape().len() as f64 / self.features as f64;
                // the running variance is the unbiased one, as users of other libraries expect
                let unbiased = var * (n / (n - 1.0).max(1.0));
                let blend =
                    |old: Var<'g>, new: Var<'g>| (old * (1.0 - self.momentum) + new * self.momentum).reshape([self.features]);
                cx.update(self.mean, blend(running_mean, mean));
                cx.update(self.var, blend(running_var, unbiased));
                (mean, var)
            }
        };
        (x - mean) / (var + self.epsilon).sqrt() * gain + shift
    }
    fn couples_batch(&self) -> bool {
        true
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "batch_norm",
    doc: "normalises each feature over the batch. momentum (0.1), epsilon (1e-5)",
    build: |f, b| {
        let Some(&features) = b.input().first() else { return Err(f.shape_fault("an example must have at least one dimension")) };
        let layer = BatchNorm {
            gain: b.param("gain", [features], Kind::Trainable, &init::Constant(1.0))?,
            shift: b.param("shift", [features], Kind::Trainable, &init::Constant(0.0))?,
            mean: b.param("mean", [features], Kind::Buffer, &init::Constant(0.0))?,
            var: b.param("var", [features], Kind::Buffer, &init::Constant(1.0))?,
            features,
            epsilon: f.positive("epsilon", 1e-5)?,
            momentum: f.f64_in("momentum", 0.1, 0.0, 1.0)?,
        };
        Built::new(layer, b.input())
    },
    cases: || {
        let slow = Spec::new("batch_norm").with("momentum", 0.3).with("epsilon", 1e-3);
        vec![Case::same(Spec::new("batch_norm"), [4]), Case::same(slow, [2, 3, 2])]
    },
};
