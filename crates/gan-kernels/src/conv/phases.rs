//! The input's gradient pixel by pixel: each draws from the outputs that it was seen by.
//!
//! The pixels fall into `sh x sw` phases by the taps that they meet. Within a phase the gradient is a dense convolution of the
//! output's cotangent with those taps, so nothing is multiplied by the zeros that a stride puts in between.

use super::Geometry;
use super::block::{Cut, Panels, Part, ROWS, TERMS, pack, part, steps};
use super::patches::Patches;
use crate::gemm::micro::PANEL;
use crate::gemm::{Epilogue, Matrix, Tile};
use crate::pool::Parts;
use crate::stack::Stack;
use crate::{Element, Team};

/// Taps of a kernel of `kernel` taps that meet the pixels of `phase`: every `stride`-th.
fn taps(kernel: usize, stride: usize, phase: usize) -> usize {
    kernel.saturating_sub(phase).div_ceil(stride)
}

/// Pixels of one phase along one dimension, and the outputs that they draw from.
#[derive(Clone, Copy)]
pub(super) struct Line {
    /// Taps that meet them.
    pub taps: usize,
    /// The first of them.
    pub first: usize,
    /// How many, every `stride`-th.
    pub count: usize,
    /// The output under the first of the taps at the first pixel; it may lie outside.
    pub origin: isize,
}

impl Line {
    /// Pixels of dimension `d` that meet the taps `phase, phase + stride, ...`. The last tap comes first, so that the outputs,
    /// which come one after the other, are drawn from in order.
    pub fn new(g: &Geometry, d: usize, phase: usize) -> Line {
        let (stride, padding) = (g.stride[d], g.padding[d]);
        let taps = taps(g.kernel[d], stride, phase);
        let first = (phase + stride - padding % stride) % stride;
        let count = g.input[d].saturating_sub(first).div_ceil(stride);
        // pixel + padding = output * stride + tap, and a division leaves the tap's phase
        let origin = ((first + padding) / stride) as isize - (taps as isize - 1);
        Line { taps, first, count, origin }
    }
}

/// Where the weights of a phase begin in the weights of a group, counted in taps.
pub(super) fn begins(g: &Geometry, [a, b]: [usize; 2]) -> usize {
    let before = |d: usize, phase: usize| (0..phase).map(|p| taps(g.kernel[d], g.stride[d], p)).sum::<usize>();
    before(0, a) * g.kernel[1] + taps(g.kernel[0], g.stride[0], a) * before(1, b)
}

/// Numbers that the packed weights of a tap take.
pub(super) fn tap(g: &Geometry) -> usize {
    let [depth, width] = g.depths();
    Panels::<f32>::len(width, depth)
}

/// Scratch space: the weights in panels, `[group, phase, panel of input channels, tap, output channel]`.
pub(super) fn scratch(g: &Geometry) -> usize {
    g.groups * g.kernel[0] * g.kernel[1] * tap(g)
}

/// Packs the weights; the taps of a phase come from the last to the first.
pub(super) fn pack_weights<E: Element>(team: &Team<'_>, g: &Geometry, w: &[E], out: &mut [E]) {
    let ([depth, width], outputs, [down, right]) = (g.depths(), g.channels[1], g.kernel);
    let part = |t: usize| {
        let (group, p, q) = (t / (down * right), t / right % down, t % right);
        let [(a, i, m), (b, j, n)] = [(0, p), (1, q)].map(|(d, p)| {
            let (phase, turn) = (p % g.stride[d], p / g.stride[d]);
            let taps = taps(g.kernel[d], g.stride[d], phase);
            (phase, taps - 1 - turn, taps)
        });
        let first = (i * n + j) * width;
        Part {
            begins: (group * down * right + begins(g, [a, b])) * tap(g),
            terms: m * n * width,
            columns: depth,
            of: first..first + width,
            matrix: Matrix { data: &w[(p * right + q) * depth * outputs + group * width..], row: 1, col: outputs },
        }
    };
    pack(team, g.groups * down * right, part, out);
}

/// The gradient.
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
    let (isa, weights, [depth, width], [inputs, outputs]) = (team.isa(), &*scratch, g.depths(), g.channels);
    // phases differ by a tap or a pixel at most: all are cut like the largest
    let most: usize = (0..2).map(|d| g.input[d].div_ceil(g.stride[d])).product();
    let terms: usize = (0..2).map(|d| g.kernel[d].div_ceil(g.stride[d])).product();
    let cut = Cut::new(g.batch * most, depth, terms * width);
    let dst = Parts(dx.as_mut_ptr());
    let phases = g.stride[0] * g.stride[1];
    team.for_each(g.groups * phases * cut.panels * cut.rows, |t| {
        let (row, column) = (t % cut.rows, t / cut.rows % cut.panels);
        let (phase, group) = (t / (cut.rows * cut.panels) % phases, t / (cut.rows * cut.panels * phases));
        let phase = [phase / g.stride[1], phase % g.stride[1]];
        let lines = [Line::new(g, 0, phase[0]), Line::new(g, 1, phase[1])];
        let patches = Patches {
            size: g.output,
            channels: outputs,
            seen: (group * width, width),
            taps: lines.map(|l| l.taps),
            grid: lines.map(|l| l.count),
            stride: [1, 1],
            origin: lines.map(|l| l.origin),
        };
        let (terms, places) = (patches.terms(), g.batch * lines[0].count * lines[1].count);
        let data = &weights[(group * g.kernel[0] * g.kernel[1] + begins(g, phase)) * tap(g)..];
        let right = Panels { data, terms, columns: depth };
        let (tiles, mut block, mut sums) =
            (E::tiles(isa), Stack::<E, { ROWS * TERMS }>::new(), Stack::<E, { ROWS * TERMS }>::new());
        let panels = part(column, cut.panels, depth.div_ceil(PANEL));
        for panels in steps(panels, TERMS / PANEL) {
            let columns = panels.start * PANEL..(panels.end * PANEL).min(depth);
            for rows in steps(part(row, cut.rows, places), ROWS) {
                let sums = sums.slice(rows.len() * columns.len());
                if terms == 0 {
                    sums.fill(E::ZERO);
                }
                for terms in steps(0..terms, TERMS) {
                    let block = block.slice(rows.len() * terms.len());
                    patches.gather(isa, dy, rows.clone(), terms.clone(), block, terms.len());
                    let left = Matrix { data: block, row: terms.len(), col: 1 };
                    let (c, add) = ((sums.as_mut_ptr(), columns.len()), terms.start > 0);
                    // SAFETY: `sums` holds these rows and columns, `block` the patches.
                    unsafe { right.times(&tiles, left, rows.len(), terms, panels.clone(), c, add) };
                }
                for (place, sums) in rows.zip(sums.chunks_exact(columns.len())) {
                    let (b, i, j) = patches.place(place);
                    let (y, x) = (lines[0].first + i * g.stride[0], lines[1].first + j * g.stride[1]);
                    let pixel = (b * g.input[0] + y) * g.input[1] + x;
                    let first = group * depth + columns.start;
                    // SAFETY: every pixel is of one phase, and of its channels these belong to this task alone.
                    let dx = unsafe { dst.slice(pixel * inputs + first, columns.len()) };
                    dx.copy_from_slice(sums);
                    epilogue(Tile::of_rows(pixel, first, (1, columns.len()), dx));
                }
            }
        }
    });
}
