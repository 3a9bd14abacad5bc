//! Attacks on the IDX reader: every truncation, every flipped bit of a header, sizes that lie, gzip bombs.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use gan_datasets::idx::{self, Idx};
use gan_datasets::{DatasetError, FormatError};
use proptest::prelude::*;

/// Two images of 3 x 2.
const GOLDEN: [u8; 28] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 255, 254, 253, 252, 251, 250];

fn golden() -> Idx {
    Idx { shape: vec![2, 3, 2], data: GOLDEN[16..].to_vec() }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn header(dims: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes
}

#[test]
fn the_golden_file_reads_plain_and_gzipped() {
    assert_eq!(idx::parse(&GOLDEN, 3).unwrap(), golden());
    assert_eq!(idx::parse(&gzip(&GOLDEN), 3).unwrap(), golden());
    // A gzip file may have several members.
    assert_eq!(idx::parse(&[gzip(&GOLDEN[..9]), gzip(&GOLDEN[9..])].concat(), 3).unwrap(), golden());
}

#[test]
fn every_truncation_is_an_error() {
    for end in 0..GOLDEN.len() {
        match idx::parse(&GOLDEN[..end], 3).unwrap_err() {
            FormatError::Truncated { expected, found } => {
                assert_eq!(found, end as u64);
                assert_eq!(expected, if end < 16 { 16 } else { 28 });
            }
            other => panic!("cut at {end}: {other}"),
        }
    }
    let zipped = gzip(&GOLDEN);
    for end in 0..zipped.len() {
        idx::parse(&zipped[..end], 3).unwrap_err();
    }
    // A whole gzip stream of cut data.
    for end in 0..GOLDEN.len() {
        let fault = idx::parse(&gzip(&GOLDEN[..end]), 3).unwrap_err();
        assert!(matches!(fault, FormatError::Truncated { found, .. } if found == end as u64), "cut at {end}: {fault}");
    }
}

#[test]
fn every_flipped_bit_of_a_header_is_an_error_or_changes_nothing() {
    for bit in 0..16 * 8 {
        let mut bytes = GOLDEN;
        bytes[bit / 8] ^= 1 << (bit % 8);
        let fault = idx::parse(&bytes, 3).unwrap_err();
        match bit / 8 {
            0 if bit < 8 => assert!(matches!(fault, FormatError::Unexpected { offset: 0, .. }), "bit {bit}: {fault}"),
            1 => assert!(matches!(fault, FormatError::Unexpected { offset: 0, .. }), "bit {bit}: {fault}"),
            2 => assert!(matches!(fault, FormatError::Unexpected { offset: 2, .. }), "bit {bit}: {fault}"),
            3 => assert!(matches!(fault, FormatError::Unexpected { offset: 3, .. }), "bit {bit}: {fault}"),
            _ => assert!(
                matches!(fault, FormatError::TooLarge { .. } | FormatError::Truncated { .. } | FormatError::OverLong { .. }),
                "bit {bit}: {fault}"
            ),
        }
        idx::parse(&gzip(&bytes), 3).unwrap_err();
    }
    // In a gzip stream, a flipped bit of the time stamp or the system changes nothing; all else is caught.
    let zipped = gzip(&GOLDEN);
    for bit in 0..zipped.len() * 8 {
        let mut bytes = zipped.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(read) = idx::parse(&bytes, 3) {
            assert_eq!(read, golden(), "bit {bit}");
        }
    }
}

#[test]
fn more_data_than_declared_are_refused() {
    let long = [&GOLDEN[..], &[0]].concat();
    for bytes in [long.clone(), gzip(&long)] {
        let fault = idx::parse(&bytes, 3).unwrap_err();
        assert!(matches!(fault, FormatError::OverLong { expected: 28 }), "{fault}");
    }
    let trailing = [&gzip(&GOLDEN)[..], b"more"].concat();
    assert!(matches!(idx::parse(&trailing, 3).unwrap_err(), FormatError::Corrupt { .. }));
}

#[test]
fn absurd_sizes_are_refused() {
    for dims in [[u32::MAX; 3], [1 << 31, 1, 1], [1 << 31, 1 << 31, 4], [1 << 10, 1 << 10, 1025]] {
        for bytes in [header(&dims), gzip(&header(&dims))] {
            let fault = idx::parse(&bytes, 3).unwrap_err();
            assert!(
                matches!(&fault, FormatError::TooLarge { offset: 16, declared, .. } if declared.ends_with(&format!("{dims:?}"))),
                "{fault}"
            );
        }
    }
    // Within the limit, but more than so short a file can hold.
    let dims = [1 << 10, 1 << 10, 1 << 10];
    assert!(matches!(idx::parse(&header(&dims), 3).unwrap_err(), FormatError::Truncated { found: 16, .. }));
    assert!(matches!(idx::parse(&gzip(&header(&dims)), 3).unwrap_err(), FormatError::Implausible { .. }));
}

#[test]
fn a_gzip_bomb_is_read_no_further_than_declared() {
    let mut bomb = header(&[2, 3, 2]);
    bomb.resize(64 << 20, 0);
    let fault = idx::parse(&gzip(&bomb), 3).unwrap_err();
    assert!(matches!(fault, FormatError::OverLong { expected: 28 }), "{fault}");
}

#[test]
fn an_empty_array_is_an_array() {
    assert_eq!(idx::parse(&header(&[0, 28, 28]), 3).unwrap(), Idx { shape: vec![0, 28, 28], data: vec![] });
    // 0 times anything is 0, even where the rest would overflow on its own.
    assert!(idx::parse(&header(&[0, u32::MAX, u32::MAX]), 3).unwrap().data.is_empty());
}

#[test]
fn messages_say_where_and_what() {
    let message = |bytes: &[u8], rank| idx::parse(bytes, rank).unwrap_err().to_string();
    assert_eq!(message(&GOLDEN[..20], 3), "truncated: the data end at offset 20, expected 28 bytes");
    assert_eq!(
        message(&[0, 0, 13, 1, 0, 0, 0, 0], 1),
        "offset 2: expected type code 08 (unsigned bytes), found 0d (32-bit floats)"
    );
    assert!(message(&GOLDEN, 1).starts_with("offset 3: expected 1 dimensions, found 3"));
    assert!(message(b"PNG...", 3).starts_with("offset 0: expected 00 00, found 50 4e"));
}

#[test]
fn files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("images.gz");
    let missing = idx::read(&path, 3).unwrap_err();
    assert!(matches!(missing, DatasetError::Io { .. }) && missing.to_string().contains("images.gz"));
    std::fs::write(&path, gzip(&GOLDEN)).unwrap();
    assert_eq!(idx::read(&path, 3).unwrap(), golden());
    // The name does not matter: the first bytes do.
    std::fs::write(&path, GOLDEN).unwrap();
    assert_eq!(idx::read(&path, 3).unwrap(), golden());
    for contents in [&GOLDEN[..27], &GOLDEN[..1], &[]] {
        std::fs::write(&path, contents).unwrap();
        let fault = idx::read(&path, 3).unwrap_err();
        assert!(matches!(fault, DatasetError::Format { fault: FormatError::Truncated { .. }, .. }), "{fault}");
        assert!(fault.to_string().contains("images.gz"));
    }
    idx::read(folder.path(), 3).unwrap_err();
}

proptest! {
    #[test]
    fn arrays_are_read_back(dims in prop::collection::vec(0u32..6, 1..5), zipped: bool) {
        let size = dims.iter().product::<u32>() as usize;
        let data: Vec<u8> = (0..size).map(|i| (i * 7) as u8).collect();
        let bytes = [header(&dims), data.clone()].concat();
        let bytes = if zipped { gzip(&bytes) } else { bytes };
        let read = idx::parse(&bytes, dims.len() as u8).unwrap();
        prop_assert_eq!(read.data, data);
        prop_assert_eq!(read.shape, dims.iter().map(|dim| *dim as usize).collect::<Vec<_>>());
    }

    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..64), rank in 0u8..5) {
        let _ = idx::parse(&bytes, rank);
        let _ = idx::parse(&[&[0, 0, 8, rank][..], &bytes].concat(), rank);
    }
}
