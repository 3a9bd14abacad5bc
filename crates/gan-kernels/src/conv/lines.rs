//! The input's gradient pixel by pixel, without gathering patches.
//!
//! Neighbouring pixels of a phase draw from neighbouring outputs, so a line of them is a product whose left operand lies in
//! memory as it is: a row after every pixel of the output, the terms of a row of taps one after the other. What it takes
//! is zeros around the pictures, for which some of them are copied; all phases and all taps use that copy. Where
//! lines are short, the same pixel of several pictures takes their place.

use std::ops::Range;

use super::Geometry;
use super::block::{TERMS, panel, part, steps};
use super::phases::{Line, begins, pack_weights, tap};
use crate::gemm::micro::PANEL;
use crate::gemm::{Epilogue, Matrix, Tile};
use crate::pool::Parts;
use crate::stack::Stack;
use crate::{Element, Team};

/// Numbers in a copy; it stays in the second-level cache.
const COPIED: usize = 80 * 1024;
/// Rows of a tile at least.
const LOWEST: usize = 4;
/// Tasks that are enough for a few threads.
const ENOUGH: usize = 8;

/// What of the output, with zeros around, the pixels of all phases draw from.
#[derive(Clone, Copy)]
struct Frame {
    /// Before the outputs that the first pixels draw from, down and to the right; they may lie outside.
    origin: [isize; 2],
    /// How many more than one the first pixels draw from together.
    more: usize,
    /// Outputs in a row.
    width: usize,
    /// Pixels of a phase down, at most.
    count: usize,
}

impl Frame {
    fn new(g: &Geometry) -> Frame {
        let ends = |d: usize| {
            let lines = (0..g.stride[d]).map(move |phase| Line::new(g, d, phase)).filter(|l| l.taps > 0 && l.count > 0);
            let begin = lines.clone().map(|l| l.origin).min().unwrap_or(0);
            let top = lines.clone().map(|l| l.origin + l.taps as isize).max().unwrap_or(1);
            let end = lines.map(|l| l.origin + (l.taps + l.count - 1) as isize).max().unwrap_or(1);
            (begin, (top - begin - 1) as usize, (end - begin) as usize)
        };
        let ((down, more, _), (right, _, width)) = (ends(0), ends(1));
        Frame { origin: [down, right], more, width, count: g.input[0].div_ceil(g.stride[0]) }
    }

    /// Numbers in the copy of one picture for `count` pixels down of each phase.
    fn len(&self, g: &Geometry, count: usize) -> usize {
        (count + self.more) * self.width * g.depths()[1]
    }

    /// Pixels down for which a copy has room.
    fn fits(&self, g: &Geometry) -> usize {
        (COPIED / (self.width * g.depths()[1]).max(1)).saturating_sub(self.more).min(self.count)
    }
}

/// Pictures of a task, pixels down of each phase, and whether the rows of a tile are the pictures.
struct Cut {
    pictures: usize,
    down: usize,
    across: bool,
}

impl Cut {
    /// By the sizes alone; nothing if there would be no room for a copy or the tiles would be low.
    fn new(g: &Geometry, frame: &Frame) -> Option<Cut> {
        let rows = frame.fits(g);
        let line = g.input[1] / g.stride[1];
        let (pictures, down) = match (rows == frame.count, g.batch < ENOUGH) {
            (false, _) => (1, rows),
            (true, true) => (1, frame.count.div_ceil(ENOUGH.div_ceil(g.batch.max(1))).max(4).min(rows)),
            (true, false) => ((COPIED / frame.len(g, rows).max(1)).clamp(1, g.batch.div_ceil(ENOUGH)), rows),
        };
        (down > 0 && line.max(pictures) >= LOWEST).then_some(Cut { pictures, down, across: pictures > line })
    }
}

/// Whether there is room for a copy, and the tiles of the product are high enough.
pub(super) fn suits(g: &Geometry) -> bool {
    Cut::new(g, &Frame::new(g)).is_some()
}

