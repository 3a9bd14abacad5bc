//! A header that lies costs no memory. Alone in its binary, since the count is global.

use std::alloc::System;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use gan_datasets::idx;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

#[test]
fn flipped_and_absurd_dimensions_allocate_little() {
    let golden = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let mut attacks: Vec<Vec<u8>> = Vec::new();
    for bit in 0..16 * 8 {
        let mut bytes = golden.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        attacks.push(bytes);
    }
    for dims in [[1u32 << 30, 1, 1], [1 << 15, 1 << 15, 1], [u32::MAX; 3], [1 << 31, 2, 1 << 31]] {
        let mut bytes = golden.to_vec();
        for (place, dim) in bytes[4..16].chunks_exact_mut(4).zip(dims) {
            place.copy_from_slice(&dim.to_be_bytes());
        }
        attacks.push(bytes);
    }
    for plain in attacks {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&plain).unwrap();
        let zipped = encoder.finish().unwrap();
        for bytes in [plain, zipped] {
            let region = Region::new(ALLOCATOR);
            let fault = idx::parse(&bytes, 3).unwrap_err();
            let allocated = region.change().bytes_allocated;
            // The decoder of gzip takes some 80 kB.
            assert!(allocated < 256 << 10, "{allocated} bytes for {fault}");
        }
    }
    // The decoder of xz takes the dictionary that the file names, 8 MiB as Python makes it, and none of 4 GiB.
    let xz: [(&[u8], usize); 3] = [
        (include_bytes!("data/lie.idx.xz"), 9 << 20),
        (include_bytes!("data/absurd.idx.xz"), 9 << 20),
        (include_bytes!("data/hungry.idx.xz"), 256 << 10),
    ];
    for (bytes, most) in xz {
        let region = Region::new(ALLOCATOR);
        let fault = idx::parse(bytes, 3).unwrap_err();
        let allocated = region.change().bytes_allocated;
        assert!(allocated < most, "{allocated} bytes for {fault}");
    }
}
