//! The input's gradient output by output: each adds its part to the pixels that it has seen.

use std::ops::Range;

use super::Geometry;
use super::block::{Panels, Part, ROWS, TERMS, pack, part, steps};
use super::patches::Patches;
use crate::gemm::micro::PANEL;
use crate::gemm::{Epilogue, Matrix, Tile};
use crate::pool::Parts;
use crate::stack::Stack;
use crate::{Element, Isa, Team};

/// Scratch space: the weights in panels, `[group, panel of taps and input channels, output channel]`.
pub(super) fn scratch(g: &Geometry) -> usize {
    let [depth, width] = g.depths();
    g.groups * Panels::<f32>::len(width, g.kernel[0] * g.kernel[1] * depth)
}

/// Pixels of a task at least, if a picture has so many.
const PIXELS: usize = 256;

/// The gradient.
pub(super) fn write<E: Element>(
    team: &Team<'_>,
    g: &Geometry,
    dy: &[E],
    w: &[E],
    dx: &mut [E],
    scratch: &mut [E],
    epilogue: &Epilogue<'_, E>,
) {
    let (isa, [depth, width], outputs) = (team.isa(), g.depths(), g.channels[1]);
    let seen = g.kernel[0] * g.kernel[1] * depth;
    let lines = width.div_ceil(TERMS);
    pack(
        team,
        g.groups * lines,
        |i| {
            let (group, of) = (i / lines, part(i % lines, lines, width));
            let matrix = Matrix { data: &w[group * width + of.start..], row: 1, col: outputs };
            Part { begins: group * Panels::<E>::len(width, seen), terms: width, columns: seen, of, matrix }
        },
        scratch,
    );
    let weights = &*scratch;
    let [h, w] = g.input;
    // whole pictures, or, of few, bands of rows
    let pictures = (PIXELS / (h * w)).clamp(1, g.batch);
    let band = if pictures > 1 || g.batch >= 16 { h } else { (PIXELS / w).next_multiple_of(g.stride[0]).clamp(1, h) };
    let bands = h.div_ceil(band);
    let row = w * g.channels[0];
    let dst = Parts(dx.as_mut_ptr());
    team.for_each(g.batch.div_ceil(pictures) * bands, |t| {
        let batch = t / bands * pictures..((t / bands + 1) * pictures).min(g.batch);
        let rows = t % bands * band..((t % bands + 1) * band).min(h);
        // SAFETY: these rows of these pictures (all rows, if they are several), within `dx` and of this task alone.
        let dx = unsafe { dst.slice((batch.start * h + rows.start) * row, batch.len() * rows.len() * row) };
        let pixel = (batch.start * h + rows.start) * w;
        task(isa, g, (batch, rows), dy, weights, dx);
        epilogue(Tile::of_rows(pixel, 0, (dx.len() / g.channels[0], g.channels[0]), dx));
    });
}

/// The gradient in all rows of some pictures or in some rows of one; `dx` holds those rows alone.
fn task<E: Element>(isa: Isa, g: &Geometry, (batch, rows): (Range<usize>, Range<usize>), dy: &[E], weights: &[E], dx: &mut [E]) {
    let ([_, width], outputs, [oh, ow]) = (g.depths(), g.channels[1], g.output);
    dx.fill(E::ZERO);
    let whole = rows == (0..g.input[0]);
    let (from, to) = if whole {
        (0, batch.len() * oh * ow)
    } else {
        // the outputs that have seen these rows: from the first whose last tap does to the last whose first tap does
        let first = (rows.start + g.padding[0] + 1).saturating_sub(g.kernel[0]).div_ceil(g.stride[0]);
        let last = ((rows.end - 1 + g.padding[0]) / g.stride[0] + 1).min(oh);
        (first * ow, last.max(first) * ow)
    };
    let (tiles, mut sums) = (E::tiles(isa), Stack::<E, { ROWS * TERMS }>::new());
    for group in 0..g.groups {
        let patches = Patches::of_rows(g, rows.clone(), group);
        let packed = Panels::<E>::len(width, patches.terms());
        let right = Panels { data: &weights[group * packed..][..packed], terms: width, columns: patches.terms() };
        for panels in steps(0..patches.terms().div_ceil(PANEL), TERMS / PANEL) {
            let seen = panels.start * PANEL..(panels.end * PANEL).min(patches.terms());
            for places in steps(from..to, ROWS) {
                let sums = sums.slice(places.len() * seen.len());
                for terms in steps(0..width, TERMS) {
                    let at = (batch.start * oh * ow + places.start) * outputs + group * width + terms.start;
                    let left = Matrix { data: &dy[at..], row: outputs, col: 1 };
                    let (c, add) = ((sums.as_mut_ptr(), seen.len()), terms.start > 0);
                    // SAFETY: `sums` holds these rows and columns; `dy` has a row for each output.
                    unsafe { right.times(&tiles, left, places.len(), terms, panels.clone(), c, add) };
                }
                patches.scatter(isa, sums, places, seen.clone(), dx);
            }
        }
    }
}
