//! The layers, one file each. A new layer is a file here and a line in [`ALL`].

mod activations;
mod average_pool;
mod batch_norm;
mod conditional_batch_norm;
mod conv2d;
mod conv_transpose2d;
mod downsample;
mod dropout;
mod example_norm;
mod gaussian_noise;
mod global_average_pool;
mod group_norm;
mod instance_norm;
mod label_concat;
mod labels;
mod layer_norm;
mod leaky_relu;
mod linear;
mod max_pool;
mod maxout;
mod minibatch_std;
mod picture;
mod pixel_shuffle;
mod projection;
mod reshape;
mod residual;
mod step;
mod upsample;
mod weight;

use gan_tensor::Shape;

use crate::module::Build;
use crate::{Fields, LayerError, Module, Spec};

/// A layer as the registry lists it.
pub struct LayerEntry {
    /// Its name in descriptions.
    pub name: &'static str,
    /// One line on what it does and its fields.
    pub doc: &'static str,
    /// Builds it.
    pub build: fn(&Fields<'_>, &mut Build<'_>) -> Result<Built, LayerError>,
    /// What the harness in [`testing`](crate::testing) builds and checks; the first is the shortest description.
    pub cases: fn() -> Vec<Case>,
}

/// A description of a layer, an example that it takes and what comes out.
#[derive(Clone, Debug)]
pub struct Case {
    /// The description.
    pub spec: Spec,
    /// Shape of an example that goes in.
    pub input: Shape,
    /// Shape of an example that comes out.
    pub output: Shape,
    /// Classes of the examples, if the layer reads them.
    pub classes: Option<usize>,
}

impl Case {
    /// A layer that changes an example's shape.
    pub fn new(spec: Spec, input: impl Into<Shape>, output: impl Into<Shape>) -> Case {
        Case { spec, input: input.into(), output: output.into(), classes: None }
    }

    /// A layer that keeps the shape.
    pub fn same(spec: Spec, shape: impl Into<Shape>) -> Case {
        let shape = shape.into();
        Case { spec, input: shape, output: shape, classes: None }
    }

    /// The same for examples of so many classes.
    #[must_use]
    pub fn of_classes(self, classes: usize) -> Case {
        Case { classes: Some(classes), ..self }
    }
}

/// A layer and the shape of an example behind it.
pub struct Built {
    /// The layer.
    pub module: Box<dyn Module>,
    /// Shape of an example behind it.
    pub output: Shape,
}

impl Built {
    /// A layer and the shape of an example behind it.
    pub fn new(module: impl Module + 'static, output: impl Into<Shape>) -> Result<Built, LayerError> {
        Ok(Built { module: Box::new(module), output: output.into() })
    }
}

/// Every layer.
pub const ALL: &[LayerEntry] = &[
    linear::ENTRY,
    maxout::ENTRY,
    conv2d::ENTRY,
    conv_transpose2d::ENTRY,
    residual::ENTRY,
    label_concat::ENTRY,
    projection::ENTRY,
    minibatch_std::ENTRY,
    dropout::ENTRY,
    gaussian_noise::ENTRY,
    batch_norm::ENTRY,
    conditional_batch_norm::ENTRY,
    layer_norm::ENTRY,
    instance_norm::ENTRY,
    group_norm::ENTRY,
    max_pool::ENTRY,
    average_pool::ENTRY,
    global_average_pool::ENTRY,
    upsample::ENTRY,
    downsample::ENTRY,
    pixel_shuffle::SHUFFLE,
    pixel_shuffle::UNSHUFFLE,
    reshape::RESHAPE,
    reshape::FLATTEN,
    activations::IDENTITY,
    step::ENTRY,
    activations::SIGMOID,
    activations::TANH,
    activations::RELU,
    leaky_relu::ENTRY,
    activations::SOFTPLUS,
];
