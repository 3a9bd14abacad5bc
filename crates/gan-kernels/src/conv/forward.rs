//! The convolution itself.

use super::block::{Cut, Panels, Part, ROWS, TERMS, pack, part, steps};
use super::patches::Patches;
use super::{Geometry, depthwise};
use crate::gemm::micro::PANEL;
use crate::gemm::{Epilogue, Matrix, Tile};
use crate::pool::Parts;
use crate::stack::Stack;
use crate::{Element, Team};

/// Scratch space that [`forward`] needs: the weights in panels.
pub fn forward_scratch(g: &Geometry) -> usize {
    let [depth, width] = g.depths();
    if depthwise::is(g) {
        return 0;
    }
    g.groups * Panels::<f32>::len(g.kernel[0] * g.kernel[1] * depth, width)
}

/// `y = x * w`, the convolution of `x: [n, h, w, cin]` with `w: [kh, kw, cin / groups, cout]`. `scratch` holds
/// [`forward_scratch`] elements.
pub fn forward<E: Element>(team: &Team<'_>, g: &Geometry, x: &[E], w: &[E], y: &mut [E], scratch: &mut [E]) {
    forward_then(team, g, x, w, y, scratch, &|_| {});
}

/// As [`forward`]; then `epilogue` for each tile of `y` while it is in cache.
pub fn forward_then<E: Element>(
    team: &Team<'_>,
    g: &Geometry,
    x: &[E],
    w: &[E],
    y: &mut [E],
    scratch: &mut [E],
    epilogue: &Epilogue<'_, E>,
) {
    g.check([x.len(), w.len(), y.len()]);
    let places = g.batch * g.output[0] * g.output[1];
    if y.is_empty() || w.is_empty() {
        y.fill(E::ZERO);
        return epilogue(Tile::of_rows(0, 0, (places, g.channels[1]), y));
    }
    if depthwise::is(g) {
        return depthwise::forward(team, g, x, w, y, epilogue);
    }
    let (isa, outputs, [depth, width]) = (team.isa(), g.channels[1], g.depths());
    let terms = g.kernel[0] * g.kernel[1] * depth;
    let packed = Panels::<E>::len(terms, width);
    let scratch = &mut scratch[..g.groups * packed];
    let lines = terms.div_ceil(TERMS);
    pack(
        team,
        g.groups * lines,
        |i| {
            let (group, of) = (i / lines, part(i % lines, lines, terms));
            let data = &w[of.start * outputs + group * width..];
            Part { begins: group * packed, terms, columns: width, of, matrix: Matrix { data, row: outputs, col: 1 } }
        },
        scratch,
    );
    let weights = &*scratch;
    let cut = Cut::new(places, width, terms);
    let dst = Parts(y.as_mut_ptr());
    team.for_each(g.groups * cut.panels * cut.rows, |t| {
        let dst = &dst; // the closure shares all of it
        let (group, column, row) = (t / (cut.panels * cut.rows), t / cut.rows % cut.panels, t % cut.rows);
        let panels = part(column, cut.panels, width.div_ceil(PANEL));
        let patches = Patches::of_input(g, group);
        let right = Panels { data: &weights[group * packed..][..packed], terms, columns: width };
        let (tiles, mut block) = (E::tiles(isa), Stack::<E, { ROWS * TERMS }>::new());
        let deep = terms.div_ceil(terms.div_ceil(TERMS));
        for rows in steps(part(row, cut.rows, places), ROWS * TERMS / deep) {
            for terms in steps(0..terms, TERMS) {
                let block = block.slice(rows.len() * terms.len());
                patches.gather(isa, x, rows.clone(), terms.clone(), block, terms.len());
                let left = Matrix { data: block, row: terms.len(), col: 1 };
                let at = rows.start * outputs + group * width + panels.start * PANEL;
                let add = terms.start > 0;
                // SAFETY: these rows and columns of `y` belong to this task alone; `block` holds the patches.
                unsafe { right.times(&tiles, left, rows.len(), terms, panels.clone(), (dst.0.add(at), outputs), add) };
            }
            let columns = panels.start * PANEL..(panels.end * PANEL).min(width);
            let first = group * width + columns.start;
            // SAFETY: the same rows and columns.
            epilogue(unsafe {
                let start = dst.0.add(rows.start * outputs + first);
                Tile::new((t, row), (rows.start, first), (rows.len(), columns.len()), (start, outputs))
            });
        }
    });
}
