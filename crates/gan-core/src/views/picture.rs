//! Pictures among samples.

use gan_layers::LayerError;
use gan_tensor::Shape;

/// Height, width and channels of samples that are pictures.
pub(super) fn sizes(sample: &Shape, path: &str) -> Result<[usize; 3], LayerError> {
    match sample[..] {
        [height, width, channels] if !sample.is_empty() => Ok([height, width, channels]),
        _ => Err(LayerError::Shape {
            path: path.to_owned(),
            message: format!("it changes pictures [height, width, channels]; the samples are {sample}: leave it out"),
        }),
    }
}
