//! An array that lies costs no memory. Alone in its binary, since the count is global.

use std::alloc::System;
use std::io::{Cursor, Write};

use gan_datasets::formats::npy;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn file(shape: &str) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), &[0; 16]].concat()
}

fn archive(bytes: &[u8], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("x.npy", SimpleFileOptions::default().compression_method(method)).unwrap();
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap().into_inner()
}

#[test]
fn flipped_bits_and_absurd_sizes_allocate_little() {
    let mut attacks = Vec::new();
    let golden = file("(2, 2)");
    for bytes in [&golden, &archive(&golden, CompressionMethod::Stored), &archive(&golden, CompressionMethod::Deflated)] {
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            attacks.push(bytes);
        }
    }
    for shape in ["(268435456,)", "(16384, 16384)", "(9223372036854775808,)", "(4294967296, 4294967296)"] {
        let bytes = file(shape);
        attacks.push(archive(&bytes, CompressionMethod::Stored));
        attacks.push(archive(&bytes, CompressionMethod::Deflated));
        attacks.push(bytes);
    }
    // A central directory that declares any number of members.
    for members in [1u16, 1 << 10, u16::MAX] {
        let mut bytes = archive(&golden, CompressionMethod::Stored);
        let end = bytes.len() - 22;
        bytes[end + 8..end + 10].copy_from_slice(&members.to_le_bytes());
        bytes[end + 10..end + 12].copy_from_slice(&members.to_le_bytes());
        attacks.push(bytes);
    }
    for bytes in attacks {
        let region = Region::new(ALLOCATOR);
        let (array, archive) = (npy::parse(&bytes).map(|_| ()), npy::parse_archive(&bytes, ["x"]).map(|_| ()));
        let allocated = region.change().bytes_allocated;
        // The decoder of deflate takes some 80 kB.
        assert!(allocated < 512 << 10, "{allocated} bytes for {array:?}, {archive:?}");
    }
}
