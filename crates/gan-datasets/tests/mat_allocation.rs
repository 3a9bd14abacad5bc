//! A MATLAB file that lies costs no memory. Alone in its binary, since the count is global.

mod common;

use std::alloc::System;

use common::mat::{self as writer, Array, Order};
use gan_datasets::formats::mat;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn flipped_bits_and_absurd_sizes_allocate_little() {
    let array = Array::bytes("a", &[2, 3], &[1, 2, 3, 4, 5, 6]);
    let mut attacks = Vec::new();
    for compressed in [false, true] {
        let golden = writer::file(Order::Little, compressed, std::slice::from_ref(&array));
        for bit in 0..golden.len() * 8 {
            let mut bytes = golden.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            attacks.push(bytes);
        }
        for dims in [[1u32 << 30, 1], [1 << 15, 1 << 15], [u32::MAX; 2], [1 << 29, 2]] {
            attacks.push(writer::file(Order::Little, compressed, &[Array { dims: dims.into(), ..array.clone() }]));
        }
    }
    for bytes in attacks {
        let region = Region::new(ALLOCATOR);
        let result = mat::parse(&bytes, ["a"]);
        let allocated = region.change().bytes_allocated;
        // The decoder of zlib takes some 80 kB.
        assert!(allocated < 256 << 10, "{allocated} bytes for {result:?}");
    }
}
