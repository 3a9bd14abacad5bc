//! Sums over windows, `y[o, c] = scale sum_k x[o stride + k - padding, c]`, and their transpose. With `scale` one over the
//! window's area they are averages; with windows side by side, sums of blocks, whose transpose repeats each pixel.

use super::{FEW, Geometry, Windows, rows_per_chunk};
use crate::{Element, Team};

/// `first`: whether `out` holds nothing yet.
#[inline(always)]
fn add<E: Element>(out: &mut [E], x: &[E], scale: E, first: &mut bool) {
    if std::mem::take(first) {
        for (o, &x) in out.iter_mut().zip(x) {
            *o = scale * x;
        }
    } else {
        for (o, &x) in out.iter_mut().zip(x) {
            *o += scale * x;
        }
    }
}

simd! {
    fn forward_rows[E: Element](g: &Geometry, scale: E, first: usize, x: &[E], out: &mut [E]) {
        let (picture, row) = (g.lens().0, g.count[1] * g.channels);
        for (r, out) in out.chunks_exact_mut(row).enumerate() {
            let (n, oy) = ((first + r) / g.count[0], (first + r) % g.count[0]);
            let x = &x[n * picture..][..picture];
            for (ox, out) in out.chunks_exact_mut(g.channels).enumerate() {
                let mut first = true;
                g.each_pixel(oy, ox, |_, at| add(out, &x[at..][..out.len()], scale, &mut first));
            }
        }
    }
}

/// `scale` times the sums over the windows of `x` (`shape`: `[n, height, width, channels]`).
///
/// # Panics
/// If windows or slices do not fit `shape`.
pub fn forward<E: Element>(team: &Team<'_>, windows: &Windows, shape: [usize; 4], scale: E, x: &[E], out: &mut [E]) {
    let g = Geometry::new(windows, shape, x.len(), out.len());
    if out.is_empty() {
        return;
    }
    let (isa, row) = (team.isa(), g.count[1] * g.channels);
    let rows = rows_per_chunk(row * windows.area());
    team.chunks(out, rows * row, |i, out| forward_rows(isa, &g, scale, i * rows, x, out));
}

simd! {
    fn spread_rows[E: Element](g: &Geometry, scale: E, first: usize, ct: &[E], out: &mut [E]) {
        let (pooled, row) = (g.lens().1, g.size[1] * g.channels);
        for (r, out) in out.chunks_exact_mut(row).enumerate() {
            let (n, y, c) = ((first + r) / g.size[0], (first + r) % g.size[0], g.channels);
            let ct = &ct[n * pooled..][..pooled];
            if c <= FEW {
                out.fill(E::ZERO);
                g.each_tap(y, |oy, _, x, windows| {
                    let ct = &ct[(oy * g.count[1] + windows.start) * c..][..windows.len() * c];
                    g.zip(&mut out[x * c..], ct, ct, |sum, ct, _| sum + scale * ct);
                });
                continue;
            }
            for (x, out) in out.chunks_exact_mut(g.channels).enumerate() {
                let mut first = true;
                g.each_window(y, x, |_, at| add(out, &ct[at..][..out.len()], scale, &mut first));
                if first { out.fill(E::ZERO); }
            }
        }
    }
}

/// The transpose of [`forward`]: each pixel gets `scale` times the sum of `ct` over the windows that hold it.
///
/// # Panics
/// If windows or slices do not fit `shape`.
pub fn spread<E: Element>(team: &Team<'_>, windows: &Windows, shape: [usize; 4], scale: E, ct: &[E], out: &mut [E]) {
    let g = Geometry::new(windows, shape, out.len(), ct.len());
    if out.is_empty() {
        return;
    }
    let (isa, row) = (team.isa(), g.size[1] * g.channels);
    let rows = rows_per_chunk(row);
    team.chunks(out, rows * row, |i, out| spread_rows(isa, &g, scale, i * rows, ct, out));
}
