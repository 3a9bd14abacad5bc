//! What the normalisations of single examples share.

use gan_tensor::ops::Over;
use gan_tensor::{Shape, Var};

use super::Built;
use crate::module::{Build, Cx};
use crate::{Fields, Kind, LayerError, Module, ParamId, init};

/// `y = gain (x - mean) / sqrt(var + epsilon) + shift` with the statistics of the values that `over` puts together, in
/// training as in use.
#[derive(Debug)]
struct ExampleNorm {
    over: Over,
    /// Gain and shift, unless left out.
    line: Option<(ParamId, ParamId)>,
    shape: Shape,
    epsilon: f64,
}

impl Module for ExampleNorm {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let (gain, shift) = match self.line {
            Some((gain, shift)) => (cx.param(gain), cx.param(shift)),
            None => (cx.graph().constant(1.0, self.shape), cx.graph().constant(0.0, self.shape)),
        };
        x.normalise(self.over, gain, shift, self.epsilon).value
    }
}

/// A normalisation over `over` with gain and shift of the given shape: reads the fields `epsilon` and `affine`.
pub(super) fn build(f: &Fields<'_>, b: &mut Build<'_>, over: Over, shape: Shape) -> Result<Built, LayerError> {
    let epsilon = f.positive("epsilon", 1e-5)?;
    let line = if f.bool_or("affine", true)? {
        let gain = b.param("gain", shape, Kind::Trainable, &init::Constant(1.0))?;
        Some((gain, b.param("shift", shape, Kind::Trainable, &init::Constant(0.0))?))
    } else {
        None
    };
    Built::new(ExampleNorm { over, line, shape, epsilon }, b.input())
}

/// The channels of an example, its last axis.
pub(super) fn channels(f: &Fields<'_>, b: &Build<'_>) -> Result<usize, LayerError> {
    match b.input().last() {
        Some(&channels) if !b.input().is_empty() => Ok(channels),
        _ => Err(f.shape_fault("an example must have at least one value")),
    }
}
