//! What the tests share.
#![allow(dead_code)] // each test binary uses its own part

use gan_tensor::{Buffer, Element, Key, Store, Team};

/// A store of parameters with pseudo-random values in (-1, 1).
pub fn store<E: Element>(sizes: &[usize]) -> Store<E> {
    let mut store = Store::new();
    for (slot, &n) in sizes.iter().enumerate() {
        store.push(Buffer::from_slice(&uniform::<E>(n, 100 + slot as u32)));
    }
    store
}

/// Pseudo-random values in (-1, 1).
pub fn uniform<E: Element>(n: usize, stream: u32) -> Vec<E> {
    let mut x = vec![E::ZERO; n];
    gan_kernels::random::uniform(&Team::serial(), Key { seed: 5, draw: 0, stream }, n.max(1), (-1.0, 1.0), &mut x);
    x
}

/// A small generator of choices (xorshift), for random graphs.
pub struct Choices(u64);

impl Choices {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 33) % n as u64) as usize
    }

    /// Yes with probability `percent` / 100.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
