//! Attacks on the reader of NumPy's arrays, and sets of them.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use gan_datasets::formats::npy::{self, Npy, Values};
use gan_datasets::{Dataset, DatasetError, FormatError, OpenOptions, Split, open};
use npyz::WriterBuilder;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A file with any header.
fn file(header: &str, data: &[u8]) -> Vec<u8> {
    [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), data].concat()
}

const HEADER: &str = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }\n";

fn golden() -> Vec<u8> {
    file(HEADER, &[1, 2, 3, 4, 5, 6])
}

fn expected() -> Npy {
    Npy { shape: vec![2, 3], values: Values::Bytes(vec![1, 2, 3, 4, 5, 6]) }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// What the crate npyz writes.
fn npyz<T: npyz::AutoSerialize>(shape: &[u64], values: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(shape).writer(&mut out).begin_nd().unwrap();
    writer.extend(values).unwrap();
    writer.finish().unwrap();
    out
}

fn archive(members: &[(&str, &[u8])], method: CompressionMethod) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn types_of_another_writer_are_read() {
    assert_eq!(npy::parse(&golden()).unwrap(), expected());
    assert_eq!(npy::parse(&gzip(&golden())).unwrap(), expected());
    let values = |bytes: &[u8]| npy::parse(bytes).unwrap().values;
    assert_eq!(values(&npyz(&[2], [0u8, 255])), Values::Bytes(vec![0, 255]));
    assert_eq!(values(&npyz(&[2], [0.5f32, -1.0])), Values::Floats(vec![0.5, -1.0]));
    assert_eq!(values(&npyz(&[1, 2], [0.1f64, -2.0])), Values::Floats(vec![0.1, -2.0]));
    assert_eq!(values(&npyz(&[2], [i8::MIN, -1])), Values::Integers(vec![-128, -1]));
    assert_eq!(values(&npyz(&[2], [i16::MIN, -1])), Values::Integers(vec![-32768, -1]));
    assert_eq!(values(&npyz(&[2], [i64::MIN, -1])), Values::Integers(vec![i64::MIN, -1]));
    assert_eq!(values(&npyz(&[2], [1u32 << 31, 7])), Values::Integers(vec![1 << 31, 7]));
    assert_eq!(values(&npyz(&[2], [u64::MAX, 7])), Values::Integers(vec![i64::MAX, 7]));
    let big = file("{'shape': (1,), 'descr': '>f4', 'fortran_order': True}", &1.5f32.to_be_bytes());
    assert_eq!(values(&big), Values::Floats(vec![1.5]));
    // longer than a piece
    let long = npyz(&[3, 1001], (0..3003).map(f64::from));
    assert_eq!(values(&long), Values::Floats((0..3003u16).map(f32::from).collect()));
    assert_eq!(npy::parse(&npyz::<u8>(&[0, 4], [])).unwrap().shape, [0, 4]);
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = golden();
    for end in 0..bytes.len() {
        let fault = npy::parse(&bytes[..end]).unwrap_err();
        assert!(matches!(fault, FormatError::Truncated { found, .. } if found == end as u64), "cut at {end}: {fault}");
        assert!(npy::parse(&gzip(&bytes[..end])).is_err());
    }
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let bytes = archive(&[("x.npy", &golden())], method);
        for end in 0..bytes.len() {
            assert!(npy::parse_archive(&bytes[..end], ["x"]).is_err(), "cut at {end}");
        }
    }
}

#[test]
fn every_flipped_bit_of_a_header_is_an_error_or_changes_nothing() {
    let bytes = golden();
    for bit in 0..(bytes.len() - 6) * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        match npy::parse(&bytes) {
            Err(_) => {}
            // From |u1 to <u1 and the like, and from u1 to i1; from one kind of white space to another.
            Ok(Npy { shape, values: Values::Bytes(_) | Values::Integers(_) }) => assert_eq!(shape, [2, 3], "bit {bit}"),
            Ok(other) => panic!("bit {bit}: {other:?}"),
        }
    }
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let bytes = archive(&[("x.npy", &golden())], method);
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok([Some(x)]) = npy::parse_archive(&bytes, ["x"]) {
                assert_eq!(x, expected(), "bit {bit}");
            }
        }
    }
}