/// The gradient; `scratch` is for the weights.
pub(super) fn draw<E: Element>(
    team: &Team<'_>,
    g: &Geometry,
    dy: &[E],
    w: &[E],
    dx: &mut [E],
    scratch: &mut [E],
    epilogue: &Epilogue<'_, E>,
) {
    pack_weights(team, g, w, scratch);
    let (isa, weights, frame, depth) = (team.isa(), &*scratch, Frame::new(g), g.depths()[0]);
    let Some(cut) = Cut::new(g, &frame) else { return };
    let (blocks, bands) = (g.batch.div_ceil(cut.pictures), frame.count.div_ceil(cut.down));
    let all = depth.div_ceil(PANEL);
    let columns = ENOUGH.div_ceil(blocks * bands * g.groups).clamp(1, all);
    let dst = Parts(dx.as_mut_ptr());
    team.for_each(g.groups * columns * blocks * bands, |t| {
        let dst = &dst; // the closure shares all of it
        let (band, block, column) = (t % bands, t / bands % blocks, t / (bands * blocks) % columns);
        let task = Task {
            g,
            frame: &frame,
            group: t / (bands * blocks * columns),
            batch: part(block, blocks, g.batch),
            down: part(band, bands, frame.count),
            panels: part(column, columns, all),
            across: cut.across,
        };
        let mut copy = Stack::<E, COPIED>::new();
        let copy = copy.slice(task.batch.len() * frame.len(g, task.down.len()));
        task.fill(dy, copy);
        for phase in (0..g.stride[0]).flat_map(|a| (0..g.stride[1]).map(move |b| [a, b])) {
            task.phase(isa, phase, copy, weights, dst);
        }
        // the phases have filled whole rows of pixels
        let rows = task.down.start * g.stride[0]..(task.down.end * g.stride[0]).min(g.input[0]);
        let channels = task.panels.start * PANEL..(task.panels.end * PANEL).min(depth);
        let first = task.group * depth + channels.start;
        for picture in task.batch.clone() {
            let pixel = (picture * g.input[0] + rows.start) * g.input[1];
            let size = (rows.len() * g.input[1], channels.len());
            // SAFETY: these channels of these pixels lie within `dx` and belong to this task alone.
            epilogue(unsafe {
                let start = dst.0.add(pixel * g.channels[0] + first);
                Tile::new((t, t), (pixel, first), size, (start, g.channels[0]))
            });
        }
    });
}

struct Task<'a> {
    g: &'a Geometry,
    frame: &'a Frame,
    group: usize,
    batch: Range<usize>,
    /// Pixels of each phase, from above.
    down: Range<usize>,
    panels: Range<usize>,
    /// Whether the pictures are the rows of a tile, not the pixels of a line.
    across: bool,
}

