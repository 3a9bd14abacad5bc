//! Enlarged pictures against the definition by interpolation, and the transpose against the forward direction.

mod support;

use gan_kernels::{Element, Pool, bilinear};
use support::{close, numbers, same_bits};

both!(agrees_with_interpolation, transposes);

/// Shape, factor.
const CASES: [([usize; 4], usize); 9] = [
    ([0, 3, 3, 7], 2),
    ([2, 3, 3, 0], 2),
    ([1, 1, 1, 1], 3),
    ([2, 4, 5, 1], 2),
    ([3, 7, 1, 31], 3),
    ([1, 2, 3, 333], 4),
    ([2, 6, 6, 33], 1),
    ([5, 16, 15, 16], 2),
    ([1, 3, 2, 5], 7),
];

/// For each new pixel along a side of `size`: (old pixel, weight), from real coordinates.
fn weights(size: usize, factor: usize) -> Vec<[(usize, f64); 2]> {
    (0..size * factor)
        .map(|o| {
            let at = ((o as f64 + 0.5) / factor as f64 - 0.5).clamp(0.0, size as f64 - 1.0);
            let i = at.floor() as usize;
            [(i, 1.0 - at.fract()), ((i + 1).min(size - 1), at.fract())]
        })
        .collect()
}

/// (new, old, weight) for all numbers of the pictures.
fn parts([n, h, w, c]: [usize; 4], f: usize) -> Vec<(usize, usize, f64)> {
    let (rows, columns) = (weights(h, f), weights(w, f));
    let mut all = Vec::new();
    for i in 0..n * f * h * f * w * c {
        let (n, y, x, ch) = (i / (f * h * f * w * c), i / (f * w * c) % (f * h), i / c % (f * w), i % c);
        for (old_y, v) in rows[y] {
            for (old_x, u) in columns[x] {
                all.push((i, ((n * h + old_y) * w + old_x) * c + ch, v * u));
            }
        }
    }
    all
}

fn agrees_with_interpolation<E: Element>() {
    for (shape, factor) in CASES {
        let len: usize = shape.iter().product();
        let x = numbers::<E>(len, 1);
        let mut want = vec![0.0; len * factor * factor];
        parts(shape, factor).iter().for_each(|(new, old, w)| want[*new] += w * x[*old].to_f64());
        let run = |pool: &mut Pool| {
            let mut out = vec![E::ONE; want.len()];
            pool.region(|t| bilinear::forward(t, shape, factor, &x, &mut out));
            out
        };
        same_bits(run, |got, isa| close(got, &want, &format!("{isa} {shape:?} x {factor}")));
    }
}

fn transposes<E: Element>() {
    for (shape, factor) in CASES {
        let len: usize = shape.iter().product();
        let ct = numbers::<E>(len * factor * factor, 1);
        let mut want = vec![0.0; len];
        parts(shape, factor).iter().for_each(|(new, old, w)| want[*old] += w * ct[*new].to_f64());
        let run = |pool: &mut Pool| {
            let mut out = vec![E::ONE; len];
            pool.region(|t| bilinear::transposed(t, shape, factor, &ct, &mut out));
            out
        };
        same_bits(run, |got, isa| close(got, &want, &format!("{isa} {shape:?} x {factor}")));
    }
}

#[test]
#[should_panic(expected = "sizes of enlarged pictures")]
fn slices_of_another_size_are_refused() {
    bilinear::forward(&gan_kernels::Team::serial(), [1, 2, 2, 1], 2, &[0.0f32; 4], &mut [0.0; 8]);
}
