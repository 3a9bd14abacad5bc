//! Pixel shuffling against its definition, there and back.

mod support;

use gan_kernels::{Element, Pool, shuffle};
use support::{numbers, same_bits};

both!(agrees_with_the_definition);

const CASES: [([usize; 4], usize); 8] = [
    ([0, 3, 3, 7], 2),
    ([2, 3, 3, 0], 2),
    ([1, 1, 1, 1], 3),
    ([2, 4, 5, 3], 2),
    ([3, 7, 1, 31], 1),
    ([1, 2, 3, 333], 2),
    ([5, 9, 15, 16], 2),
    ([2, 3, 2, 5], 4),
];

fn agrees_with_the_definition<E: Element>() {
    for ([n, h, w, c], r) in CASES {
        let len = n * h * w * c * r * r;
        let x = numbers::<E>(len, 1);
        let mut want = vec![E::ZERO; len];
        for (at, &x) in x.iter().enumerate() {
            let (pixel, channel) = (at / (c * r * r), at % (c * r * r));
            let (row, x_old) = (pixel / w, pixel % w);
            let (ch, i, j) = (channel / (r * r), channel / r % r, channel % r);
            want[((row * r + i) * w * r + x_old * r + j) * c + ch] = x;
        }
        let run = |pool: &mut Pool| {
            let (mut there, mut back) = (vec![E::ONE; len], vec![E::ONE; len]);
            pool.region(|t| {
                shuffle::to_pixels(t, [n, h, w, c], r, &x, &mut there);
                shuffle::to_channels(t, [n, h, w, c], r, &there, &mut back);
            });
            [there, back].concat()
        };
        same_bits(run, |got, isa| {
            assert!(got[..len] == want, "{isa} {n} {h} {w} {c} x {r}");
            assert!(got[len..] == x, "{isa} {n} {h} {w} {c} x {r}: back");
        });
    }
}

#[test]
#[should_panic(expected = "sizes of shuffled pictures")]
fn slices_of_another_size_are_refused() {
    shuffle::to_pixels(&gan_kernels::Team::serial(), [1, 2, 2, 1], 2, &[0.0f32; 4], &mut [0.0; 4]);
}
