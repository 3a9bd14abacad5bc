//! Maxima over windows: `y[o, c] = max_k x[o stride + k - padding, c]`.
//!
//! The winner's position in the window (row by row, the first one on a tie) is kept as a number of the element type; it is
//! all that the gradient needs.

use super::{FEW, Geometry, Windows, rows_per_chunk};
use crate::{Element, Team};

simd! {
    fn forward_rows[E: Element](g: &Geometry, first: usize, x: &[E], out: &mut [E], index: &mut [E]) {
        let (picture, row) = (g.lens().0, g.count[1] * g.channels);
        for (r, (out, index)) in out.chunks_exact_mut(row).zip(index.chunks_exact_mut(row)).enumerate() {
            let (n, oy) = ((first + r) / g.count[0], (first + r) % g.count[0]);
            let x = &x[n * picture..][..picture];
            for (ox, (out, index)) in out.chunks_exact_mut(g.channels).zip(index.chunks_exact_mut(g.channels)).enumerate() {
                let mut started = false;
                g.each_pixel(oy, ox, |k, at| {
                    let (x, k) = (&x[at..][..out.len()], E::from_f64(k as f64));
                    if !started {
                        started = true;
                        out.copy_from_slice(x);
                        index.fill(k);
                        return;
                    }
                    for ((o, i), &x) in out.iter_mut().zip(index.iter_mut()).zip(x) {
                        // a NaN wins, so that it is seen
                        let wins = x > *o || !x.eq(&x);
                        *o = if wins { x } else { *o };
                        *i = if wins { k } else { *i };
                    }
                });
            }
        }
    }
}

/// The maxima over the windows of `x` (`shape`: `[n, height, width, channels]`) and the winners' positions.
///
/// # Panics
/// If windows or slices do not fit `shape`.
pub fn forward<E: Element>(team: &Team<'_>, windows: &Windows, shape: [usize; 4], x: &[E], out: &mut [E], index: &mut [E]) {
    let g = Geometry::new(windows, shape, x.len(), out.len());
    assert_eq!(index.len(), out.len(), "one winner a maximum");
    if out.is_empty() {
        return;
    }
    let (isa, row) = (team.isa(), g.count[1] * g.channels);
    let rows = rows_per_chunk(row * windows.area());
    team.chunks2((out, rows * row), (index, rows * row), |i, out, index| forward_rows(isa, &g, i * rows, x, out, index));
}

simd! {
    fn scatter_rows[E: Element](g: &Geometry, first: usize, ct: &[E], index: &[E], out: &mut [E]) {
        let (pooled, row) = (g.lens().1, g.size[1] * g.channels);
        for (r, out) in out.chunks_exact_mut(row).enumerate() {
            let (n, y, c) = ((first + r) / g.size[0], (first + r) % g.size[0], g.channels);
            let (ct, index) = (&ct[n * pooled..][..pooled], &index[n * pooled..][..pooled]);
            if c <= FEW {
                out.fill(E::ZERO);
                g.each_tap(y, |oy, k, x, windows| {
                    let (at, n, k) = ((oy * g.count[1] + windows.start) * c, windows.len() * c, E::from_f64(k as f64));
                    let won = |sum, ct, i| sum + if i == k { ct } else { E::ZERO };
                    g.zip(&mut out[x * c..], &ct[at..][..n], &index[at..][..n], won);
                });
                continue;
            }
            for (x, out) in out.chunks_exact_mut(g.channels).enumerate() {
                out.fill(E::ZERO);
                g.each_window(y, x, |k, at| {
                    let (ct, index, k) = (&ct[at..][..out.len()], &index[at..][..out.len()], E::from_f64(k as f64));
                    for ((o, &ct), &i) in out.iter_mut().zip(ct).zip(index) { *o += if i == k { ct } else { E::ZERO }; }
                });
            }
        }
    }
}

/// The gradient: each pixel gets `ct` of the windows that it won.
///
/// # Panics
/// If windows or slices do not fit `shape`.
pub fn scatter<E: Element>(team: &Team<'_>, windows: &Windows, shape: [usize; 4], ct: &[E], index: &[E], out: &mut [E]) {
    let g = Geometry::new(windows, shape, out.len(), ct.len());
    assert_eq!(index.len(), ct.len(), "one winner a maximum");
    if out.is_empty() {
        return;
    }
    let (isa, row) = (team.isa(), g.size[1] * g.channels);
    let rows = rows_per_chunk(row);
    team.chunks(out, rows * row, |i, out| scatter_rows(isa, &g, i * rows, ct, index, out));
}

simd! {
    fn gather_rows[E: Element](g: &Geometry, first: usize, x: &[E], index: &[E], out: &mut [E]) {
        let (picture, row) = (g.lens().0, g.count[1] * g.channels);
        for (r, (out, index)) in out.chunks_exact_mut(row).zip(index.chunks_exact(row)).enumerate() {
            let (n, oy) = ((first + r) / g.count[0], (first + r) % g.count[0]);
            let x = &x[n * picture..][..picture];
            for (ox, (out, index)) in out.chunks_exact_mut(g.channels).zip(index.chunks_exact(g.channels)).enumerate() {
                out.fill(E::ZERO);
                g.each_pixel(oy, ox, |k, at| {
                    let (x, k) = (&x[at..][..out.len()], E::from_f64(k as f64));
                    for ((o, &x), &i) in out.iter_mut().zip(x).zip(index) { *o += if i == k { x } else { E::ZERO }; }
                });
            }
        }
    }
}

/// The transpose of [`scatter`]: of each window the pixel that won.
///
/// # Panics
/// If windows or slices do not fit `shape`.
pub fn gather<E: Element>(team: &Team<'_>, windows: &Windows, shape: [usize; 4], x: &[E], index: &[E], out: &mut [E]) {
    let g = Geometry::new(windows, shape, x.len(), out.len());
    assert_eq!(index.len(), out.len(), "one winner a maximum");
    if out.is_empty() {
        return;
    }
    let (isa, row) = (team.isa(), g.count[1] * g.channels);
    let rows = rows_per_chunk(row * windows.area());
    team.chunks(out, rows * row, |i, out| {
        gather_rows(isa, &g, i * rows, x, &index[i * rows * row..][..out.len()], out);
    });
}
