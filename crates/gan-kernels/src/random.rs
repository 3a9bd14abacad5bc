//! Counter-based random numbers: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy
//! as 1, 2, 3").
//!
//! A number depends on its [`Key`], its row and its place in the row, on nothing else: not on the
//! number of threads, the batch size or the instruction set. Nothing is stored between calls.

use crate::{Element, Isa, Team};

/// What a stream of random numbers is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// The run's seed.
    pub seed: u64,
    /// Which draw from the stream: a training plan's count of runs.
    pub draw: u32,
    /// Which stream: a dropout layer, the latent prior, ...
    pub stream: u32,
}

/// Blocks computed side by side, one in each vector lane.
const LANES: usize = 16;
/// Numbers that one group of blocks yields.
const GROUP: usize = 4 * LANES;

/// Ten rounds for the blocks `block..block + LANES` of a row: `[word][lane]`.
///
/// A 32-bit word is computed in a 64-bit lane: the vector units multiply 32 by 32 bits in just that shape, so that
/// a round is two products, two shifts and four exclusive ors. The upper halves are whatever the products left.
/// The ten rounds are the body of the loop over lanes, so that the compiler vectorises that loop.
#[inline(always)]
fn group(key: Key, row: u32, block: u32) -> [[u32; LANES]; 4] {
    const LOW: u64 = 0xFFFF_FFFF;
    let mut words = [[0u32; LANES]; 4];
    let [w0, w1, w2, w3] = &mut words;
    let (row, draw, stream) = (u64::from(row), u64::from(key.draw), u64::from(key.stream));
    let lanes = w0.iter_mut().zip(w1).zip(w2).zip(w3).enumerate();
    for (i, (((w0, w1), w2), w3)) in lanes {
        let (mut a, mut b, mut c, mut d) = (u64::from(block.wrapping_add(i as u32)), row, draw, stream);
        let (mut k0, mut k1) = (key.seed as u32, (key.seed >> 32) as u32);
        for _ in 0..10 {
            let p0 = (a & LOW) * 0xD251_1F53;
            let p1 = (c & LOW) * 0xCD9E_8D57;
            a = (p1 >> 32) ^ b ^ u64::from(k0);
            c = (p0 >> 32) ^ d ^ u64::from(k1);
            b = p1;
            d = p0;
            k0 = k0.wrapping_add(0x9E37_79B9);
            k1 = k1.wrapping_add(0xBB67_AE85);
        }
        (*w0, *w1, *w2, *w3) = (a as u32, b as u32, c as u32, d as u32);
    }
    words
}

/// Calls `f(part, words)` for each group of up to 64 elements of a row, `words` in the row's order.
#[inline(always)]
fn row_words<E>(key: Key, row: u32, out: &mut [E], mut f: impl FnMut(&mut [E], &[u32; GROUP])) {
    let mut words = [0u32; GROUP];
    for (g, part) in out.chunks_mut(GROUP).enumerate() {
        let c = group(key, row, (g * LANES) as u32);
        for (w, c) in words.chunks_exact_mut(LANES).zip(&c) {
            w.copy_from_slice(c);
        }
        f(part, &words);
    }
}

/// 2^-24: the resolution of uniform numbers, in either element type.
const ULP: f64 = 1.0 / 16_777_216.0;

simd! {
    fn uniform_rows[E: Element](key: Key, row: usize, n: usize, lo: E, width: E, out: &mut [E]) {
        for (r, out) in out.chunks_mut(n).enumerate() {
            row_words(key, (row + r) as u32, out, |part, words| {
                for (o, &w) in part.iter_mut().zip(words) { *o = lo + width * E::from_u24(w >> 8); }
            });
        }
    }
}
simd! {
    fn normal_rows[E: Element](key: Key, row: usize, n: usize, out: &mut [E]) {
        let ulp = E::from_f64(ULP);
        let minus_two = E::from_f64(-2.0);
        for (r, out) in out.chunks_mut(n).enumerate() {
            row_words(key, (row + r) as u32, out, |part, words| {
                // Box and Muller: words 0..32 give the radius, 32..64 the angle
                let mut pair = [E::ZERO; GROUP];
                let (a, b) = pair.split_at_mut(GROUP / 2);
                let (u, v) = words.split_at(GROUP / 2);
                for (((a, b), &u), &v) in a.iter_mut().zip(b).zip(u).zip(v) {
                    let radius = (minus_two * (E::from_u24((u >> 8) + 1) * ulp).ln()).sqrt();
                    let (sin, cos) = E::sin_cos_turn(E::from_u24(v >> 8) * ulp);
                    *a = radius * cos;
                    *b = radius * sin;
                }
                part.copy_from_slice(&pair[..part.len()]);
            });
        }
    }
}
simd! {
    fn dropout_rows[E: Element](mask: Mask<E>, row: usize, n: usize, out: &mut [E]) {
        for (r, out) in out.chunks_mut(n).enumerate() {
            row_words(mask.key, (row + r) as u32, out, |part, words| {
                for (o, &w) in part.iter_mut().zip(words) { *o = if w <= mask.last { *o * mask.scale } else { E::ZERO }; }
            });
        }
    }
}

