//! The linear (fully connected) layer.

use gan_tensor::Var;

use super::{Built, Case, LayerEntry};
use crate::module::{Build, Cx};
use crate::{Fields, Kind, LayerError, Module, ParamId, Spec, init};

/// `y = x w + b` with `w: [in, units]`; an example of several dimensions is flattened.
#[derive(Debug)]
struct Linear {
    weight: ParamId,
    bias: Option<ParamId>,
    inputs: usize,
}

/// The weight and bias that linear and maxout layers share, read from the fields `init`, `bias`, `bias_init` and
/// `max_column_norm`.
pub(super) fn affine(f: &Fields<'_>, b: &mut Build<'_>, outputs: usize) -> Result<(ParamId, Option<ParamId>, usize), LayerError> {
    let inputs = b.input().len();
    if inputs == 0 {
        return Err(f.shape_fault("the example that comes in is empty"));
    }
    let init = init::from_fields(f, "init", "xavier")?;
    let weight = b.param("weight", [inputs, outputs], Kind::Trainable, &*init)?;
    b.operand(weight);
    b.constrain(weight, f.optional_positive("max_column_norm")?);
    let bias = if f.bool_or("bias", true)? {
        let start = f.f64_or("bias_init", 0.0)?;
        Some(b.param("bias", [outputs], Kind::Trainable, &init::Constant(start))?)
    } else {
        None // and a bias_init is refused, as nothing would read it
    };
    Ok((weight, bias, inputs))
}

/// `x w + b` on a batch.
pub(super) fn apply<'g>(cx: &Cx<'g, '_>, x: Var<'g>, (weight, bias, inputs): (ParamId, Option<ParamId>, usize)) -> Var<'g> {
    let batch = x.shape().first().copied().unwrap_or(0);
    let y = x.reshape([batch, inputs]).matmul(cx.param(weight));
    bias.map_or(y, |b| y + cx.param(b))
}

impl Module for Linear {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        apply(cx, x, (self.weight, self.bias, self.inputs))
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "linear",
    doc: "y = x w + b. units; init (xavier), bias (true), bias_init (0), max_column_norm",
    build: |f, b| {
        let units = f.count("units")?;
        let (weight, bias, inputs) = affine(f, b, units)?;
        Built::new(Linear { weight, bias, inputs }, [units])
    },
    cases: || {
        let linear = Spec::new("linear").with("units", 3);
        vec![Case::new(linear.clone(), [4], [3]), Case::new(linear.with("bias", false), [2, 3], [3])]
    },
};