impl Task<'_> {
    /// Copies the outputs that the pixels draw from, with zeros around: `[pictures, rows, frame width, channels of the group]`, or,
    /// across the pictures, `[rows, frame width, pictures, channels]`.
    fn fill<E: Element>(&self, dy: &[E], copy: &mut [E]) {
        let (Geometry { output: [h, w], channels: [_, outputs], .. }, width) = (*self.g, self.g.depths()[1]);
        let (frame, rows) = (self.frame, self.down.len() + self.frame.more);
        // the pixels of a row that lie in the picture, and where they stand in the copy's row
        let from = frame.origin[1].max(0) as usize;
        let to = w.min((frame.origin[1] + frame.width as isize).max(0) as usize).max(from);
        let start = (from as isize - frame.origin[1]) as usize;
        let inside = |y: usize| {
            let y = (self.down.start + y) as isize + frame.origin[0];
            (y >= 0 && y < h as isize && from < to).then_some(y as usize)
        };
        if self.across {
            copy.fill(E::ZERO);
            let batch = self.batch.len();
            for (b, y) in (0..batch).flat_map(|b| (0..rows).map(move |y| (b, y))) {
                let Some(above) = inside(y) else { continue };
                for x in from..to {
                    let at = ((y * frame.width + start + x - from) * batch + b) * width;
                    let pixel = ((self.batch.start + b) * h + above) * w + x;
                    copy[at..at + width].copy_from_slice(&dy[pixel * outputs + self.group * width..][..width]);
                }
            }
            return;
        }
        for (i, copy) in copy.chunks_exact_mut((frame.width * width).max(1)).enumerate() {
            let Some(above) = inside(i % rows) else {
                copy.fill(E::ZERO);
                continue;
            };
            let row = ((self.batch.start + i / rows) * h + above) * w;
            let (zeros, rest) = copy.split_at_mut(start * width);
            let (pixels, more) = rest.split_at_mut((to - from) * width);
            zeros.fill(E::ZERO);
            more.fill(E::ZERO);
            if width == outputs {
                pixels.copy_from_slice(&dy[(row + from) * outputs..][..pixels.len()]);
            } else {
                for (x, pixel) in (from..to).zip(pixels.chunks_exact_mut(width)) {
                    pixel.copy_from_slice(&dy[(row + x) * outputs + self.group * width..][..width]);
                }
            }
        }
    }

    /// The task's pixels of one phase.
    fn phase<E: Element>(&self, isa: crate::Isa, phase: [usize; 2], copy: &[E], weights: &[E], dst: &Parts<E>) {
        let (g, frame, [depth, width], inputs) = (self.g, self.frame, self.g.depths(), self.g.channels[0]);
        let [down, right] = [Line::new(g, 0, phase[0]), Line::new(g, 1, phase[1])];
        let rows = self.down.start..self.down.end.min(down.count);
        if right.count == 0 || rows.is_empty() {
            return;
        }
        let terms = down.taps * right.taps * width;
        let weights = &weights[(self.group * g.kernel[0] * g.kernel[1] + begins(g, phase)) * tap(g)..];
        // where the pixels' channels stand in `dx`
        let pixel = |b: usize, i: usize, x: usize| {
            let (y, x) = (down.first + i * g.stride[0], right.first + x * g.stride[1]);
            ((b * g.input[0] + y) * g.input[1] + x) * inputs + self.group * depth
        };
        // the pixels of a tile: picture, row and column of the first, how many, and how far apart in `dx`
        let batch = self.batch.clone();
        let (outer, inner) = if self.across { (1, right.count) } else { (batch.len(), 1) };
        let (high, ld) = match self.across {
            true => (batch.len(), g.input[0] * g.input[1] * inputs),
            false => (right.count, g.stride[1] * inputs),
        };
        let lines = || {
            let rows = rows.clone();
            let start = batch.start;
            (0..outer).flat_map(move |b| rows.clone().flat_map(move |i| (0..inner).map(move |x| (start + b, i, x))))
        };
        if terms == 0 {
            let columns = self.panels.start * PANEL..(self.panels.end * PANEL).min(depth);
            for (at, n) in lines().flat_map(|(b, i, x)| (0..high).map(move |n| ((b, i, x), n))) {
                // SAFETY: every pixel is of one phase, and of its channels these belong to this task alone.
                unsafe { dst.slice(pixel(at.0, at.1, at.2) + n * ld + columns.start, columns.len()) }.fill(E::ZERO);
            }
            return;
        }
        let tiles = E::tiles(isa);
        let tall = self.down.len() + frame.more;
        // terms that lie next to each other: of a row of taps, or, across the pictures, of a tap
        let (runs, run) = if self.across { (right.taps, width) } else { (1, right.taps * width) };
        let origin = [(down.origin - frame.origin[0]) as usize, (right.origin - frame.origin[1]) as usize];
        for j in self.panels.clone() {
            let columns = (depth - j * PANEL).min(PANEL);
            for (p, q) in (0..down.taps * runs).map(|t| (t / runs, t % runs)) {
                for part in steps(0..run, TERMS) {
                    let first = (p * runs + q) * run + part.start;
                    let b = &weights[(j * terms + first) * PANEL..][..part.len() * PANEL];
                    for (picture, i, x) in lines() {
                        let (above, left) = (i - self.down.start + p + origin[0], x + q + origin[1]);
                        let at = match self.across {
                            true => (above * frame.width + left) * high,
                            false => ((picture - batch.start) * tall + above) * frame.width + left,
                        };
                        let a = Matrix { data: &copy[at * width + part.start..], row: width, col: 1 };
                        debug_assert!((high - 1) * width + part.len() <= a.data.len());
                        // SAFETY: the pixels of this tile lie within `dx`, and of their channels these belong to this task
                        // alone; the copy holds what they draw from.
                        unsafe {
                            let c = dst.0.add(pixel(picture, i, x) + j * PANEL);
                            panel(&tiles, a, (high, columns, part.len()), b.as_ptr(), PANEL, c, ld, first > 0);
                        }
                    }
                }
            }
        }
    }
}