simd! {
    fn mask_part[E: Element](mask: Mask<E>, row: usize, at: usize, out: &mut [E]) {
        let mut out = out;
        let (mut g, mut skip) = (at / GROUP, at % GROUP);
        while !out.is_empty() {
            let words = group(mask.key, row as u32, (g * LANES) as u32);
            let (part, rest) = out.split_at_mut((GROUP - skip).min(out.len()));
            for (o, &w) in part.iter_mut().zip(&words.as_flattened()[skip..]) {
                *o = if w <= mask.last { *o * mask.scale } else { E::ZERO };
            }
            (out, g, skip) = (rest, g + 1, 0);
        }
    }
}

/// What [`dropout`] does to parts of its rows, whoever computes them.
#[derive(Clone, Copy, Debug)]
pub struct Mask<E> {
    key: Key,
    /// The largest word that keeps an element.
    last: u32,
    scale: E,
}

impl<E: Element> Mask<E> {
    /// Keeps each element with probability `keep`; `None` if that keeps none.
    pub fn new(key: Key, keep: f64) -> Option<Self> {
        // words 0..=last keep: one comparison of 32 bits, even if all do
        let last = ((keep * 4_294_967_296.0).round() as u64).min(1 << 32).checked_sub(1)?;
        Some(Mask { key, last: last as u32, scale: E::from_f64(1.0 / keep) })
    }

    /// Dropout in place on the elements from `at` on of row `row`.
    pub fn apply(self, isa: Isa, row: usize, at: usize, out: &mut [E]) {
        mask_part(isa, self, row, at, out);
    }
}

/// Rows that a thread takes at a time.
fn rows_at_once(n: usize) -> usize {
    (crate::map::CHUNK / 2 / n.max(1)).max(1)
}

fn by_rows<E: Element>(team: &Team<'_>, n: usize, out: &mut [E], f: impl Fn(usize, &mut [E]) + Sync) {
    if !out.is_empty() {
        assert!(n > 0 && out.len().is_multiple_of(n), "random numbers fill whole rows");
        let rows = rows_at_once(n);
        team.chunks(out, rows * n, |i, o| f(i * rows, o));
    }
}

/// Fills `out: [rows, n]` with numbers uniform in [lo, hi), in steps of 2^-24 of the width.
///
/// Where the element type is coarser than these steps (at `lo` = 1000 and `hi` = 1001, say) they are rounded to
/// its nearest number, which may be `hi`.
pub fn uniform<E: Element>(team: &Team<'_>, key: Key, n: usize, (lo, hi): (f64, f64), out: &mut [E]) {
    let (isa, lo, width) = (team.isa(), E::from_f64(lo), E::from_f64((hi - lo) * ULP));
    by_rows(team, n, out, |row, o| uniform_rows(isa, key, row, n, lo, width, o));
}

/// Fills `out: [rows, n]` with standard normal numbers (Box and Muller; none beyond 5.77).
pub fn normal<E: Element>(team: &Team<'_>, key: Key, n: usize, out: &mut [E]) {
    let isa = team.isa();
    by_rows(team, n, out, |row, o| normal_rows(isa, key, row, n, o));
}

/// Inverted dropout in place on `out: [rows, n]`: each element is kept with probability `keep` and
/// then divided by it, else set to 0.
pub fn dropout<E: Element>(team: &Team<'_>, key: Key, n: usize, keep: f64, out: &mut [E]) {
    let isa = team.isa();
    match Mask::new(key, keep) {
        Some(mask) => by_rows(team, n, out, |row, o| dropout_rows(isa, mask, row, n, o)),
        None => crate::map::in_place(team, out, |_| E::ZERO),
    }
}

