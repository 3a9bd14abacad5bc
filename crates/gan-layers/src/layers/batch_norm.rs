//! Batch normalisation (Ioffe & Szegedy 2015).

use gan_tensor::Var;
use gan_tensor::ops::Over;

use super::{Built, Case, LayerEntry};
use crate::module::{Build, Cx};
use crate::{Fields, Kind, LayerError, Mode, Module, ParamId, Spec, init};

/// `y = gain (x - mean) / sqrt(var + epsilon) + shift` with the statistics of each feature, the last axis, over the batch
/// (and, for pictures `[height, width, channels]`, over positions). Running statistics take their place in use, where all
/// that is left is a scale and a shift.
#[derive(Debug)]
struct BatchNorm {
    statistics: Statistics,
    gain: ParamId,
    shift: ParamId,
}

/// The statistics of a batch and their running means.
#[derive(Debug)]
pub(super) struct Statistics {
    pub(super) features: usize,
    mean: ParamId,
    var: ParamId,
    epsilon: f64,
    momentum: f64,
}

impl Statistics {
    /// Reads the fields `momentum` and `epsilon`.
    pub(super) fn build(f: &Fields<'_>, b: &mut Build<'_>) -> Result<Statistics, LayerError> {
        let Some(&features) = b.input().last() else { return Err(f.shape_fault("an example must have at least one dimension")) };
        Ok(Statistics {
            features,
            mean: b.param("mean", [features], Kind::Buffer, &init::Constant(0.0))?,
            var: b.param("var", [features], Kind::Buffer, &init::Constant(1.0))?,
            epsilon: f.positive("epsilon", 1e-5)?,
            momentum: f.f64_in("momentum", 0.1, 0.0, 1.0)?,
        })
    }

    /// `gain (x - mean) / sqrt(var + epsilon) + shift` with gain and shift `[features]`.
    pub(super) fn normalise<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>, gain: Var<'g>, shift: Var<'g>) -> Var<'g> {
        let [mean, var] = [self.mean, self.var].map(|p| cx.param(p));
        if cx.mode() == Mode::Eval {
            let scale = gain / (var + self.epsilon).sqrt();
            return x.scale_shift(scale, shift - mean * scale);
        }
        let batch = x.normalise(Over::Batch, gain, shift, self.epsilon);
        let variance = (1.0 / batch.rstd.square() - self.epsilon).relu();
        let n = x.shape().len() as f64 / self.features as f64;
        // the running variance is the unbiased one, as users of other libraries expect
        let unbiased = variance * (n / (n - 1.0).max(1.0));
        let blend =
            |old: Var<'g>, new: Var<'g>| old * (1.0 - self.momentum) + new.reshape([self.features]).detach() * self.momentum;
        cx.update(self.mean, blend(mean, batch.mean));
        cx.update(self.var, blend(var, unbiased));
        batch.value
    }
}

impl Module for BatchNorm {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        self.statistics.normalise(cx, x, cx.param(self.gain), cx.param(self.shift))
    }
    fn couples_batch(&self) -> bool {
        true
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "batch_norm",
    doc: "normalises each feature (the last axis) over the batch and positions. momentum (0.1), epsilon (1e-5)",
    build: |f, b| {
        let Some(&features) = b.input().last() else { return Err(f.shape_fault("an example must have at least one dimension")) };
        let layer = BatchNorm {
            gain: b.param("gain", [features], Kind::Trainable, &init::Constant(1.0))?,
            shift: b.param("shift", [features], Kind::Trainable, &init::Constant(0.0))?,
            statistics: Statistics::build(f, b)?,
        };
        Built::new(layer, b.input())
    },
    cases: || {
        let slow = Spec::new("batch_norm").with("momentum", 0.3).with("epsilon", 1e-3);
        vec![Case::same(Spec::new("batch_norm"), [4]), Case::same(slow, [2, 3, 2])]
    },
};
