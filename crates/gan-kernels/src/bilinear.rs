//! Pictures `[n, height, width, channels]` enlarged by a whole number, each new pixel a mean of the nearest four, and the
//! transpose.
//!
//! Pixels are squares whose centres are compared: new pixel `o` lies at `(o + 1/2) / factor - 1/2` among the old ones, held
//! within the picture (`align_corners = False` of PyTorch). The transpose is computed pixel by pixel, so that no thread adds to
//! another's results.

use crate::pooling::rows_per_chunk;
use crate::{Element, Team};

/// Between which old pixels new pixel `o` lies, and the second one's weight.
#[inline(always)]
fn between<E: Element>(o: usize, factor: usize, size: usize) -> (usize, usize, E) {
    let place = (2 * o + 1).saturating_sub(factor); // in units of 1 / (2 factor)
    let (i, rest) = (place / (2 * factor), place % (2 * factor));
    (i, (i + 1).min(size - 1), E::from_f64(rest as f64 / (2 * factor) as f64))
}

/// The weight of old pixel `i` in new pixel `o`.
#[inline(always)]
fn weight<E: Element>(i: usize, o: usize, factor: usize, size: usize) -> E {
    let (a, b, w) = between::<E>(o, factor, size);
    match (a == i, b == i) {
        (true, true) => E::ONE,
        (true, false) => E::ONE - w,
        (false, true) => w,
        (false, false) => E::ZERO,
    }
}

/// The new pixels in which old pixel `i` has a part.
#[inline(always)]
fn reached(i: usize, factor: usize, size: usize) -> std::ops::Range<usize> {
    (i * factor).saturating_sub(factor / 2)..(i * factor + factor + factor / 2).min(size * factor)
}

simd! {
    fn forward_rows[E: Element](shape: [usize; 4], factor: usize, first: usize, x: &[E], out: &mut [E]) {
        let [_, height, width, c] = shape;
        for (r, out) in out.chunks_exact_mut(factor * width * c).enumerate() {
            let (n, oy) = ((first + r) / (factor * height), (first + r) % (factor * height));
            let (y0, y1, v) = between::<E>(oy, factor, height);
            let row = |y: usize| &x[(n * height + y) * width * c..][..width * c];
            let (top, bottom) = (row(y0), row(y1));
            for (ox, out) in out.chunks_exact_mut(c).enumerate() {
                let (x0, x1, h) = between::<E>(ox, factor, width);
                let [a, b] = [x0, x1].map(|x| top[x * c..][..c].iter());
                let [d, e] = [x0, x1].map(|x| bottom[x * c..][..c].iter());
                let (g, u) = (E::ONE - h, E::ONE - v);
                let (ga, ha, gd, hd) = (u * g, u * h, v * g, v * h);
                for ((((o, &a), &b), &d), &e) in out.iter_mut().zip(a).zip(b).zip(d).zip(e) {
                    *o = (ga * a + ha * b) + (gd * d + hd * e);
                }
            }
        }
    }
}

/// Numbers of the pictures and of the enlarged ones; checks that they are those of the slices.
fn check([n, height, width, channels]: [usize; 4], factor: usize, small: usize, large: usize) {
    let numbers = n * height * width * channels;
    assert!(factor > 0 && small == numbers && large == numbers * factor * factor, "sizes of enlarged pictures");
}

/// Pictures `x` of `shape` enlarged: `[n, factor height, factor width, channels]`.
///
/// # Panics
/// If slices do not fit `shape`, or `factor` is 0.
pub fn forward<E: Element>(team: &Team<'_>, shape: [usize; 4], factor: usize, x: &[E], out: &mut [E]) {
    check(shape, factor, x.len(), out.len());
    if out.is_empty() {
        return;
    }
    let (isa, row) = (team.isa(), factor * shape[2] * shape[3]);
    let rows = rows_per_chunk(row);
    team.chunks(out, rows * row, |i, out| forward_rows(isa, shape, factor, i * rows, x, out));
}

simd! {
    fn transposed_rows[E: Element](shape: [usize; 4], factor: usize, first: usize, ct: &[E], out: &mut [E]) {
        let [_, height, width, c] = shape;
        let wide = factor * width;
        for (r, out) in out.chunks_exact_mut(width * c).enumerate() {
            let (n, y) = ((first + r) / height, (first + r) % height);
            let ct = &ct[n * factor * height * wide * c..][..factor * height * wide * c];
            out.fill(E::ZERO);
            for oy in reached(y, factor, height) {
                let v = weight::<E>(y, oy, factor, height);
                let ct = &ct[oy * wide * c..][..wide * c];
                for (x, out) in out.chunks_exact_mut(c).enumerate() {
                    for ox in reached(x, factor, width) {
                        let w = v * weight::<E>(x, ox, factor, width);
                        for (o, &ct) in out.iter_mut().zip(&ct[ox * c..][..c]) { *o += w * ct; }
                    }
                }
            }
        }
    }
}

/// The transpose of [`forward`]: from numbers of the enlarged pictures to pictures of `shape`.
///
/// # Panics
/// If slices do not fit `shape`, or `factor` is 0.
pub fn transposed<E: Element>(team: &Team<'_>, shape: [usize; 4], factor: usize, ct: &[E], out: &mut [E]) {
    check(shape, factor, out.len(), ct.len());
    if out.is_empty() {
        return;
    }
    let (isa, row) = (team.isa(), shape[2] * shape[3]);
    let rows = rows_per_chunk(row * factor * factor);
    team.chunks(out, rows * row, |i, out| transposed_rows(isa, shape, factor, i * rows, ct, out));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_a_new_pixel_sum_to_one_and_reach_as_far_as_is_said() {
        for factor in 1..6 {
            for size in 1..5 {
                for o in 0..factor * size {
                    let weights = (0..size).map(|i| weight::<f64>(i, o, factor, size));
                    assert!((weights.sum::<f64>() - 1.0).abs() < 1e-15);
                    for i in (0..size).filter(|i| !reached(*i, factor, size).contains(&o)) {
                        assert_eq!(weight::<f64>(i, o, factor, size), 0.0, "pixel {i} in {o}, {factor} x {size}");
                    }
                }
            }
        }
    }
}
