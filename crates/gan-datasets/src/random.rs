//! Random numbers that are pure functions of a key, so that nothing depends on the order of calls or on threads.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// A generator of its own for each `(seed, stream, counter)`. xoshiro256++ is a fixed algorithm, unlike `StdRng`, which
/// may change with a release and would then change what a checkpoint resumes with.
pub(crate) fn keyed(seed: u64, stream: u64, counter: u64) -> Xoshiro256PlusPlus {
    let key = mix(mix(mix(seed).wrapping_add(stream)).wrapping_add(counter));
    Xoshiro256PlusPlus::seed_from_u64(key)
}

/// The output function of SplitMix64 (Steele, Lea, Flood 2014), a bijection: keys that differ in one part never meet.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A number from `[0, 1)`.
pub(crate) fn uniform(rng: &mut Xoshiro256PlusPlus) -> f64 {
    rng.random::<f64>()
}

/// A standard normal number, by Box and Muller: `sqrt(-2 ln u) cos(2 pi v)` with u from `(0, 1]`.
pub(crate) fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let radius = (-2.0 * (1.0 - uniform(rng)).ln()).sqrt();
    radius * (std::f64::consts::TAU * uniform(rng)).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_the_moments_of_a_normal() {
        let n = 100_000u64;
        let (mut m1, mut m2, mut m4) = (0.0, 0.0, 0.0);
        for i in 0..n {
            let x = normal(&mut keyed(1, 2, i));
            m1 += x;
            m2 += x * x;
            m4 += x.powi(4);
        }
        let n = n as f64;
        // Standard errors: 1/sqrt(n), sqrt(2/n), sqrt(96/n); five of each.
        assert!((m1 / n).abs() < 5.0 / n.sqrt());
        assert!((m2 / n - 1.0).abs() < 5.0 * (2.0 / n).sqrt());
        assert!((m4 / n - 3.0).abs() < 5.0 * (96.0 / n).sqrt());
    }

    #[test]
    fn every_part_of_the_key_counts() {
        let first = |seed, stream, counter| uniform(&mut keyed(seed, stream, counter));
        assert_eq!(first(1, 2, 3), first(1, 2, 3));
        let different = [first(1, 2, 3), first(2, 2, 3), first(1, 3, 3), first(1, 2, 4), first(3, 2, 1)];
        for (i, a) in different.iter().enumerate() {
            assert!(different[..i].iter().all(|b| a != b));
        }
    }
}
