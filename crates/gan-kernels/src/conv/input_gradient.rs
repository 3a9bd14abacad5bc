//! The gradient of a convolution with respect to its input, which is the transposed convolution.

use super::{Geometry, depthwise, lines, phases, scatter};
use crate::gemm::{Epilogue, Tile};
use crate::{Element, Team};

/// Scratch space that [`input_gradient`] needs: the weights in panels.
pub fn input_gradient_scratch(g: &Geometry) -> usize {
    match (depthwise::is(g), writes(g)) {
        (true, _) => 0,
        (false, true) => scatter::scratch(g),
        (false, false) => phases::scratch(g),
    }
}

/// Numbers in a vector, roughly: narrower products waste a part of it.
const LANES: usize = 16;

/// Whether pixels are better written to by the outputs than drawn from them.
///
/// A pixel that draws meets all taps of its phase, also those that stand outside of the output; an output that writes
/// multiplies nothing in vain, and its products are as wide as the kernel has taps and channels together, but its sums go
/// through memory.
fn writes(g: &Geometry) -> bool {
    let depth = g.depths()[0];
    let drawn: usize = (0..2).map(|d| g.input[d] * g.kernel[d].div_ceil(g.stride[d])).product();
    let written = g.output[0] * g.output[1];
    let taps = g.kernel[0] * g.kernel[1];
    written * (taps * depth).next_multiple_of(LANES) * 5 < drawn * depth.next_multiple_of(LANES) * 4
}

/// `dx = dy * w` backwards: the cotangent of the input for the cotangent `dy` of the output. `scratch` holds
/// [`input_gradient_scratch`] elements.
pub fn input_gradient<E: Element>(team: &Team<'_>, g: &Geometry, dy: &[E], w: &[E], dx: &mut [E], scratch: &mut [E]) {
    input_gradient_then(team, g, dy, w, dx, scratch, &|_| {});
}

/// As [`input_gradient`]; then `epilogue` for each tile of `dx` while it is in cache.
pub fn input_gradient_then<E: Element>(
    team: &Team<'_>,
    g: &Geometry,
    dy: &[E],
    w: &[E],
    dx: &mut [E],
    scratch: &mut [E],
    epilogue: &Epilogue<'_, E>,
) {
    g.check([dx.len(), w.len(), dy.len()]);
    if dx.is_empty() || dy.is_empty() {
        dx.fill(E::ZERO);
        let pixels = g.batch * g.input[0] * g.input[1];
        return epilogue(Tile::of_rows(0, 0, (pixels, g.channels[0]), dx));
    }
    if depthwise::is(g) {
        return depthwise::input_gradient(team, g, dy, w, dx, epilogue);
    }
    let scratch = &mut scratch[..input_gradient_scratch(g)];
    match (writes(g), lines::suits(g)) {
        (true, _) => scatter::write(team, g, dy, w, dx, scratch, epilogue),
        (false, true) => lines::draw(team, g, dy, w, dx, scratch, epilogue),
        (false, false) => phases::draw(team, g, dy, w, dx, scratch, epilogue),
    }
}
