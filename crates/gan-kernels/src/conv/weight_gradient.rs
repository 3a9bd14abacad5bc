//! The gradient of a convolution with respect to its weights.

use super::Geometry;
use super::forward::{ROWS, TERMS};
use super::patches::Patches;
use super::product::add_product;
use crate::pool::Parts;
use crate::{Element, Team};

/// Terms, the rows of the product, in a task.
const HEIGHT: usize = TERMS;

/// In how many slices the pixels are summed: enough for a few threads where the weights alone make too few tasks. It
/// depends on the sizes alone, so that the bits do not depend on the team.
fn slices(g: &Geometry) -> usize {
    let [_, weights, _] = g.sizes();
    let terms = g.kernel[0] * g.kernel[1] * g.depths()[0];
    let pixels = g.batch * g.output[0] * g.output[1];
    let wanted = 16usize.div_ceil(terms.div_ceil(HEIGHT).max(1));
    // a slice is worth it as long as it multiplies much more than it adds up in the end
    if weights == 0 { 1 } else { wanted.min(pixels / 256).max(1) }
}

/// Scratch space that [`weight_gradient`] needs.
pub fn weight_gradient_scratch(g: &Geometry) -> usize {
    match slices(g) {
        1 => 0,
        n => n * g.sizes()[1],
    }
}

/// `dw = x * dy`: the cotangent of the weights for the cotangent `dy` of the output. `scratch` holds
/// [`weight_gradient_scratch`] elements.
pub fn weight_gradient<E: Element>(team: &Team<'_>, g: &Geometry, x: &[E], dy: &[E], dw: &mut [E], scratch: &mut [E]) {
    g.check([x.len(), dw.len(), dy.len()]);
    if dw.is_empty() || dy.is_empty() {
        dw.fill(E::ZERO);
        return;
    }
    let slices = slices(g);
    if slices == 1 {
        return products(team, g, 1, x, dy, dw);
    }
    let scratch = &mut scratch[..slices * dw.len()];
    products(team, g, slices, x, dy, scratch);
    let (isa, whole, scratch) = (team.isa(), dw.len(), &*scratch);
    team.chunks(dw, crate::map::CHUNK, |i, dw| {
        let at = i * crate::map::CHUNK;
        dw.copy_from_slice(&scratch[at..at + dw.len()]);
        for s in 1..slices {
            add(isa, dw, &scratch[s * whole + at..][..dw.len()]);
        }
    });
}

simd! {
    fn add[E: Element](sum: &mut [E], x: &[E]) {
        for (s, &x) in sum.iter_mut().zip(x) { *s += x; }
    }
}

/// The gradient of each of `slices` parts of the pixels, one after the other in `out`.
fn products<E: Element>(team: &Team<'_>, g: &Geometry, slices: usize, x: &[E], dy: &[E], out: &mut [E]) {
    let (isa, outputs, [depth, width]) = (team.isa(), g.channels[1], g.depths());
    let terms = g.kernel[0] * g.kernel[1] * depth;
    let pixels = g.batch * g.output[0] * g.output[1];
    let parts = terms.div_ceil(HEIGHT);
    let dst = Parts(out.as_mut_ptr());
    team.for_each(parts * slices, |t| {
        let (part, slice) = (t % parts, t / parts);
        let terms_of = part * HEIGHT..((part + 1) * HEIGHT).min(terms);
        // SAFETY: rows `terms_of` of gradient `slice`, within `out` and of this task alone.
        let out = unsafe { dst.slice((slice * terms + terms_of.start) * outputs, terms_of.len() * outputs) };
        out.fill(E::ZERO);
        let mut block = [E::ZERO; ROWS * TERMS];
        let (from, to) = (slice * pixels / slices, (slice + 1) * pixels / slices);
        for group in 0..g.groups {
            let patches = Patches::of_input(g, group);
            for row in (from..to).step_by(ROWS) {
                let rows = row..(row + ROWS).min(to);
                let k = rows.len();
                patches.gather(x, rows, terms_of.clone(), &mut block);
                let m = terms_of.len();
                let dy = (&dy[row * outputs + group * width..], outputs);
                add_product(isa, (m, width, k), (&block, 1, m), dy, &mut out[group * width..], outputs);
            }
        }
    });
}
