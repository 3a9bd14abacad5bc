//! Channels to pixels and back (Shi et al. 2016): `out[n, y r + i, x r + j, c] = in[n, y, x, (c r + i) r + j]`.
//!
//! The channels are numbered as in PyTorch's `pixel_shuffle`, so that the two differ in their layout only.

use crate::pooling::rows_per_chunk;
use crate::{Element, Team};

/// Numbers of an enlarged row; checks the sizes.
fn row([n, height, width, channels]: [usize; 4], factor: usize, a: usize, b: usize) -> usize {
    let row = factor * width * channels;
    assert!(factor > 0 && a == b && a == n * height * factor * row, "sizes of shuffled pictures");
    row
}

/// From `[n, height, width, channels factor^2]` to `[n, height factor, width factor, channels]`; `shape` is
/// `[n, height, width, channels]`.
///
/// # Panics
/// If slices do not fit `shape`, or `factor` is 0.
pub fn to_pixels<E: Element>(team: &Team<'_>, shape: [usize; 4], factor: usize, x: &[E], out: &mut [E]) {
    let row = row(shape, factor, x.len(), out.len());
    if out.is_empty() {
        return;
    }
    let (c, rows) = (shape[3], rows_per_chunk(row));
    team.chunks(out, rows * row, |chunk, out| {
        for (r, out) in out.chunks_exact_mut(row).enumerate() {
            let (y, i) = ((chunk * rows + r) / factor, (chunk * rows + r) % factor);
            let x = &x[y * row * factor..][..row * factor];
            for (out, x) in out.chunks_exact_mut(factor * c).zip(x.chunks_exact(c * factor * factor)) {
                for (j, out) in out.chunks_exact_mut(c).enumerate() {
                    let x = x[i * factor + j..].iter().step_by(factor * factor);
                    out.iter_mut().zip(x).for_each(|(o, &x)| *o = x);
                }
            }
        }
    });
}

/// The inverse of [`to_pixels`], which is its transpose: from `[n, height factor, width factor, channels]` to
/// `[n, height, width, channels factor^2]`; `shape` is `[n, height, width, channels]`.
///
/// # Panics
/// If slices do not fit `shape`, or `factor` is 0.
pub fn to_channels<E: Element>(team: &Team<'_>, shape: [usize; 4], factor: usize, x: &[E], out: &mut [E]) {
    let row = row(shape, factor, x.len(), out.len());
    if out.is_empty() {
        return;
    }
    let (c, rows) = (shape[3], rows_per_chunk(row * factor));
    team.chunks(out, rows * row * factor, |chunk, out| {
        for (r, out) in out.chunks_exact_mut(row * factor).enumerate() {
            let x = &x[(chunk * rows + r) * row * factor..][..row * factor];
            for (at, out) in out.chunks_exact_mut(c * factor * factor).enumerate() {
                for (i, x) in x.chunks_exact(row).enumerate() {
                    for (j, x) in x[at * factor * c..][..factor * c].chunks_exact(c).enumerate() {
                        let out = out[i * factor + j..].iter_mut().step_by(factor * factor);
                        out.zip(x).for_each(|(o, &x)| *o = x);
                    }
                }
            }
        }
    });
}