#[test]
fn headers_that_lie_are_refused() {
    let with = |descr: &str, shape: &str| {
        let header = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}");
        npy::parse(&file(&header, &[0; 8])).unwrap_err().to_string()
    };
    for shape in ["(2147483648,)", "(9223372036854775808, 1)", "(4294967296, 4294967296)", "(65536, 65536, 65536, 65536)"] {
        assert!(with("'|u1'", shape).contains("more than the limit"), "{shape}");
    }
    assert!(with("'<f8'", "(134217729,)").contains("more than the limit"));
    assert!(with("'|u1'", "(1000000000,)").starts_with("truncated"));
    assert!(with("'|u1'", "(18446744073709551616,)").contains("below 2^64"));
    assert!(with("'|u1'", "(-1,)").contains("below 2^64"));
    assert!(with("'|u1'", &format!("({})", "1,".repeat(33))).contains("at most 32 dimensions"));
    assert!(with("'|u1'", "((((((((").contains("a dimension"));
    assert!(with("[('a', '<f4')]", "(1,)").contains("a string"));
    assert!(with("'|O'", "(1,)").contains("found `|O`"));
    assert!(with("'<c8'", "(1,)").contains("found `<c8`"));
    assert!(with("'<f2'", "(4,)").contains("found `<f2`"));
    assert!(with("'|u1'", "(7,)").contains("over-long"));
    assert!(with("'|u1'", "(8,), 'shape': (8,)").contains("once each"));
    assert!(with("'|u1'", "(8,), 'more': 1").contains("once each"));
    assert!(with("'|u1'", "(8,)} 'x'").contains("nothing more"));
    let message = |bytes: &[u8]| npy::parse(bytes).unwrap_err().to_string();
    assert!(message(&file("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", &[0; 6])).contains("Fortran"));
    assert!(message(&file("{'descr': '|u1'}", &[])).contains("descr, fortran_order and shape"));
    assert!(message(b"PK\x03\x04 and more").starts_with("offset 0: expected 93 4e"));
    assert!(message(&[b"\x93NUMPY\x02\x00", &u32::MAX.to_le_bytes()[..]].concat()).contains("more than the limit of 10000"));
    assert!(message(b"\x93NUMPY\x04\x00....").contains("found 4.0"));
}

#[test]
fn archives_that_lie_are_refused() {
    let message = |bytes: &[u8]| npy::parse_archive(bytes, ["x"]).unwrap_err().to_string();
    // The writer refuses duplicates, so the second name is changed afterwards, in both of its places.
    let mut twice = archive(&[("x.npy", &golden()), ("z.npy", &golden())], CompressionMethod::Stored);
    for at in 0..twice.len() - 5 {
        if &twice[at..at + 5] == b"z.npy" {
            twice[at] = b'x';
        }
    }
    assert!(message(&twice).contains("a name twice"), "{}", message(&twice));
    // A bomb: 64 MiB of zeros after the array.
    let mut bomb = golden();
    bomb.resize(64 << 20, 0);
    let bomb = archive(&[("x.npy", &bomb)], CompressionMethod::Deflated);
    assert!(message(&bomb).starts_with("in x.npy: over-long"));
    // A small member that declares a large array.
    let large = file("{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000,)}", &[0; 8]);
    assert!(message(&archive(&[("x.npy", &large)], CompressionMethod::Stored)).contains("truncated"));
    assert!(message(&archive(&[("x.npy", &large)], CompressionMethod::Deflated)).contains("cannot hold as many"));
    assert!(message(b"PK nothing").contains("a zip archive"));
    let names = ["../x.npy", "/x.npy", "y.npy"].map(|name| (name, &b""[..]));
    assert_eq!(npy::parse_archive(&archive(&names, CompressionMethod::Stored), ["x"]).unwrap(), [None]);
}

fn open_in(dir: &Path, split: Split) -> Result<Box<dyn Dataset>, DatasetError> {
    open("npy", &OpenOptions { dir: Some(dir.to_owned()), split, ..Default::default() })
}

