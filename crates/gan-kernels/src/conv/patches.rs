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

/// The terms `from..to` of one row of taps, of which `inside` lie in the picture, the first of them at `pixel` values into the
/// picture and `skip` values that are seen beyond.
#[derive(Clone, Copy)]
struct Run {
    from: usize,
    to: usize,
    inside: (usize, usize),
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

    /// The place after `(picture, y, x)`.
    #[inline(always)]
    fn next(&self, (picture, y, x): (usize, usize, usize)) -> (usize, usize, usize) {
        match (x + 1 == self.grid[1], y + 1 == self.grid[0]) {
            (false, _) => (picture, y, x + 1),
            (true, false) => (picture, y + 1, 0),
            (true, true) => (picture + 1, 0, 0),
        }
    }

    /// Of the terms `terms` of a row those under the taps of row `tap`; `columns` says which taps stand between left and right
    /// edge.
    #[inline(always)]
    fn run(&self, (picture, y, x): (usize, usize, usize), terms: &Range<usize>, tap: usize, columns: (usize, usize)) -> Run {
        let depth = self.seen.1;
        let (start, (lo, hi)) = (tap * self.taps[1] * depth, columns);
        let (from, to) = (terms.start.max(start) - start, (terms.end - start).min(self.taps[1] * depth));
        let above = (y * self.stride[0] + tap) as isize + self.origin[0];
        let (a, b) = ((lo * depth).clamp(from, to), (hi * depth).clamp(from, to));
        if above < 0 || above >= self.size[0] as isize || a == b {
            return Run { from, to, inside: (from, from), pixel: 0, skip: 0 };
        }
        let left = (x * self.stride[1] + lo) as isize + self.origin[1];
        let pixel = (picture * self.size[0] + above as usize) * self.size[1] + left as usize;
        Run { from, to, inside: (a, b), pixel: pixel * self.channels, skip: a - lo * depth }
    }

    /// The taps of a row that stand between left and right edge when the kernel is in column `x`.
    #[inline(always)]
    fn columns(&self, x: usize) -> (usize, usize) {
        inside((x * self.stride[1]) as isize + self.origin[1], self.taps[1], self.size[1])
    }

    /// Cuts `len` terms from `skip` on at the taps: calls `f` with where each piece begins, its tap and channel, and its length.
    #[inline(always)]
    fn pieces(&self, skip: usize, len: usize, mut f: impl FnMut(usize, usize, usize, usize)) {
        let depth = self.seen.1;
        let (mut at, mut tap, mut channel) = (0, skip / depth, skip % depth);
        while at < len {
            let n = (depth - channel).min(len - at);
            f(at, tap, channel, n);
            (at, tap, channel) = (at + n, tap + 1, 0);
        }
    }

    /// If the taps of the rows `taps` all stand in the picture: the first value under the first of them.
    #[inline(always)]
    fn within(&self, (picture, y, x): (usize, usize, usize), taps: &Range<usize>, columns: (usize, usize)) -> Option<usize> {
        let above = (y * self.stride[0] + taps.start) as isize + self.origin[0];
        let seen = columns == (0, self.taps[1]) && above >= 0 && above as usize + taps.len() <= self.size[0];
        let left = (x * self.stride[1]) as isize + self.origin[1];
        seen.then(|| ((picture * self.size[0] + above as usize) * self.size[1] + left as usize) * self.channels)
    }

