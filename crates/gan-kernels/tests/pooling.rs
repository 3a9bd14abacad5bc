//! Pooling against loops over the definition: maxima with winners and ties, sums, and the transposes.

mod support;

use gan_kernels::pooling::{Windows, max, sum};
use gan_kernels::{Element, Pool};
use support::{close, numbers, pools, same_bits};

both!(maxima_agree_with_the_definition, sums_agree_with_the_definition, the_first_pixel_wins_a_tie, nan_is_seen);

/// Shape, kernel, stride, padding.
type Case = ([usize; 4], [usize; 2], [usize; 2], [usize; 2]);

const CASES: [Case; 17] = [
    ([0, 4, 4, 7], [2, 2], [2, 2], [0, 0]),
    ([3, 4, 4, 0], [2, 2], [2, 2], [0, 0]),
    ([1, 1, 1, 1], [1, 1], [1, 1], [0, 0]),
    ([2, 7, 5, 1], [3, 2], [1, 3], [1, 0]),
    ([2, 8, 8, 33], [2, 2], [2, 2], [0, 0]),
    ([3, 9, 7, 31], [3, 3], [2, 2], [1, 1]),
    ([1, 5, 6, 333], [4, 3], [1, 1], [3, 2]),
    ([2, 9, 9, 7], [2, 2], [3, 4], [0, 0]),
    ([1, 2, 3, 5], [4, 5], [1, 1], [2, 1]),
    ([5, 31, 33, 16], [3, 3], [2, 2], [1, 1]),
    ([1, 333, 1, 33], [7, 1], [7, 1], [0, 0]),
    ([2, 3, 3, 9000], [3, 3], [1, 1], [1, 1]),
    // few channels
    ([2, 9, 7, 2], [3, 3], [2, 2], [1, 1]),
    ([2, 31, 33, 3], [2, 3], [2, 4], [0, 1]),
    ([3, 5, 6, 4], [4, 3], [1, 1], [3, 2]),
    ([2, 1, 333, 1], [1, 7], [1, 3], [0, 6]),
    ([1, 2, 3, 2], [4, 5], [1, 1], [2, 1]),
];

/// For every window and channel: where it stands in the result, and (position in the kernel, place in `x`) of its pixels.
fn windows(case: &Case) -> (usize, Vec<Vec<(usize, usize)>>) {
    let ([n, h, w, c], k, s, p) = *case;
    let [oh, ow] = [(h + 2 * p[0] - k[0]) / s[0] + 1, (w + 2 * p[1] - k[1]) / s[1] + 1];
    let mut all = Vec::new();
    for i in 0..n * oh * ow * c {
        let (n, oy, ox, ch) = (i / (oh * ow * c), i / (ow * c) % oh, i / c % ow, i % c);
        let mut pixels = Vec::new();
        for ky in 0..k[0] {
            for kx in 0..k[1] {
                let (y, x) = ((oy * s[0] + ky) as i64 - p[0] as i64, (ox * s[1] + kx) as i64 - p[1] as i64);
                if (0..h as i64).contains(&y) && (0..w as i64).contains(&x) {
                    pixels.push((ky * k[1] + kx, ((n * h + y as usize) * w + x as usize) * c + ch));
                }
            }
        }
        all.push(pixels);
    }
    (n * h * w * c, all)
}

fn maxima_agree_with_the_definition<E: Element>() {
    for case in CASES {
        let (shape, kernel, stride, padding) = case;
        let w = Windows { kernel, stride, padding };
        let (len, all) = windows(&case);
        let (x, ct, n) = (numbers::<E>(len, 1), numbers::<E>(all.len(), 2), all.len());
        let run = |pool: &mut Pool| {
            let (mut out, mut index, mut won) = (vec![E::ONE; n], vec![E::ONE; n], vec![E::ONE; n]);
            let mut spread = vec![E::ONE; len];
            pool.region(|t| {
                max::forward(t, &w, shape, &x, &mut out, &mut index);
                max::gather(t, &w, shape, &x, &index, &mut won);
                max::scatter(t, &w, shape, &ct, &index, &mut spread);
            });
            [out, index, won, spread].concat()
        };
        let mut back = vec![0.0; len];
        let best: Vec<(usize, usize)> =
            all.iter().map(|pixels| pixels.iter().copied().reduce(|a, b| if x[b.1] > x[a.1] { b } else { a }).unwrap()).collect();
        best.iter().zip(&ct).for_each(|(b, ct)| back[b.1] += ct.to_f64());
        same_bits(run, |got, isa| {
            for (i, (k, at)) in best.iter().enumerate() {
                assert!(got[i] == x[*at] && got[n + i].to_f64() == *k as f64 && got[2 * n + i] == x[*at], "{isa} {case:?}, {i}");
            }
            close(&got[3 * n..], &back, &format!("{isa} {case:?}: gradient"));
        });
    }
}

