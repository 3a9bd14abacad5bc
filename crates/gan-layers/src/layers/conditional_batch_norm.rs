//! Batch normalisation with a gain and a shift for each class (de Vries et al. 2017; Miyato & Koyama 2018 in G).

use gan_tensor::Var;

use super::batch_norm::Statistics;
use super::labels::{beside, classes, rows};
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Kind, Module, ParamId, Spec, init};

/// `y = gain_c (x - mean) / sqrt(var + epsilon) + shift_c` for an example of class `c`: the statistics of
/// [`batch_norm`](super::batch_norm), over all classes together.
#[derive(Debug)]
struct ConditionalBatchNorm {
    statistics: Statistics,
    /// `[classes, features]`.
    gain: ParamId,
    shift: ParamId,
}

impl Module for ConditionalBatchNorm {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let batch = x.shape().first().copied().unwrap_or(0);
        let features = [self.statistics.features];
        let plain = self.statistics.normalise(cx, x, cx.graph().constant(1.0, features), cx.graph().constant(0.0, features));
        let [gain, shift] = [self.gain, self.shift].map(|table| beside(rows(cx, cx.param(table), batch), x));
        plain * gain + shift
    }
    fn couples_batch(&self) -> bool {
        true
    }
    fn reads_labels(&self) -> bool {
        true
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "conditional_batch_norm",
    doc: "batch_norm with a gain and a shift for each class. momentum (0.1), epsilon (1e-5)",
    build: |f, b| {
        let classes = classes(f, b)?;
        let statistics = Statistics::build(f, b)?;
        let shape = [classes, statistics.features];
        let layer = ConditionalBatchNorm {
            gain: b.param("gain", shape, Kind::Trainable, &init::Constant(1.0))?,
            shift: b.param("shift", shape, Kind::Trainable, &init::Constant(0.0))?,
            statistics,
        };
        Built::new(layer, b.input())
    },
    cases: || {
        let slow = Spec::new("conditional_batch_norm").with("momentum", 0.3).with("epsilon", 1e-3);
        vec![Case::same(Spec::new("conditional_batch_norm"), [4]).of_classes(3), Case::same(slow, [2, 3, 2]).of_classes(2)]
    },
};
