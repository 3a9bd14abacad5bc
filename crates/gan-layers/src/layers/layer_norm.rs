//! Layer normalisation (Ba et al. 2016).

use gan_tensor::{Shape, Var};

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Kind, Module, ParamId, Spec, init};

/// `y = gain (x - mean) / sqrt(var + epsilon) + shift` with the statistics of each example over its values.
#[derive(Debug)]
struct LayerNorm {
    gain: ParamId,
    shift: ParamId,
    example: Shape,
    epsilon: f64,
}

impl Module for LayerNorm {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let axes: Vec<usize> = (1..=self.example.rank()).collect();
        let centred = x - x.mean_axes(&axes);
        let var = centred.square().mean_axes(&axes);
        centred / (var + self.epsilon).sqrt() * cx.param(self.gain) + cx.param(self.shift)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "layer_norm",
    doc: "normalises each example over its values. epsilon (1e-5)",
    build: |f, b| {
        let example = b.input();
        if example.is_empty() || example.rank() == 0 {
            return Err(f.shape_fault("an example must have at least one value"));
        }
        let layer = LayerNorm {
            gain: b.param("gain", example, Kind::Trainable, &init::Constant(1.0))?,
            shift: b.param("shift", example, Kind::Trainable, &init::Constant(0.0))?,
            example,
            epsilon: f.positive("epsilon", 1e-5)?,
        };
        Built::new(layer, example)
    },
    cases: || vec![Case::same(Spec::new("layer_norm"), [5]), Case::same(Spec::new("layer_norm"), [2, 3])],
};