#[test]
fn sets_of_arrays() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, path) = (folder.path(), folder.path().join("a.npy"));
    let message = || open_in(dir, Split::Train).err().unwrap().to_string();
    assert!(message().contains("*.npz"));
    fs::write(&path, npyz(&[20, 2, 3], 0..120u8)).unwrap();
    let sets = [Split::Train, Split::Validation, Split::Test, Split::All].map(|split| open_in(dir, split).unwrap());
    assert_eq!(sets.each_ref().map(|set| set.len()), [16, 2, 2, 20]);
    assert_eq!((sets[0].sample_shape(), sets[0].range(), sets[0].classes()), (&[2, 3, 1][..], (0.0, 1.0), None));
    let mut x = [0.0; 6];
    sets[0].read(8, &mut x).unwrap();
    assert_eq!(x, [60.0, 61.0, 62.0, 63.0, 64.0, 65.0].map(|x: f32| x / 255.0), "sample 8 of those to train on is the eleventh");

    fs::write(&path, npyz(&[10], (0..10).map(|i| f64::from(i) - 5.0))).unwrap();
    let set = open_in(&path, Split::All).unwrap();
    assert_eq!((set.len(), set.sample_shape(), set.range()), (10, &[1][..], (-5.0, 4.0)));
    for (bytes, expected) in [
        (npyz(&[2], [1.0f32, f32::NAN]), "finite values, found NaN at place 1"),
        (npyz(&[2], [1.0f64, 1e300]), "finite values, found inf at place 1"),
        (npyz(&[2], [1.0f32, 1.0]), "values that differ"),
        (npyz(&[2], [1i32, 2]), "wider integers"),
        (npyz::<u8>(&[0, 3], []), "none of them 0"),
        (npyz(&[1, 1, 1, 1, 1], [1u8]), "1 to 4 dimensions"),
    ] {
        fs::write(&path, bytes).unwrap();
        assert!(message().contains(expected), "{}", message());
    }
    fs::remove_file(&path).unwrap();

    let pictures = npyz(&[10, 1, 2, 3], 0..60u8);
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let y = npyz(&[10], (0..10).map(|i| i64::from(i % 3)));
        fs::write(dir.join("a.npz"), archive(&[("x.npy", &pictures), ("y.npy", &y)], method)).unwrap();
        let set = open_in(dir, Split::Train).unwrap();
        assert_eq!((set.len(), set.sample_shape(), set.classes()), (8, &[1, 2, 3][..], Some(3)));
        assert_eq!((0..8).map(|i| set.label(i).unwrap()).collect::<Vec<_>>(), [0, 1, 2, 0, 1, 2, 0, 1]);
    }
    let with = |members: &[(&str, &[u8])]| {
        fs::write(dir.join("a.npz"), archive(members, CompressionMethod::Stored)).unwrap();
        message()
    };
    assert!(with(&[("z.npy", &pictures)]).contains("an array called `x`"));
    assert!(with(&[("x.npy", &pictures), ("y.npy", &npyz(&[9], [0u8; 9]))]).contains("10 images but 9 labels"));
    assert!(with(&[("x.npy", &pictures), ("y.npy", &npyz(&[10], [-1i32; 10]))]).contains("found -1 at place 0"));
    assert!(with(&[("x.npy", &pictures), ("y.npy", &npyz(&[10], [0.0f32; 10]))]).contains("integers in `y`"));
    fs::write(&path, &pictures).unwrap();
    assert!(message().contains("name the file itself"));
}

proptest! {
    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..96), at in 0usize..80) {
        let mut bytes = golden();
        bytes.truncate(at.min(bytes.len()));
        bytes.extend(&noise);
        let _ = npy::parse(&bytes);
        let _ = npy::parse(&file(&String::from_utf8_lossy(&noise), &[]));
        let _ = npy::parse_archive(&noise, ["x"]);
        let _ = npy::parse_archive(&archive(&[("x.npy", &bytes)], CompressionMethod::Deflated), ["x"]);
    }
}
