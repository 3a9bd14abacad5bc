//! The matrix of patches, gathered a block at a time.

use std::ops::Range;

use super::Geometry;
use crate::Element;

/// A matrix with a row for each place of a kernel on a batch of pictures: the values under the kernel there,
/// `[taps down, taps right, depth]`, 0 where it stands outside.
#[derive(Clone, Copy)]
pub(super) struct Patches<'a, E> {
    /// Pictures `[n, height, width, channels]`.
    pub pixels: &'a [E],
    /// Height and width of a picture.
    pub size: [usize; 2],
    /// Channels of a picture.
    pub channels: usize,
    /// Channels that are seen: the first of them, and how many.
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
fn inside(at: isize, taps: usize, size: usize) -> (usize, usize) {
    let lo = (-at).clamp(0, taps as isize) as usize;
    let hi = (size as isize - at).clamp(lo as isize, taps as isize) as usize;
    (lo, hi)
}

impl<'a, E: Element> Patches<'a, E> {
    /// What the weights of `group` are multiplied by in the convolution of `x`.
    pub fn of_input(g: &Geometry, x: &'a [E], group: usize) -> Self {
        let depth = g.depths()[0];
        Patches {
            pixels: x,
            size: g.input,
            channels: g.channels[0],
            seen: (group * depth, depth),
            taps: g.kernel,
            grid: g.output,
            stride: g.stride,
            origin: g.padding.map(|p| -(p as isize)),
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

    /// Writes the block of `rows` and columns `terms`, row-major, to `out`.
    pub fn gather(&self, rows: Range<usize>, terms: Range<usize>, out: &mut [E]) {
        let (mut picture, mut y, mut x) = self.place(rows.start);
        for line in out[..rows.len() * terms.len()].chunks_exact_mut(terms.len().max(1)) {
            self.row((picture, y, x), terms.clone(), line);
            x += 1;
            if x == self.grid[1] {
                (x, y) = (0, y + 1);
            }
            if y == self.grid[0] {
                (y, picture) = (0, picture + 1);
            }
        }
    }

    /// The columns `terms` of one row.
    fn row(&self, (picture, y, x): (usize, usize, usize), terms: Range<usize>, mut out: &mut [E]) {
        let (first, depth) = self.seen;
        let run = self.taps[1] * depth;
        let left = (x * self.stride[1]) as isize + self.origin[1];
        let (lo, hi) = inside(left, self.taps[1], self.size[1]);
        let mut at = terms.start;
        while at < terms.end {
            let tap = at / run;
            let (from, to) = (at - tap * run, (terms.end - tap * run).min(run));
            let (line, rest) = out.split_at_mut(to - from);
            (out, at) = (rest, at + (to - from));
            let above = (y * self.stride[0] + tap) as isize + self.origin[0];
            if above < 0 || above >= self.size[0] as isize || lo == hi {
                line.fill(E::ZERO);
                continue;
            }
            // the pixel under tap `lo`, which lies in the picture
            let pixel = (picture * self.size[0] + above as usize) * self.size[1] + (left + lo as isize) as usize;
            let source = &self.pixels[pixel * self.channels..];
            if depth == self.channels {
                let (a, b) = ((lo * depth).clamp(from, to), (hi * depth).clamp(from, to));
                line[..a - from].fill(E::ZERO);
                if a < b {
                    line[a - from..b - from].copy_from_slice(&source[a - lo * depth..b - lo * depth]);
                }
                line[b - from..].fill(E::ZERO);
            } else {
                for (i, o) in line.iter_mut().enumerate() {
                    let (tap, channel) = ((from + i) / depth, (from + i) % depth);
                    let seen = tap >= lo && tap < hi;
                    *o = if seen { source[(tap - lo) * self.channels + first + channel] } else { E::ZERO };
                }
            }
        }
    }
}
