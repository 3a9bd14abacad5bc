//! The linear (fully connected) layer.

use gan_tensor::Var;

use super::weight::Weight;
use super::{Built, Case, LayerEntry};
use crate::module::{Build, Cx};
use crate::{Fields, Kind, LayerError, Module, ParamId, Spec, init};

/// `y = x w + b` with `w: [in, units]`; an example of several dimensions is flattened.
#[derive(Debug)]
struct Linear(Affine);

/// `x w + b`, which several layers begin with.
#[derive(Debug)]
pub(super) struct Affine {
    weight: Weight,
    bias: Option<ParamId>,
    inputs: usize,
}

impl Affine {
    /// With weight and bias from the fields `init`, `spectral_norm`, `bias`, `bias_init` and `max_column_norm`.
    pub(super) fn build(f: &Fields<'_>, b: &mut Build<'_>, outputs: usize) -> Result<Affine, LayerError> {
        let inputs = b.input().len();
        if inputs == 0 {
            return Err(f.shape_fault("the example that comes in is empty"));
        }
        let start = init::from_fields(f, "init", "xavier")?;
        let weight = Weight::build(f, b, ("weight", [inputs, outputs].into(), 1), &*start)?;
        weight.operand(b);
        weight.constrain(f, b)?;
        Ok(Affine { weight, bias: bias(f, b, outputs)?, inputs })
    }

    /// Values of an example that comes in.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// `x w + b` on a batch, each example in a row.
    pub(super) fn apply<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let batch = x.shape().first().copied().unwrap_or(0);
        biased(cx, x.reshape([batch, self.inputs]).matmul(self.weight.var(cx)), self.bias)
    }
}

/// A bias for each output or channel, from the fields `bias` and `bias_init`.
pub(super) fn bias(f: &Fields<'_>, b: &mut Build<'_>, outputs: usize) -> Result<Option<ParamId>, LayerError> {
    if !f.bool_or("bias", true)? {
        return Ok(None); // and a bias_init is refused, as nothing would read it
    }
    let start = init::Constant(f.f64_or("bias_init", 0.0)?);
    b.param("bias", [outputs], Kind::Trainable, &start).map(Some)
}

/// Adds the bias, if there is one, along the last axis.
pub(super) fn biased<'g>(cx: &Cx<'g, '_>, y: Var<'g>, bias: Option<ParamId>) -> Var<'g> {
    bias.map_or(y, |b| y + cx.param(b))
}

impl Module for Linear {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        self.0.apply(cx, x)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "linear",
    doc: "y = x w + b. units; init (xavier), bias (true), bias_init (0), max_column_norm, spectral_norm (false)",
    build: |f, b| {
        let units = f.count("units")?;
        Built::new(Linear(Affine::build(f, b, units)?), [units])
    },
    cases: || {
        let linear = Spec::new("linear").with("units", 3);
        vec![Case::new(linear.clone(), [4], [3]), Case::new(linear.with("bias", false), [2, 3], [3])]
    },
};
