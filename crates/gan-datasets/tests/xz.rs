//! Attacks by way of xz: every truncation, every flipped bit, sizes that lie, bombs, a dictionary of 4 GiB. The files are Python's.

use gan_datasets::idx::{self, Idx};
use gan_datasets::{FormatError, cifar};

const GOLDEN: &[u8] = include_bytes!("data/golden.idx.xz");

fn golden() -> Idx {
    Idx { shape: vec![2, 3, 2], data: vec![1, 2, 3, 4, 5, 6, 255, 254, 253, 252, 251, 250] }
}

#[test]
fn the_golden_file_reads() {
    assert_eq!(idx::parse(GOLDEN, 3).unwrap(), golden());
}

#[test]
fn every_truncation_is_an_error() {
    for end in 0..GOLDEN.len() {
        let fault = idx::parse(&GOLDEN[..end], 3).unwrap_err();
        let named = matches!(fault, FormatError::Corrupt { .. } | FormatError::Truncated { .. } | FormatError::Unexpected { .. });
        assert!(named, "cut at {end}: {fault}");
    }
}

#[test]
fn every_flipped_bit_is_an_error() {
    for bit in 0..GOLDEN.len() * 8 {
        let mut bytes = GOLDEN.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(read) = idx::parse(&bytes, 3) {
            assert_eq!(read, golden(), "bit {bit}");
        }
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    let fault = |bytes: &[u8]| idx::parse(bytes, 3).unwrap_err();
    let long = fault(include_bytes!("data/long.idx.xz"));
    assert!(matches!(long, FormatError::OverLong { expected: 28 }), "{long}");
    let cut = fault(include_bytes!("data/cut.idx.xz"));
    assert!(matches!(cut, FormatError::Truncated { expected: 28, found: 20 }), "{cut}");
    let lie = fault(include_bytes!("data/lie.idx.xz"));
    assert!(matches!(lie, FormatError::Implausible { offset: 16, .. }), "{lie}");
    let absurd = fault(include_bytes!("data/absurd.idx.xz"));
    assert!(matches!(absurd, FormatError::TooLarge { offset: 16, .. }), "{absurd}");
    let trailing = fault(&[GOLDEN, b"more"].concat());
    assert!(matches!(trailing, FormatError::Corrupt { offset: 28, .. }), "{trailing}");
}

#[test]
fn a_bomb_is_read_no_further_than_declared() {
    let fault = idx::parse(include_bytes!("data/bomb.idx.xz"), 3).unwrap_err();
    assert!(matches!(fault, FormatError::OverLong { expected: 28 }), "{fault}");
}

#[test]
fn a_dictionary_of_4_gib_is_not_given() {
    let fault = idx::parse(include_bytes!("data/hungry.idx.xz"), 3).unwrap_err();
    assert!(matches!(fault, FormatError::Corrupt { offset: 0, .. }), "{fault}");
}

#[test]
fn records_read_as_python_made_them() {
    let bytes = include_bytes!("data/records.bin.xz");
    let records = cifar::parse(bytes, 2).unwrap();
    assert_eq!(records.labels, [3, 4]);
    for (at, value) in records.pixels.iter().enumerate() {
        let (n, p, c) = (at / 3072, at / 3 % 1024, at % 3);
        assert_eq!(usize::from(*value), 16 * n + 64 * c + p / 32);
    }
    for end in 0..bytes.len() {
        cifar::parse(&bytes[..end], 2).unwrap_err();
    }
    assert!(matches!(cifar::parse(bytes, 1).unwrap_err(), FormatError::OverLong { expected: 3073 }));
}
