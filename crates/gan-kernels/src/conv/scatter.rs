//! The input's gradient output by output: each adds its part to the pixels that it has seen.

use std::ops::Range;

use super::Geometry;
use super::forward::{ROWS, TERMS};
use super::patches::Patches;
use super::product::add_product;
use crate::pool::Parts;
use crate::{Element, Isa, Team};

/// Reorders weights to `[group, output channel, kh, kw, input channel]`.
pub(super) fn reorder<E: Element>(team: &Team<'_>, g: &Geometry, w: &[E], out: &mut [E]) {
    let ([depth, width], outputs) = (g.depths(), g.channels[1]);
    let terms = g.kernel[0] * g.kernel[1] * depth;
    let dst = Parts(out.as_mut_ptr());
    team.for_each(outputs, |o| {
        debug_assert!(o / width < g.groups);
        // SAFETY: every output channel has `terms` weights of its own within `out`, which is as long as `w`.
        let to = unsafe { dst.slice(o * terms, terms) };
        to.iter_mut().zip(w[o..].iter().step_by(outputs)).for_each(|(t, &w)| *t = w);
    });
}

/// The gradient in some rows of some pictures. `weights` are reordered; `dx` holds those rows alone.
pub(super) fn scatter<E: Element>(
    isa: Isa,
    g: &Geometry,
    (batch, rows): (Range<usize>, Range<usize>),
    dy: &[E],
    weights: &[E],
    dx: &mut [E],
) {
    let ([_, width], outputs, [oh, ow]) = (g.depths(), g.channels[1], g.output);
    dx.fill(E::ZERO);
    let mut sums = [E::ZERO; ROWS * TERMS];
    // the outputs that have seen these rows: from the first whose last tap does to the last whose first tap does
    let first = (rows.start + g.padding[0] + 1).saturating_sub(g.kernel[0]).div_ceil(g.stride[0]);
    let last = ((rows.end - 1 + g.padding[0]) / g.stride[0] + 1).min(oh);
    let picture = rows.len() * g.input[1] * g.channels[0];
    for (b, dx) in batch.zip(dx.chunks_exact_mut(picture)) {
        for group in 0..g.groups {
            let patches = Patches::of_rows(g, rows.clone(), group);
            let (from, to) = (first * ow, last.max(first) * ow);
            for place in (from..to).step_by(ROWS) {
                let places = place..(place + ROWS).min(to);
                for term in (0..patches.terms()).step_by(TERMS) {
                    let terms = term..(term + TERMS).min(patches.terms());
                    let (m, n) = (places.len(), terms.len());
                    let sums = &mut sums[..m * n];
                    sums.fill(E::ZERO);
                    let dy = &dy[(b * oh * ow + place) * outputs + group * width..];
                    let weights = (&weights[group * width * patches.terms() + term..], patches.terms());
                    add_product(isa, (m, n, width), (dy, outputs, 1), weights, sums, n);
                    patches.scatter(sums, places.clone(), terms, dx);
                }
            }
        }
    }
}