/// A stream's number for its name (FNV-1a).
pub fn stream_id(name: &str) -> u32 {
    name.bytes().fold(0x811C_9DC5, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}

/// A seed for another purpose, far from `seed` (SplitMix64): sampling must not repeat training's draws.
pub fn derive(seed: u64, purpose: &str) -> u64 {
    let mut z = seed ^ (u64::from(stream_id(purpose)) << 32 | u64::from(stream_id(purpose)).rotate_left(7));
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Pool;

    const KEY: Key = Key { seed: 42, draw: 3, stream: 9 };

    #[test]
    fn known_answers() {
        // Random123's kat_vectors: philox4x32 10, zero and all-ones counter and key
        let zero = group(Key { seed: 0, draw: 0, stream: 0 }, 0, 0);
        assert_eq!([zero[0][0], zero[1][0], zero[2][0], zero[3][0]], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        let ones = group(Key { seed: u64::MAX, draw: u32::MAX, stream: u32::MAX }, u32::MAX, u32::MAX);
        assert_eq!([ones[0][0], ones[1][0], ones[2][0], ones[3][0]], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    }

    #[test]
    fn same_bits_for_any_threads_batch_and_instruction_set() {
        let n = 70;
        let mut reference = vec![0f32; 50 * n];
        normal(&Team::serial(), KEY, n, &mut reference);
        for threads in [1, 2, 3, 8] {
            let mut out = vec![0f32; 20 * n];
            Pool::new(threads).region(|t| normal(t, KEY, n, &mut out));
            assert_eq!(out, reference[..20 * n], "{threads} threads");
        }
        let mut uniforms = Vec::new();
        for isa in Isa::ALL {
            let mut out = vec![0f32; 20 * n];
            Pool::with_isa(1, isa).region(|t| uniform(t, KEY, n, (-1.0, 1.0), &mut out));
            uniforms.push(out);
        }
        assert!(uniforms.windows(2).all(|w| w[0] == w[1]));
    }

    #[test]
    fn moments() {
        let n = 1_000_000;
        let mut x = vec![0f64; n];
        let mean = |x: &[f64], p: i32| x.iter().map(|x| x.powi(p)).sum::<f64>() / n as f64;
        normal(&Team::serial(), KEY, 1000, &mut x);
        // within five standard errors of the moments of N(0, 1)
        assert!(
            mean(&x, 1).abs() < 5e-3
                && (mean(&x, 2) - 1.0).abs() < 7.1e-3
                && mean(&x, 3).abs() < 0.02
                && (mean(&x, 4) - 3.0).abs() < 0.05
        );
        uniform(&Team::serial(), KEY, 1000, (-1.0, 1.0), &mut x);
        assert!(mean(&x, 1).abs() < 3e-3 && (mean(&x, 2) - 1.0 / 3.0).abs() < 1.5e-3);
        x.fill(1.0);
        dropout(&Team::serial(), KEY, 1000, 0.8, &mut x);
        let kept = x.iter().filter(|&&x| x == 1.25).count();
        assert!(x.iter().all(|&x| x == 0.0 || x == 1.25) && (kept as f64 / n as f64 - 0.8).abs() < 2e-3);
    }

    #[test]
    fn dropout_keeps_all_or_nothing_at_the_ends() {
        for isa in Isa::ALL {
            Pool::with_isa(2, isa).region(|t| {
                let mut x = vec![3.0f32; 333];
                dropout(t, KEY, 333, 1.0, &mut x);
                assert!(x.iter().all(|&x| x == 3.0));
                dropout(t, KEY, 333, 0.0, &mut x);
                assert!(x.iter().all(|&x| x == 0.0));
            });
        }
    }

    #[test]
    fn streams_draws_and_seeds_differ() {
        let draw = |key| {
            let mut x = [0f32; 100];
            uniform(&Team::serial(), key, 100, (0.0, 1.0), &mut x);
            x
        };
        let base = draw(KEY);
        for other in [
            Key { draw: 4, ..KEY },
            Key { stream: 10, ..KEY },
            Key { seed: 43, ..KEY },
            Key { seed: derive(42, "sample"), ..KEY },
        ] {
            let same = draw(other).iter().zip(&base).filter(|(a, b)| a == b).count();
            assert!(same < 3, "{other:?} repeats {same} numbers");
        }
    }
}
