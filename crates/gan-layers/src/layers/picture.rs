//! What layers on pictures `[height, width, channels]` have in common.

use gan_tensor::{Graph, Shape, TensorError, Var};

use crate::module::Build;
use crate::network::batched;
use crate::{Fields, LayerError, MAX_VALUES};

/// What an operation on pictures makes of the layer's input: its shape, without the batch.
///
/// # Errors
/// The input is no picture, does not suit the operation, or the result would be too large.
pub(super) fn behind(f: &Fields<'_>, b: &Build<'_>, apply: impl for<'g> Fn(Var<'g>) -> Var<'g>) -> Result<Shape, LayerError> {
    let input = b.input();
    if input.rank() != 3 || input.is_empty() {
        return Err(
            f.shape_fault(format!("expected a picture [height, width, channels], found {input}; `reshape` makes one of a row"))
        );
    }
    let graph = Graph::new();
    let y = apply(graph.input("x", batched(1, &input)?));
    match graph.check() {
        Ok(()) => {}
        Err(TensorError::Op { message, .. }) => return Err(f.shape_fault(format!("{message} (input {input})"))),
        Err(other) => return Err(other.into()),
    }
    let output = Shape::new(&y.shape()[1..])?;
    if output.len() > MAX_VALUES {
        return Err(f.shape_fault(format!("an example of shape {output} is larger than {MAX_VALUES} values")));
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use gan_tensor::Shape;

    use crate::{Network, Spec};

    fn fault(spec: Spec, input: &[usize]) -> String {
        Network::build("net", &[spec], Shape::new(input).unwrap(), 0, 0).unwrap_err().to_string()
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let by = |kind: &str, factor: usize| Spec::new(kind).with("factor", factor);
        let pool = |kernel: usize| Spec::new("max_pool").with("kernel", kernel);
        for (spec, input, says) in [
            (pool(2), &[784][..], "layers[0]: expected a picture [height, width, channels], found [784]"),
            (Spec::new("global_average_pool"), &[0, 3, 1], "expected a picture"),
            (pool(5), &[4, 6, 1], "no windows of [5, 5] pixels, [5, 5] apart, fit into 4 x 6 with a padding of [0, 0]"),
            (pool(2).with("padding", 2), &[4, 6, 1], "a padding is less than its size (input [4, 6, 1])"),
            (pool(0), &[4, 6, 1], "layers[0].kernel: expected a whole number from 1 to 1000000, or two of them"),
            (pool(2).with("stride", vec![1, 2, 3]), &[4, 6, 1], "layers[0].stride: expected a whole number from 1"),
            (Spec::new("average_pool"), &[4, 6, 1], "`kernel` is missing"),
            (by("upsample", 1_000_000), &[4, 6, 1], "is larger than 2147483648 values"),
            (
                by("upsample", 2).with("mode", "cubic"),
                &[4, 6, 1],
                "layers[0].mode: expected nearest or bilinear, found \"cubic\"",
            ),
            (by("pixel_shuffle", 2), &[4, 6, 6], "expected channels that are a multiple of 2 x 2"),
            (by("pixel_unshuffle", 4), &[4, 6, 1], "expected height and width to be multiples of 4"),
        ] {
            let e = fault(spec, input);
            assert!(e.contains(says), "`{says}` in `{e}`");
        }
    }
}
