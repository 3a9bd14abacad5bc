//! The gradient of a convolution with respect to its weights.

use super::block::{ROWS, TERMS, panel, part, steps};
use super::patches::Patches;
use super::{Geometry, depthwise};
use crate::gemm::micro::PANEL;
use crate::gemm::{Matrix, Right};
use crate::pool::Parts;
use crate::stack::Stack;
use crate::{Element, Team};

/// Weights of one output channel, the rows of the product, in a block.
const HEIGHT: usize = 256;
/// Pixels in a block.
const PIXELS: usize = 128;
/// Rows that read the cotangent where it is.
const FEW: usize = 64;
/// Distance of two pixels in a block at most: with a power of two they would fall into few sets of the cache.
const WIDEST: usize = HEIGHT + 16;

/// How the product is cut: along the rows, the panels and the pixels.
struct Cut {
    rows: usize,
    panels: usize,
    slices: usize,
}

impl Cut {
    /// By the sizes alone. Pixels are cut where the weights alone make too few tasks; then each slice has its own sums, which
    /// are added up in order.
    fn new(g: &Geometry) -> Cut {
        const ENOUGH: usize = 8;
        let [depth, width] = g.depths();
        let (terms, pixels) = (g.kernel[0] * g.kernel[1] * depth, g.batch * g.output[0] * g.output[1]);
        let wanted = ((2.0 * terms as f64 * width as f64 * pixels as f64 / 8e6) as usize).clamp(1, 24);
        let rows = terms.div_ceil(HEIGHT).max(1);
        let panels = width.div_ceil(2 * PANEL).clamp(1, ENOUGH.min(wanted).div_ceil(rows));
        let parts = rows * panels * g.groups;
        let slices = if parts < ENOUGH { wanted.div_ceil(parts).min(pixels / 512).max(1) } else { 1 };
        Cut { rows, panels, slices }
    }
}

/// Scratch space that [`weight_gradient`] needs.
pub fn weight_gradient_scratch(g: &Geometry) -> usize {
    match if depthwise::is(g) { 1 } else { Cut::new(g).slices } {
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
    if depthwise::is(g) {
        return depthwise::weight_gradient(team, g, x, dy, dw);
    }
    let cut = Cut::new(g);
    if cut.slices == 1 {
        return products(team, g, &cut, x, dy, dw);
    }
    let scratch = &mut scratch[..cut.slices * dw.len()];
    products(team, g, &cut, x, dy, scratch);
    let (isa, whole, scratch) = (team.isa(), dw.len(), &*scratch);
    team.chunks(dw, crate::map::CHUNK, |i, dw| {
        let at = i * crate::map::CHUNK;
        dw.copy_from_slice(&scratch[at..at + dw.len()]);
        for s in 1..cut.slices {
            add(isa, dw, &scratch[s * whole + at..][..dw.len()]);
        }
    });
}

simd! {
    fn add[E: Element](sum: &mut [E], x: &[E]) {
        for (s, &x) in sum.iter_mut().zip(x) { *s += x; }
    }
}

/// The gradient of each slice of the pixels, one after the other in `out`.
fn products<E: Element>(team: &Team<'_>, g: &Geometry, cut: &Cut, x: &[E], dy: &[E], out: &mut [E]) {
    let (isa, outputs, [depth, width]) = (team.isa(), g.channels[1], g.depths());
    let (terms, pixels) = (g.kernel[0] * g.kernel[1] * depth, g.batch * g.output[0] * g.output[1]);
    let dst = Parts(out.as_mut_ptr());
    team.for_each(cut.slices * g.groups * cut.panels * cut.rows, |t| {
        let dst = &dst; // the closure shares all of it
        let (row, column) = (t % cut.rows, t / cut.rows % cut.panels);
        let (group, slice) = (t / (cut.rows * cut.panels) % g.groups, t / (cut.rows * cut.panels * g.groups));
        let rows = part(row, cut.rows, terms);
        let panels = part(column, cut.panels, width.div_ceil(PANEL));
        let patches = Patches::of_input(g, group);
        let (tiles, mut block, mut right) =
            (E::tiles(isa), Stack::<E, { ROWS * TERMS }>::new(), Stack::<E, { PIXELS * PANEL }>::new());
        let at = (slice * terms + rows.start) * outputs + group * width;
        let stride = (rows.len().next_multiple_of(32) + 16).min(WIDEST);
        let all = part(slice, cut.slices, pixels);
        let first = all.start;
        for pixels in steps(all, PIXELS) {
            let (k, add) = (pixels.len(), pixels.start > first);
            let block = block.slice(k * stride);
            patches.gather(isa, x, pixels.clone(), rows.clone(), block, stride);
            let left = Matrix { data: block, row: 1, col: stride };
            for j in panels.clone() {
                let columns = (width - j * PANEL).min(PANEL);
                let dy = Matrix { data: &dy[pixels.start * outputs + group * width..], row: outputs, col: 1 };
                // what few rows read is not worth a copy
                let (b, bs) = if columns == PANEL && rows.len() <= FEW {
                    (&dy.data[j * PANEL..], outputs)
                } else {
                    let right = right.slice(k * PANEL);
                    dy.panel(isa, 0, k, j * PANEL, columns, right);
                    (&*right, PANEL)
                };
                // SAFETY: these rows and columns of the slice's gradient belong to this task alone and lie within `out`; the
                // operands hold `k` pixels.
                unsafe {
                    let c = dst.0.add(at + j * PANEL);
                    panel(&tiles, left, (rows.len(), columns, k), b.as_ptr(), bs, c, outputs, add);
                }
            }
        }
    });
}
