//! Pictures, sounds and archives that lie cost no memory. Alone in its binary, since the count is global.

#[path = "common/tar.rs"]
mod tar_file;

use std::alloc::System;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use gan_datasets::formats::folder::Folder;
use gan_datasets::formats::{captions, picture, wav};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tar_file::{archive, member};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What decoders take for themselves, and a picture that a file of a few hundred bytes may well hold.
const MOST: usize = 8 << 20;
/// What is refused by its header.
const LITTLE: usize = 512 << 10;

fn allocated<T: std::fmt::Debug>(f: impl FnOnce() -> T) -> (usize, String) {
    let region = Region::new(ALLOCATOR);
    let value = f();
    (region.change().bytes_allocated, format!("{value:?}"))
}

fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    })
}

fn png() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 4, 4);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&[7; 48]).unwrap();
    writer.finish().unwrap();
    out
}

fn sound() -> Vec<u8> {
    let spec = hound::WavSpec { channels: 2, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut out = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut out, spec).unwrap();
    (0..8).for_each(|x| writer.write_sample(x).unwrap());
    writer.finalize().unwrap();
    out.into_inner()
}

fn pictures_and_sounds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for golden in [png(), fs::read(folder.join("progressive.jpg")).unwrap()] {
        for bytes in flipped(&golden) {
            let (spent, result) = allocated(|| picture::parse(&bytes).map(|_| ()));
            assert!(spent < MOST, "{spent} bytes for {result}");
        }
    }
    for bytes in flipped(&sound()) {
        let (spent, result) = allocated(|| wav::parse(&bytes).map(|_| ()));
        assert!(spent < LITTLE, "{spent} bytes for {result}");
    }
    let data = sound().windows(4).position(|four| four == b"data").unwrap();
    for size in [1u32 << 31, u32::MAX - 3] {
        let mut bytes = sound();
        bytes[data + 4..data + 8].copy_from_slice(&size.to_le_bytes());
        let (spent, result) = allocated(|| wav::parse(&bytes).map(|_| ()));
        assert!(spent < LITTLE && result.starts_with("Err"), "{spent} bytes for {result}");
    }
    // half a megabyte without an end of a line
    let (spent, result) = allocated(|| captions::parse(&vec![b'a'; 1 << 19]).map(|_| ()));
    assert!(spent < (1 << 19) + LITTLE && result.len() < 200, "{spent} bytes for {result}");
}

fn archives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive.tar");
    let open = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        allocated(|| Folder::open(&path, &[".png"]).map(|folder| folder.names().len()))
    };
    let good = archive(&[("e/a.png", b'0', b"1234")]);
    assert_eq!(open(&good).1, "Ok(1)");
    for bytes in flipped(&good[..512]) {
        let (spent, result) = open(&[&bytes, &good[512..]].concat());
        assert!(spent < LITTLE, "{spent} bytes for {result}");
    }
    // Extended headers whose records are none.
    for text in
        ["0 path", "3 path=b.txt\n", "99 path=b.txt\n", "path=b.txt\n", " path=b.txt\n", "18446744073709551616 path=b.txt\n"]
    {
        let (spent, result) = open(&archive(&[("name", b'x', text.as_bytes()), ("e/a.png", b'0', b"1234")]));
        assert!(spent < LITTLE && result == "Ok(1)", "{spent} bytes for {result}");
    }
    // Sizes of 2 GiB, 8 GiB - 1, and 2^63 in base 256, of files, of names, of extended headers, of sparse files.
    let sizes: [&[u8]; 3] = [b"20000000000", b"77777777777", &[0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0]];
    for size in sizes {
        for kind in *b"0LKxgSV" {
            let (spent, result) = open(&[&member("e/a.png", kind, size, b"1234")[..], &good].concat());
            assert!(spent < LITTLE && result.starts_with("Err"), "{spent} bytes for {result}");
        }
    }
}

#[test]
fn what_lies_costs_little() {
    pictures_and_sounds();
    archives();
}
