//! Convolutions whose groups have one channel in and one out: sums over the taps, vectors of channels at a time.
//!
//! There is no product of matrices in them: every channel of a pixel meets its own weight.

use std::ops::Range;

use super::Geometry;
use crate::gemm::{Epilogue, Tile};
use crate::pool::Parts;
use crate::{Element, Team};

/// Channels whose sums are built up together.
const CHANNELS: usize = 64;
/// Multiply-adds of a task, roughly.
const WORK: usize = 1 << 18;

/// Whether each of several channels is convolved by itself.
pub(super) fn is(g: &Geometry) -> bool {
    g.groups > 1 && g.depths() == [1, 1]
}

/// The taps of a kernel at output `i` that stand on a pixel.
fn taps(g: &Geometry, d: usize, i: usize) -> Range<usize> {
    let start = i * g.stride[d];
    let first = g.padding[d].saturating_sub(start).min(g.kernel[d]);
    first..(g.input[d] + g.padding[d]).saturating_sub(start).clamp(first, g.kernel[d])
}

/// The outputs that have seen pixel `y`, with the tap that did.
fn seen(g: &Geometry, d: usize, y: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    let (at, stride, outputs) = (y + g.padding[d], g.stride[d], g.output[d]);
    (at % stride..g.kernel[d].min(at + 1))
        .step_by(stride)
        .map(move |tap| ((at - tap) / stride, tap))
        .filter(move |o| o.0 < outputs)
}

/// `sums[c] += a[c] b[c]`.
#[inline(always)]
fn add_products<E: Element>(sums: &mut [E], a: &[E], b: &[E]) {
    for ((s, &a), &b) in sums.iter_mut().zip(a).zip(b) {
        *s += a * b;
    }
}

/// Lines of pixels in a task.
fn lines(g: &Geometry, width: usize) -> usize {
    (WORK / (width * g.channels[0] * g.kernel[0] * g.kernel[1]).max(1)).max(1)
}

simd! {
    fn forward_line[E: Element](g: &Geometry, line: usize, x: &[E], w: &[E], y: &mut [E]) {
        let (c, (b, i)) = (g.channels[0], (line / g.output[0], line % g.output[0]));
        for (j, y) in y.chunks_exact_mut(c).enumerate() {
            for (at, y) in (0..c).step_by(CHANNELS).zip(y.chunks_mut(CHANNELS)) {
                y.fill(E::ZERO);
                for p in taps(g, 0, i) {
                    for q in taps(g, 1, j) {
                        let (above, left) = (i * g.stride[0] + p - g.padding[0], j * g.stride[1] + q - g.padding[1]);
                        let pixel = (b * g.input[0] + above) * g.input[1] + left;
                        add_products(y, &x[pixel * c + at..], &w[(p * g.kernel[1] + q) * c + at..]);
                    }
                }
            }
        }
    }
}

/// As [`forward`](super::forward).
pub(super) fn forward<E: Element>(team: &Team<'_>, g: &Geometry, x: &[E], w: &[E], y: &mut [E], epilogue: &Epilogue<'_, E>) {
    let (isa, line, per) = (team.isa(), g.output[1] * g.channels[0], lines(g, g.output[1]));
    team.chunks(y, per * line, |t, y| {
        for (i, y) in y.chunks_exact_mut(line).enumerate() {
            let of = t * per + i;
            forward_line(isa, g, of, x, w, y);
            epilogue(Tile::of_rows(of * g.output[1], 0, (g.output[1], g.channels[1]), y));
        }
    });
}

simd! {
    fn input_line[E: Element](g: &Geometry, line: usize, dy: &[E], w: &[E], dx: &mut [E]) {
        let (c, (b, y)) = (g.channels[0], (line / g.input[0], line % g.input[0]));
        for (x, dx) in dx.chunks_exact_mut(c).enumerate() {
            for (at, dx) in (0..c).step_by(CHANNELS).zip(dx.chunks_mut(CHANNELS)) {
                dx.fill(E::ZERO);
                for (i, p) in seen(g, 0, y) {
                    for (j, q) in seen(g, 1, x) {
                        let pixel = (b * g.output[0] + i) * g.output[1] + j;
                        add_products(dx, &dy[pixel * c + at..], &w[(p * g.kernel[1] + q) * c + at..]);
                    }
                }
            }
        }
    }
}

/// As [`input_gradient`](super::input_gradient).
pub(super) fn input_gradient<E: Element>(
    team: &Team<'_>,
    g: &Geometry,
    dy: &[E],
    w: &[E],
    dx: &mut [E],
    epilogue: &Epilogue<'_, E>,
) {
    let (isa, line, per) = (team.isa(), g.input[1] * g.channels[0], lines(g, g.input[1]));
    team.chunks(dx, per * line, |t, dx| {
        for (i, dx) in dx.chunks_exact_mut(line).enumerate() {
            let of = t * per + i;
            input_line(isa, g, of, dy, w, dx);
            epilogue(Tile::of_rows(of * g.input[1], 0, (g.input[1], g.channels[0]), dx));
        }
    });
}

simd! {
    fn weight_of_tap[E: Element](g: &Geometry, tap: (usize, usize), at: usize, x: &[E], dy: &[E], dw: &mut [E]) {
        let (c, (p, q), n) = (g.channels[0], tap, dw.len());
        dw.fill(E::ZERO);
        for b in 0..g.batch {
            // sums of sums: of a line, of a picture, of all
            let mut picture = [E::ZERO; CHANNELS];
            for i in (0..g.output[0]).filter(|&i| taps(g, 0, i).contains(&p)) {
                let mut line = [E::ZERO; CHANNELS];
                for j in (0..g.output[1]).filter(|&j| taps(g, 1, j).contains(&q)) {
                    let (above, left) = (i * g.stride[0] + p - g.padding[0], j * g.stride[1] + q - g.padding[1]);
                    let (pixel, output) = ((b * g.input[0] + above) * g.input[1] + left, (b * g.output[0] + i) * g.output[1] + j);
                    add_products(&mut line[..n], &x[pixel * c + at..], &dy[output * c + at..]);
                }
                for (s, &x) in picture.iter_mut().zip(&line) { *s += x; }
            }
            for (s, &x) in dw.iter_mut().zip(&picture) { *s += x; }
        }
    }
}

/// As [`weight_gradient`](super::weight_gradient).
pub(super) fn weight_gradient<E: Element>(team: &Team<'_>, g: &Geometry, x: &[E], dy: &[E], dw: &mut [E]) {
    let (isa, c, blocks) = (team.isa(), g.channels[0], g.channels[0].div_ceil(CHANNELS));
    let dst = Parts(dw.as_mut_ptr());
    team.for_each(g.kernel[0] * g.kernel[1] * blocks, |t| {
        let (tap, at) = (t / blocks, t % blocks * CHANNELS);
        // SAFETY: these channels of this tap lie within `dw` and are of this task alone.
        let dw = unsafe { dst.slice(tap * c + at, CHANNELS.min(c - at)) };
        weight_of_tap(isa, g, (tap / g.kernel[1], tap % g.kernel[1]), at, x, dy, dw);
    });
}
