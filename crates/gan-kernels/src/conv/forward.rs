//! The convolution itself.

use super::Geometry;
use super::patches::Patches;
use super::product::add_product;
use crate::{Element, Team};

/// Patches in a block.
pub(super) const ROWS: usize = 32;
/// Terms in a block.
pub(super) const TERMS: usize = 256;

/// `y = x * w`, the convolution of `x: [n, h, w, cin]` with `w: [kh, kw, cin / groups, cout]`.
pub fn forward<E: Element>(team: &Team<'_>, g: &Geometry, x: &[E], w: &[E], y: &mut [E]) {
    g.check([x.len(), w.len(), y.len()]);
    let (isa, outputs, depth) = (team.isa(), g.channels[1], g.depths()[1]);
    if y.is_empty() || w.is_empty() {
        y.fill(E::ZERO);
        return;
    }
    team.chunks(y, ROWS * outputs, |i, y| {
        let mut block = [E::ZERO; ROWS * TERMS];
        let rows = i * ROWS..i * ROWS + y.len() / outputs;
        y.fill(E::ZERO);
        for group in 0..g.groups {
            let patches = Patches::of_input(g, group);
            for from in (0..patches.terms()).step_by(TERMS) {
                let terms = from..(from + TERMS).min(patches.terms());
                let k = terms.len();
                patches.gather(x, rows.clone(), terms, &mut block);
                let w = (&w[from * outputs + group * depth..], outputs);
                add_product(isa, (rows.len(), depth, k), (&block, k, 1), w, &mut y[group * depth..], outputs);
            }
        }
    });
}
