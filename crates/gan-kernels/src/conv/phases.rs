//! The input's gradient pixel by pixel: each draws from the outputs that it was seen by.
//!
//! The pixels fall into `sh x sw` phases by the taps that they meet. Within a phase the gradient is a dense convolution of the
//! output's cotangent with those taps, so nothing is multiplied by the zeros that a stride puts in between.

use std::ops::Range;

use super::Geometry;
use super::forward::{ROWS, TERMS};
use super::patches::Patches;
use super::product::add_product;
use crate::pool::Parts;
use crate::{Element, Isa, Team};

/// Taps of a kernel of `kernel` taps that meet the pixels of `phase`: every `stride`-th.
pub(super) fn taps(kernel: usize, stride: usize, phase: usize) -> usize {
    kernel.saturating_sub(phase).div_ceil(stride)
}

/// Pixels of one phase along one dimension, and the outputs that they draw from.
#[derive(Clone, Copy)]
struct Line {
    /// Taps that meet them.
    taps: usize,
    /// The first of them.
    first: usize,
    /// How many, every `stride`-th.
    count: usize,
    /// The output under the first of the taps at the first pixel; it may lie outside.
    origin: isize,
}

impl Line {
    /// Pixels `range` of dimension `d` that meet the taps `phase, phase + stride, ...`. The last tap comes first, so that
    /// the outputs, which come one after the other, are drawn from in order.
    fn new(g: &Geometry, d: usize, phase: usize, range: Range<usize>) -> Line {
        let (stride, padding) = (g.stride[d], g.padding[d]);
        let taps = taps(g.kernel[d], stride, phase);
        let first = range.start + (phase + stride - (range.start + padding) % stride) % stride;
        let count = range.end.saturating_sub(first).div_ceil(stride);
        // pixel + padding = output * stride + tap, and a division leaves the tap's phase
        let origin = ((first + padding) / stride) as isize - (taps as isize - 1);
        Line { taps, first, count, origin }
    }
}

/// Where the weights of a phase begin in the reordered weights of a group, counted in taps.
fn begins(g: &Geometry, [a, b]: [usize; 2]) -> usize {
    let before = |d: usize, phase: usize| (0..phase).map(|p| taps(g.kernel[d], g.stride[d], p)).sum::<usize>();
    before(0, a) * g.kernel[1] + taps(g.kernel[0], g.stride[0], a) * before(1, b)
}

/// Reorders weights to `[group, phase, tap, output channel, input channel]`, the taps of a phase from the last to the first.
pub(super) fn reorder<E: Element>(team: &Team<'_>, g: &Geometry, w: &[E], out: &mut [E]) {
    let ([depth, width], outputs, [down, right]) = (g.depths(), g.channels[1], g.kernel);
    let tap = depth * width;
    let dst = Parts(out.as_mut_ptr());
    team.for_each(g.groups * down * right, |t| {
        let (group, p, q) = (t / (down * right), t / right % down, t % right);
        let [(a, i, _), (b, j, n)] = [(0, p), (1, q)].map(|(d, p)| {
            let (phase, turn) = (p % g.stride[d], p / g.stride[d]);
            let taps = taps(g.kernel[d], g.stride[d], phase);
            (phase, taps - 1 - turn, taps)
        });
        let place = group * down * right + begins(g, [a, b]) + i * n + j;
        // SAFETY: every tap of every group has a place of its own within `out`, which is as long as `w`.
        let to = unsafe { dst.slice(place * tap, tap) };
        for (c, w) in w[(p * right + q) * depth * outputs..][..depth * outputs].chunks_exact(outputs).enumerate() {
            for (o, &w) in w[group * width..][..width].iter().enumerate() {
                to[o * depth + c] = w;
            }
        }
    });
}

/// The gradient in some rows of some pictures. `weights` are reordered; `dx` holds those rows alone.
pub(super) fn gather<E: Element>(
    isa: Isa,
    g: &Geometry,
    (batch, rows): (Range<usize>, Range<usize>),
    dy: &[E],
    weights: &[E],
    dx: &mut [E],
) {
    for group in 0..g.groups {
        for phase in (0..g.stride[0]).flat_map(|a| (0..g.stride[1]).map(move |b| [a, b])) {
            of_phase(isa, g, (group, phase), (batch.clone(), rows.clone()), dy, weights, dx);
        }
    }
}

/// The pixels of one phase in some rows of some pictures.
fn of_phase<E: Element>(
    isa: Isa,
    g: &Geometry,
    (group, phase): (usize, [usize; 2]),
    (batch, rows): (Range<usize>, Range<usize>),
    dy: &[E],
    weights: &[E],
    dx: &mut [E],
) {
    let ([depth, width], [inputs, outputs]) = (g.depths(), g.channels);
    let lines = [Line::new(g, 0, phase[0], rows.clone()), Line::new(g, 1, phase[1], 0..g.input[1])];
    let picture = g.output[0] * g.output[1] * outputs;
    let dy = &dy[batch.start * picture..batch.end * picture];
    let patches = Patches {
        size: g.output,
        channels: outputs,
        seen: (group * width, width),
        taps: lines.map(|l| l.taps),
        grid: lines.map(|l| l.count),
        stride: [1, 1],
        origin: lines.map(|l| l.origin),
    };
    let weights = &weights[(group * g.kernel[0] * g.kernel[1] + begins(g, phase)) * depth * width..];
    let (mut block, mut sums) = ([E::ZERO; ROWS * TERMS], [E::ZERO; ROWS * TERMS]);
    let places = batch.len() * lines[0].count * lines[1].count;
    let step = ROWS;
    for from in (0..places).step_by(step) {
        let at = from..(from + step).min(places);
        for column in (0..depth).step_by(TERMS) {
            let n = TERMS.min(depth - column);
            let sums = &mut sums[..at.len() * n];
            sums.fill(E::ZERO);
            for term in (0..patches.terms()).step_by(TERMS) {
                let k = TERMS.min(patches.terms() - term);
                patches.gather(dy, at.clone(), term..term + k, &mut block);
                add_product(isa, (at.len(), n, k), (&block, k, 1), (&weights[term * depth + column..], depth), sums, n);
            }
            for (place, sums) in at.clone().zip(sums.chunks_exact(n)) {
                let (b, i, j) = patches.place(place);
                let (y, x) = (lines[0].first - rows.start + i * g.stride[0], lines[1].first + j * g.stride[1]);
                let pixel = (b * rows.len() + y) * g.input[1] + x;
                dx[pixel * inputs + group * depth + column..][..n].copy_from_slice(sums);
            }
        }
    }
}
