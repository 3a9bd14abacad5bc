//! The matrix of patches, a block at a time.

use std::ops::Range;

use super::Geometry;
use crate::{Element, Isa};

/// A matrix with a row for each place of a kernel on a batch of pictures `[n, height, width, channels]`: the values under
/// the kernel there, `[taps down, taps right, channels seen]`, 0 where it stands outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patches {
    /// Height and width of a picture.
    pub size: [usize; 2],
    /// Channels of a picture.
    pub channels: usize,
    /// The first channel that is seen, and how many are.
    pub seen: (usize, usize),
    /// Height and width of the kernel.
    pub taps: [usize; 2],
    /// Places of the kernel down and to the right on each picture.
    pub grid: [usize; 2],
    /// Steps between places.
    pub stride: [usize; 2],
    /// Pixel under the first tap at the first place.
    pub origin: [isize; 2],
}

/// The taps `lo..hi` of `taps` that stand on a line of `size` pixels when the first stands at `at`.
#[inline(always)]
fn inside(at: isize, taps: usize, size: usize) -> (usize, usize) {
    let lo = (-at).clamp(0, taps as isize) as usize;
    let hi = (size as isize - at).clamp(lo as isize, taps as isize) as usize;
    (lo, hi)
}

/// Neighbouring terms of a row that one row of taps holds.
struct Run {
    /// Where they stand among the terms asked for.
    terms: Range<usize>,
    /// Which of them lie in the picture.
    inside: Range<usize>,
    /// Of these the first: its pixel's first value, and its place among the values of neighbouring pixels that are seen.
    pixel: usize,
    skip: usize,
}

impl Patches {
    /// What the weights of `group` are multiplied by in the convolution of `x`.
    pub fn of_input(g: &Geometry, group: usize) -> Self {
        Self::of_rows(g, 0..g.input[0], group)
    }

    /// The same for pictures of which there are the rows `rows` alone.
    pub fn of_rows(g: &Geometry, rows: Range<usize>, group: usize) -> Self {
        let depth = g.depths()[0];
        Patches {
            size: [rows.len(), g.input[1]],
            channels: g.channels[0],
            seen: (group * depth, depth),
            taps: g.kernel,
            grid: g.output,
            stride: g.stride,
            origin: [-((g.padding[0] + rows.start) as isize), -(g.padding[1] as isize)],
        }
    }

    /// Number of columns.
    pub fn terms(&self) -> usize {
        self.taps[0] * self.taps[1] * self.seen.1
    }

    /// Picture, row and column of place `row`.
    pub fn place(&self, row: usize) -> (usize, usize, usize) {
        let [down, right] = self.grid;
        (row / (down * right), row / right % down, row % right)
    }

    /// Calls `f` with the number of each row of `rows` and its place.
    #[inline(always)]
    fn places(&self, rows: Range<usize>, mut f: impl FnMut(usize, (usize, usize, usize))) {
        let (mut picture, mut y, mut x) = self.place(rows.start);
        for row in 0..rows.len() {
            f(row, (picture, y, x));
            x += 1;
            if x == self.grid[1] {
                (x, y) = (0, y + 1);
            }
            if y == self.grid[0] {
                (y, picture) = (0, picture + 1);
            }
        }
    }

    /// Calls `f` with the runs that make up the columns `terms` of a row.
    #[inline(always)]
    fn runs(&self, (picture, y, x): (usize, usize, usize), terms: Range<usize>, mut f: impl FnMut(Run)) {
        let depth = self.seen.1;
        let run = self.taps[1] * depth;
        let left = (x * self.stride[1]) as isize + self.origin[1];
        let (lo, hi) = inside(left, self.taps[1], self.size[1]);
        let mut at = terms.start;
        while at < terms.end {
            let tap = at / run;
            let (from, to) = (at - tap * run, (terms.end - tap * run).min(run));
            let above = (y * self.stride[0] + tap) as isize + self.origin[0];
            let (a, b) = ((lo * depth).clamp(from, to), (hi * depth).clamp(from, to));
            let seen = above >= 0 && above < self.size[0] as isize && a < b;
            let here = at - terms.start..at - terms.start + (to - from);
            f(if seen {
                let pixel = (picture * self.size[0] + above as usize) * self.size[1] + (left + lo as isize) as usize;
                Run { terms: here, inside: a - from..b - from, pixel: pixel * self.channels, skip: a - lo * depth }
            } else {
                Run { terms: here, inside: 0..0, pixel: 0, skip: 0 }
            });
            at += to - from;
        }
    }

    /// Writes the block of `rows` and columns `terms` to `out`, its rows `ld` apart.
    pub fn gather<E: Element>(&self, isa: Isa, pixels: &[E], rows: Range<usize>, terms: Range<usize>, out: &mut [E], ld: usize) {
        gather(isa, self, pixels, rows, terms, out, ld);
    }

    /// The transpose of [`gather`](Patches::gather): adds a row-major block to the pixels that it would be gathered from.
    pub fn scatter<E: Element>(&self, isa: Isa, block: &[E], rows: Range<usize>, terms: Range<usize>, pixels: &mut [E]) {
        scatter(isa, self, block, rows, terms, pixels);
    }
}

/// A short run is copied here, a long one by the system's copy.
#[inline(always)]
fn copy_run<E: Element>(from: &[E], to: &mut [E]) {
    if to.len() > 64 {
        return to.copy_from_slice(&from[..to.len()]);
    }
    let n = to.len();
    let ((to4, to1), (from4, from1)) = (to.as_chunks_mut::<4>(), from[..n].as_chunks::<4>());
    to4.iter_mut().zip(from4).for_each(|(t, f)| *t = *f);
    to1.iter_mut().zip(from1).for_each(|(t, f)| *t = *f);
}

simd! {
    fn gather[E: Element](of: &Patches, pixels: &[E], rows: Range<usize>, terms: Range<usize>, out: &mut [E], ld: usize) {
        let (first, depth) = of.seen;
        of.places(rows, |row, place| {
            let out = &mut out[row * ld..][..terms.len()];
            of.runs(place, terms.clone(), |run| {
                let line = &mut out[run.terms];
                line[..run.inside.start].fill(E::ZERO);
                line[run.inside.end..].fill(E::ZERO);
                let line = &mut line[run.inside];
                if depth == of.channels {
                    copy_run(&pixels[run.pixel + run.skip..], line);
                } else {
                    for (at, o) in (run.skip..).zip(line) {
                        *o = pixels[run.pixel + at / depth * of.channels + first + at % depth];
                    }
                }
            });
        });
    }
}

simd! {
    fn scatter[E: Element](of: &Patches, block: &[E], rows: Range<usize>, terms: Range<usize>, pixels: &mut [E]) {
        let ((first, depth), n) = (of.seen, terms.len());
        of.places(rows, |row, place| {
            let block = &block[row * n..][..n];
            of.runs(place, terms.clone(), |run| {
                let line = &block[run.terms][run.inside];
                if depth == of.channels {
                    for (o, &x) in pixels[run.pixel + run.skip..][..line.len()].iter_mut().zip(line) { *o += x; }
                } else {
                    for (at, &x) in (run.skip..).zip(line) {
                        pixels[run.pixel + at / depth * of.channels + first + at % depth] += x;
                    }
                }
            });
        });
    }
}
