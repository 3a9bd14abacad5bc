//! Two-dimensional convolutions of channels-last pictures, and their two gradients.
//!
//! With pictures `x: [n, h, w, cin]`, weights `w: [kh, kw, cin / groups, cout]` and `y: [n, oh, ow, cout]`,
//!
//! ```text
//! y[b, i, j, o] = sum over p, q, c of x[b, i sh + p - ph, j sw + q - pw, c] w[p, q, c, o]
//! ```
//!
//! where `x` is 0 outside of the picture. Output channel `o` sees the input channels `c` of its group.
//! The sum is a product of a matrix of patches `[n oh ow, kh kw cin]` and the weights `[kh kw cin, cout]`. The patches
//! are gathered a cache-sized block at a time: channels-last, a row of a patch is one run of memory. Every
//! kernel is linear in each of its operands, and each one's gradients are the two others.
//!
//! What makes pictures can end with an epilogue, as matrix products can: it sees [`Tile`](crate::gemm::Tile)s of the matrix with a
//! row for each pixel of the batch and a column for each channel.

mod block;
mod depthwise;
mod forward;
mod input_gradient;
mod lines;
mod patches;
mod phases;
mod scatter;
mod weight_gradient;

pub use forward::{forward, forward_scratch, forward_then};
pub use input_gradient::{input_gradient, input_gradient_scratch, input_gradient_then};
pub use weight_gradient::{weight_gradient, weight_gradient_scratch};

/// The sizes of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Pictures in the batch.
    pub batch: usize,
    /// Height and width of the input `x`.
    pub input: [usize; 2],
    /// Height and width of the output `y`.
    pub output: [usize; 2],
    /// Channels of input and output.
    pub channels: [usize; 2],
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps of the kernel down and to the right.
    pub stride: [usize; 2],
    /// Rows of zeros above and below, columns of zeros on the left and on the right.
    pub padding: [usize; 2],
    /// Groups that the channels fall into; each convolves its own.
    pub groups: usize,
}

/// The size of a convolution's output along one dimension, `(input + 2 padding - kernel) / stride + 1`; `None` if the kernel
/// does not fit, or if kernel or stride are 0.
///
/// ```
/// assert_eq!(gan_kernels::conv::output_size(32, 4, 2, 1), Some(16));
/// assert_eq!(gan_kernels::conv::output_size(2, 5, 1, 1), None);
/// ```
pub fn output_size(input: usize, kernel: usize, stride: usize, padding: usize) -> Option<usize> {
    let padded = padding.checked_mul(2)?.checked_add(input)?;
    if kernel == 0 { None } else { padded.checked_sub(kernel)?.checked_div(stride)?.checked_add(1) }
}

impl Geometry {
    /// Channels of input and output in a group.
    fn depths(&self) -> [usize; 2] {
        self.channels.map(|c| c / self.groups)
    }

    /// Values in `x`, `w` and `y`.
    fn sizes(&self) -> [usize; 3] {
        let picture = |[h, w]: [usize; 2], channels: usize| self.batch * h * w * channels;
        let weights = self.kernel[0] * self.kernel[1] * self.depths()[0] * self.channels[1];
        [picture(self.input, self.channels[0]), weights, picture(self.output, self.channels[1])]
    }

    /// Panics unless the sizes belong together and to operands of the lengths `[x, w, y]`.
    fn check(&self, lengths: [usize; 3]) {
        let fits = |d: usize| output_size(self.input[d], self.kernel[d], self.stride[d], self.padding[d]) == Some(self.output[d]);
        assert!(
            self.groups > 0 && self.channels.iter().all(|c| c.is_multiple_of(self.groups)) && fits(0) && fits(1),
            "sizes of a convolution: {self:?}"
        );
        assert_eq!(lengths, self.sizes(), "a convolution's operands have its sizes");
    }
}
