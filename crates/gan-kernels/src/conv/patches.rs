//! The matrix of patches, a block at a time.

use std::ops::Range;

use super::Geometry;
use crate::Element;

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

    /// Writes the block of `rows` and columns `terms`, row-major, to `out`.
    pub fn gather<E: Element>(&self, pixels: &[E], rows: Range<usize>, terms: Range<usize>, out: &mut [E]) {
        let ((first, depth), n) = (self.seen, terms.len());
        self.places(rows, |row, place| {
            self.runs(place, terms.clone(), |run| {
                let line = &mut out[row * n..][run.terms];
                line[..run.inside.start].fill(E::ZERO);
                line[run.inside.end..].fill(E::ZERO);
                let line = &mut line[run.inside];
                if depth == self.channels {
                    line.copy_from_slice(&pixels[run.pixel + run.skip..][..line.len()]);
                } else {
                    for (at, o) in (run.skip..).zip(line) {
                        *o = pixels[run.pixel + at / depth * self.channels + first + at % depth];
                    }
                }
            });
        });
    }

    /// The transpose of [`gather`](Patches::gather): adds a block to the pixels that it would be gathered from.
    pub fn scatter<E: Element>(&self, block: &[E], rows: Range<usize>, terms: Range<usize>, pixels: &mut [E]) {
        let ((first, depth), n) = (self.seen, terms.len());
        self.places(rows, |row, place| {
            self.runs(place, terms.clone(), |run| {
                let line = &block[row * n..][run.terms][run.inside];
                if depth == self.channels {
                    for (o, &x) in pixels[run.pixel + run.skip..].iter_mut().zip(line) {
                        *o += x;
                    }
                } else {
                    for (at, &x) in (run.skip..).zip(line) {
                        pixels[run.pixel + at / depth * self.channels + first + at % depth] += x;
                    }
                }
            });
        });
    }
}
