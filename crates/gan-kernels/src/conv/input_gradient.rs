//! The gradient of a convolution with respect to its input, which is the transposed convolution.

use super::{Geometry, phases, scatter};
use crate::pool::Parts;
use crate::{Element, Team};

/// Scratch space that [`input_gradient`] needs: the weights in another order.
pub fn input_gradient_scratch(g: &Geometry) -> usize {
    g.sizes()[1]
}

/// Numbers in a vector, roughly: narrower products waste a part of it.
const LANES: usize = 16;

/// Whether pixels are better written to by the outputs than drawn from them.
///
/// A pixel that draws meets all taps of its phase, also those that stand outside of the output; an output that writes
/// multiplies nothing in vain, and its products are as wide as the kernel has taps and channels together, but its sums go
/// through memory.
fn scatters(g: &Geometry) -> bool {
    let depth = g.depths()[0];
    let drawn: usize = (0..2).map(|d| g.input[d] * g.kernel[d].div_ceil(g.stride[d])).product();
    let written = g.output[0] * g.output[1];
    let taps = g.kernel[0] * g.kernel[1];
    written * (taps * depth).next_multiple_of(LANES) * 5 < drawn * depth.next_multiple_of(LANES) * 4
}

/// Pixels of a task at most, if that is a row at least.
const PIXELS: usize = 128;

/// `dx = dy * w` backwards: the cotangent of the input for the cotangent `dy` of the output. `scratch` holds
/// [`input_gradient_scratch`] elements.
pub fn input_gradient<E: Element>(team: &Team<'_>, g: &Geometry, dy: &[E], w: &[E], dx: &mut [E], scratch: &mut [E]) {
    g.check([dx.len(), w.len(), dy.len()]);
    if dx.is_empty() || dy.is_empty() {
        dx.fill(E::ZERO);
        return;
    }
    let scatters = scatters(g);
    let weights = &mut scratch[..w.len()];
    if scatters {
        scatter::reorder(team, g, w, weights)
    } else {
        phases::reorder(team, g, w, weights)
    }
    let (isa, weights) = (team.isa(), &*weights);
    let [h, w] = g.input;
    // whole pictures, or a band of rows of one
    let pictures = (PIXELS / (h * w)).clamp(1, g.batch);
    let whole = pictures > 1 || (scatters && g.batch >= 8);
    let band = if whole { h } else { (PIXELS / w).next_multiple_of(g.stride[0]).clamp(1, h) };
    let bands = h.div_ceil(band);
    let row = w * g.channels[0];
    let dst = Parts(dx.as_mut_ptr());
    team.for_each(g.batch.div_ceil(pictures) * bands, |t| {
        let batch = t / bands * pictures..((t / bands + 1) * pictures).min(g.batch);
        let rows = t % bands * band..((t % bands + 1) * band).min(h);
        // SAFETY: these rows of these pictures (all rows, if they are several), within `dx` and of this task alone.
        let dx = unsafe { dst.slice((batch.start * h + rows.start) * row, batch.len() * rows.len() * row) };
        let run = if scatters { scatter::scatter } else { phases::gather };
        run(isa, g, (batch, rows), dy, weights, dx);
    });
}