    /// The rows of taps that `terms` belong to.
    #[inline(always)]
    fn rows_of(&self, terms: &Range<usize>) -> Range<usize> {
        let run = (self.taps[1] * self.seen.1).max(1);
        terms.start / run..terms.end.div_ceil(run)
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

/// Numbers copied at a time.
const WIDE: usize = 16;

/// Copies `n` numbers from the start of `from` to the start of `to`. A short run is copied in whole vectors where there is
/// room: what it writes beyond is written after it.
#[inline(always)]
fn copy_run<E: Element>(from: &[E], to: &mut [E], n: usize) {
    let whole = n.next_multiple_of(WIDE);
    if n <= 4 * WIDE && whole <= from.len() && whole <= to.len() {
        for (t, f) in to[..whole].as_chunks_mut::<WIDE>().0.iter_mut().zip(from[..whole].as_chunks::<WIDE>().0) {
            *t = *f;
        }
    } else {
        to[..n].copy_from_slice(&from[..n]);
    }
}

/// Adds `from` to `to`.
#[inline(always)]
fn add_run<E: Element>(from: &[E], to: &mut [E]) {
    let to = &mut to[..from.len()];
    let ((to4, to1), (from4, from1)) = (to.as_chunks_mut::<4>(), from.as_chunks::<4>());
    for (t, f) in to4.iter_mut().zip(from4) {
        *t = std::array::from_fn(|i| t[i] + f[i]);
    }
    for (t, f) in to1.iter_mut().zip(from1) {
        *t += *f;
    }
}

simd! {
    fn gather[E: Element](of: &Patches, pixels: &[E], rows: Range<usize>, terms: Range<usize>, out: &mut [E], ld: usize) {
        let ((first, depth), taps) = (of.seen, of.rows_of(&terms));
        let mut place = of.place(rows.start);
        for row in 0..rows.len() {
            let columns = of.columns(place.2);
            if let Some(start) = of.within(place, &taps, columns) && depth == of.channels {
                let (line, run) = (of.size[1] * of.channels, of.taps[1] * depth);
                let (mut at, mut skip) = (row * ld, terms.start - taps.start * run);
                for tap in taps.clone() {
                    let n = run.min(terms.end - tap * run) - skip;
                    copy_run(&pixels[start + (tap - taps.start) * line + skip..], &mut out[at..], n);
                    (at, skip) = (at + n, 0);
                }
                place = of.next(place);
                continue;
            }
            let mut out = &mut out[row * ld..][..terms.len()];
            for tap in taps.clone() {
                let Run { from, to, inside: (a, b), pixel, skip } = of.run(place, &terms, tap, columns);
                let (line, rest) = out.split_at_mut(to - from);
                out = rest;
                if b - a < to - from {
                    line.fill(E::ZERO);
                }
                let line = &mut line[a - from..b - from];
                if depth == of.channels {
                    line.copy_from_slice(&pixels[pixel + skip..][..line.len()]);
                } else {
                    of.pieces(skip, line.len(), |at, tap, channel, n| {
                        line[at..at + n].copy_from_slice(&pixels[pixel + tap * of.channels + first + channel..][..n]);
                    });
                }
            }
            place = of.next(place);
        }
    }
}

simd! {
    fn scatter[E: Element](of: &Patches, block: &[E], rows: Range<usize>, terms: Range<usize>, pixels: &mut [E]) {
        let ((first, depth), taps, n) = (of.seen, of.rows_of(&terms), terms.len());
        let mut place = of.place(rows.start);
        for row in 0..rows.len() {
            let mut block = &block[row * n..][..n];
            let columns = of.columns(place.2);
            if let Some(start) = of.within(place, &taps, columns) && depth == of.channels {
                let (line, run) = (of.size[1] * of.channels, of.taps[1] * depth);
                let mut skip = terms.start - taps.start * run;
                for tap in taps.clone() {
                    let (here, rest) = block.split_at(run.min(terms.end - tap * run) - skip);
                    add_run(here, &mut pixels[start + (tap - taps.start) * line + skip..]);
                    (block, skip) = (rest, 0);
                }
                place = of.next(place);
                continue;
            }
            for tap in taps.clone() {
                let Run { from, to, inside: (a, b), pixel, skip } = of.run(place, &terms, tap, columns);
                let (line, rest) = block.split_at(to - from);
                block = rest;
                let line = &line[a - from..b - from];
                if depth == of.channels {
                    add_run(line, &mut pixels[pixel + skip..]);
                } else {
                    of.pieces(skip, line.len(), |at, tap, channel, n| {
                        add_run(&line[at..at + n], &mut pixels[pixel + tap * of.channels + first + channel..]);
                    });
                }
            }
            place = of.next(place);
        }
    }
}
