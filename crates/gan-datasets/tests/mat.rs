//! Attacks on the reader of MATLAB files, and files that another writer makes.

mod common;

use common::mat::{self as writer, Array, Order};
use flate2::Compression;
use flate2::write::GzEncoder;
use gan_datasets::FormatError;
use gan_datasets::formats::mat::{self, Values};
use proptest::prelude::*;
use std::io::Write;

/// The places of `a` (2 x 3 bytes) and `b` (1 x 2 doubles), with text between them.
fn golden(order: Order, compressed: bool) -> Vec<u8> {
    let a = Array::bytes("a", &[2, 3], &[1, 2, 3, 4, 5, 6]);
    let b = Array::doubles("b", &[1, 2], &[0.5, -1.0]);
    let text = Array { class: 4, code: 16, ..Array::bytes("words", &[1, 9], b"any words") };
    writer::file(order, compressed, &[a, text, b])
}

fn is_golden(bytes: &[u8]) -> Result<bool, FormatError> {
    let [b, a] = mat::parse(bytes, ["b", "a"])?;
    Ok(a.shape == [2, 3]
        && a.values == Values::Bytes(vec![1, 2, 3, 4, 5, 6])
        && b.shape == [1, 2]
        && b.values == Values::Numbers(vec![0.5, -1.0]))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn both_orders_plain_and_compressed() {
    for order in [Order::Little, Order::Big] {
        for compressed in [false, true] {
            assert!(is_golden(&golden(order, compressed)).unwrap());
            assert!(is_golden(&gzip(&golden(order, compressed))).unwrap());
        }
    }
}

#[test]
fn every_type_of_number_is_read() {
    for order in [Order::Little, Order::Big] {
        for (code, numbers) in [
            (1, [-128.0, 127.0, -1.0]),
            (2, [0.0, 255.0, 1.0]),
            (3, [-32768.0, 32767.0, -1.0]),
            (4, [0.0, 65535.0, 1.0]),
            (5, [f64::from(i32::MIN), f64::from(i32::MAX), -1.0]),
            (6, [0.0, f64::from(u32::MAX), 1.0]),
            (7, [0.5, f64::from(f32::MAX), -0.25]),
            (9, [f64::MIN, f64::MAX, 1e-300]),
            (12, [-9007199254740992.0, 9007199254740992.0, -1.0]),
            (13, [0.0, 18446744073709551616.0, 1.0]),
        ] {
            let bytes = writer::file(order, true, &[Array::numbers("x", &[3, 1], code, &numbers)]);
            let [x] = mat::parse(&bytes, ["x"]).unwrap();
            assert_eq!((x.shape, x.values), (vec![3, 1], Values::Numbers(numbers.to_vec())), "type {code}");
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    for compressed in [false, true] {
        let bytes = golden(Order::Little, compressed);
        for end in 0..bytes.len() {
            let fault = is_golden(&bytes[..end]).unwrap_err();
            let named = match &fault {
                FormatError::Truncated { .. } | FormatError::Within { .. } => true,
                // Between two elements, a cut file is one with fewer variables.
                FormatError::Unexpected { expected, .. } => expected.starts_with("a variable called"),
                _ => false,
            };
            assert!(named, "cut at {end}: {fault}");
            assert!(is_golden(&gzip(&bytes[..end])).is_err());
        }
    }
}

#[test]
fn every_flipped_bit_ends_in_an_error_or_in_an_array() {
    for compressed in [false, true] {
        let bytes = golden(Order::Little, compressed);
        let mut faults = 0;
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            match is_golden(&bytes) {
                Ok(golden) => assert!(golden || !compressed, "bit {bit}: a zlib stream has a sum"),
                Err(_) => faults += 1,
            }
            // Version and byte order.
            if (124 * 8..128 * 8).contains(&bit) {
                assert!(matches!(is_golden(&bytes), Err(FormatError::Unexpected { offset: 124 | 126, .. })), "bit {bit}");
            }
        }
        assert!(faults > 700, "{faults}");
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    let huge = 1 << 31;
    for dims in [[huge, 1, 1], [huge - 1, huge - 1, 4], [u32::MAX; 3], [1 << 30, 1, 2]] {
        for compressed in [false, true] {
            let array = Array { dims: dims.to_vec(), ..Array::bytes("a", &[2, 3], &[1, 2, 3, 4, 5, 6]) };
            let fault = mat::parse(&writer::file(Order::Little, compressed, &[array]), ["a"]).unwrap_err().to_string();
            assert!(fault.contains("more than the limit") || fault.contains("below 2^31"), "{fault}");
        }
    }
    // More in an element than in its variable, or than in the file.
    for (at, size) in [(128 + 4, huge), (128 + 4, u32::MAX), (128 + 8 + 4, huge), (128 + 8 + 16 + 4, 1 << 20)] {
        let mut bytes = golden(Order::Little, false);
        bytes[at..at + 4].copy_from_slice(&size.to_le_bytes());
        let fault = is_golden(&bytes).unwrap_err();
        assert!(matches!(fault, FormatError::Truncated { .. } | FormatError::Unexpected { .. }), "{fault}");
    }
}

#[test]
fn a_bomb_is_read_no_further_than_declared() {
    // 64 MiB of zeros follow the variable in its zlib stream.
    let mut inner = writer::element(Order::Little, &Array::bytes("a", &[1, 8], &[7; 8]));
    inner.resize(64 << 20, 0);
    let bytes = [writer::header(Order::Little), writer::compressed(Order::Little, &inner)].concat();
    let fault = mat::parse(&bytes, ["a"]).unwrap_err().to_string();
    assert!(fault.starts_with("in the compressed element at offset 128: over-long"), "{fault}");
    // And of a variable that is not asked for, nothing is decoded but its name.
    let wanted = writer::element(Order::Little, &Array::bytes("b", &[1, 8], &[7; 8]));
    let [b] = mat::parse(&[bytes, wanted].concat(), ["b"]).unwrap();
    assert_eq!(b.values, Values::Bytes(vec![7; 8]));
}

#[test]
fn what_is_no_numeric_array_is_refused_by_name() {
    let one = |array: Array| mat::parse(&writer::file(Order::Little, true, &[array]), ["a"]).unwrap_err().to_string();
    let a = Array::bytes("a", &[1, 2], &[1, 2]);
    for (class, name) in [(1, "a cell array"), (2, "a structure"), (4, "text"), (5, "a sparse array"), (16, "a function")] {
        let fault = one(Array { class, ..a.clone() });
        assert!(fault.contains(name), "{fault}");
    }
    assert!(one(Array { flags: 8, ..a.clone() }).contains("complex"));
    assert!(one(Array { dims: vec![2], ..a.clone() }).contains("two dimensions"));
    assert!(one(Array { dims: vec![1; 33], ..a.clone() }).contains("dimensions"));
    assert!(one(Array { dims: vec![3, 1], ..a.clone() }).contains("expected 3 bytes for `a` of shape [3, 1], found 2 bytes"));
    assert!(one(Array { code: 1, ..a.clone() }).contains("unsigned bytes"));
    assert!(one(Array { name: "c".to_owned(), ..a.clone() }).contains("a variable called `a`, found the end"));
    let twice = mat::parse(&writer::file(Order::Little, true, &[a.clone(), a]), ["a"]).unwrap_err().to_string();
    assert!(twice.contains("`a` again"), "{twice}");

    let with = |at: usize, new: &[u8]| {
        let mut bytes = golden(Order::Little, false);
        bytes[at..at + new.len()].copy_from_slice(new);
        is_golden(&bytes).unwrap_err().to_string()
    };
    assert!(with(124, &[0, 2]).contains("HDF5"));
    assert!(with(0, &[0, 0, 0, 0]).contains("level 4"));
    assert!(with(126, b"XX").contains("byte order"));
}

proptest! {
    #[test]
    fn arrays_are_read_back(dims in prop::collection::vec(0u32..5, 2..5), compressed: bool, big: bool) {
        let size = dims.iter().product::<u32>() as usize;
        let data: Vec<u8> = (0..size).map(|i| (i * 7) as u8).collect();
        let order = if big { Order::Big } else { Order::Little };
        let [x] = mat::parse(&writer::file(order, compressed, &[Array::bytes("x_1", &dims, &data)]), ["x_1"]).unwrap();
        prop_assert_eq!(x.values, Values::Bytes(data));
        prop_assert_eq!(x.shape, dims.iter().map(|dim| *dim as usize).collect::<Vec<_>>());
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..96), at in 0usize..300, compressed: bool) {
        let mut bytes = golden(Order::Little, false);
        let at = at.min(bytes.len());
        bytes.truncate(at.max(128));
        bytes.extend(&noise);
        let _ = is_golden(&bytes);
        let inner = if compressed { writer::compressed(Order::Little, &noise) } else { noise };
        let _ = is_golden(&[writer::header(Order::Little), inner].concat());
    }
}
