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

/// The weight of old pixel `i` in new pixel `o`: what [`between`] gives it.
#[inline(always)]
fn weight<E: Element>(i: usize, o: usize, factor: usize, size: usize) -> E {
    let whole = 2 * factor;
    let place = (2 * o + 1).saturating_sub(factor).min(whole * (size - 1));
    E::from_f64(whole.saturating_sub(place.abs_diff(whole * i)) as f64 / whole as f64)
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

/// New pixels that are added to an old one at once, so that the sum is loaded and stored less often.
const GROUP: usize = 4;

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
                    let all = reached(x, factor, width);
                    for start in all.clone().step_by(GROUP) {
                        // what is missing in the last group is its first pixel once more, with weight 0
                        let [a, b, d, e] = std::array::from_fn(|k| {
                            let (ox, held) = (start + k, start + k < all.end);
                            let w = if held { v * weight::<E>(x, ox, factor, width) } else { E::ZERO };
                            (w, &ct[if held { ox } else { start } * c..][..c])
                        });
                        for ((((o, &pa), &pb), &pd), &pe) in out.iter_mut().zip(a.1).zip(b.1).zip(d.1).zip(e.1) {
                            *o += (a.0 * pa + b.0 * pb) + (d.0 * pd + e.0 * pe);
                        }
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
    fn both_views_of_the_weights_agree() {
        for (factor, size) in (1..6).flat_map(|factor| (1..5).map(move |size| (factor, size))) {
            for o in 0..factor * size {
                let (a, b, w) = between::<f64>(o, factor, size);
                for i in 0..size {
                    let expected = if a == i { 1.0 - w } else { 0.0 } + if b == i { w } else { 0.0 };
                    let (found, held) = (weight::<f64>(i, o, factor, size), reached(i, factor, size).contains(&o));
                    assert!((found - expected).abs() < 1e-15, "pixel {i} of {size} in {o}, factor {factor}");
                    assert_eq!(held, found > 0.0, "pixel {i} of {size} in {o}, factor {factor}");
                }
            }
        }
    }
}