fn sums_agree_with_the_definition<E: Element>() {
    for case in CASES {
        let (shape, kernel, stride, padding) = case;
        let w = Windows { kernel, stride, padding };
        let (len, all) = windows(&case);
        let (x, ct, n) = (numbers::<E>(len, 1), numbers::<E>(all.len(), 2), all.len());
        let scale = E::from_f64(0.25);
        let run = |pool: &mut Pool| {
            let (mut out, mut spread) = (vec![E::ONE; n], vec![E::ONE; len]);
            pool.region(|t| {
                sum::forward(t, &w, shape, scale, &x, &mut out);
                sum::spread(t, &w, shape, scale, &ct, &mut spread);
            });
            [out, spread].concat()
        };
        let sums: Vec<f64> = all.iter().map(|pixels| pixels.iter().map(|p| x[p.1].to_f64()).sum::<f64>() / 4.0).collect();
        let mut back = vec![0.0; len];
        all.iter().zip(&ct).for_each(|(pixels, ct)| pixels.iter().for_each(|p| back[p.1] += ct.to_f64() / 4.0));
        same_bits(run, |got, isa| {
            close(&got[..n], &sums, &format!("{isa} {case:?}"));
            close(&got[n..], &back, &format!("{isa} {case:?}: transpose"));
        });
    }
}

fn the_first_pixel_wins_a_tie<E: Element>() {
    let w = Windows { kernel: [3, 3], stride: [1, 1], padding: [1, 1] };
    for value in [E::ONE, E::NEG_INFINITY] {
        for mut pool in pools(2) {
            let x = vec![value; 4 * 4 * 33];
            let (mut out, mut index) = (vec![E::ZERO; x.len()], vec![E::ONE; x.len()]);
            pool.region(|t| max::forward(t, &w, [1, 4, 4, 33], &x, &mut out, &mut index));
            assert!(out.iter().all(|o| *o == value));
            // in the corner the first pixel of the window is its middle
            assert!(index[..33].iter().all(|i| i.to_f64() == 4.0) && index[33 * 15..].iter().all(|i| *i == E::ZERO));
        }
    }
}

fn nan_is_seen<E: Element>() {
    let w = Windows { kernel: [2, 2], stride: [2, 2], padding: [0, 0] };
    for mut pool in pools(2) {
        for at in 0..4 {
            let mut x = numbers::<E>(4 * 33, 1);
            x[at * 33 + 20] = E::from_f64(f64::NAN);
            let (mut out, mut index) = (vec![E::ZERO; 33], vec![E::ZERO; 33]);
            pool.region(|t| max::forward(t, &w, [1, 2, 2, 33], &x, &mut out, &mut index));
            assert!(out.iter().enumerate().all(|(u, o)| o.to_f64().is_nan() == (u == 20)), "{} pixel {at}", pool.isa());
            assert!(index[20].to_f64() == at as f64);
        }
    }
}

#[test]
#[should_panic(expected = "windows that fit")]
fn windows_larger_than_the_picture_are_refused() {
    let w = Windows { kernel: [3, 3], stride: [1, 1], padding: [0, 0] };
    sum::forward(&gan_kernels::Team::serial(), &w, [1, 2, 2, 1], 1.0f32, &[0.0; 4], &mut []);
}

#[test]
#[should_panic(expected = "sizes of a pooling")]
fn slices_of_another_size_are_refused() {
    let w = Windows { kernel: [2, 2], stride: [1, 1], padding: [0, 0] };
    sum::forward(&gan_kernels::Team::serial(), &w, [1, 2, 2, 1], 1.0f32, &[0.0; 4], &mut [0.0; 2]);
}
