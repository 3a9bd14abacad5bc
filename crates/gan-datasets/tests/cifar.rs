//! Attacks on the CIFAR reader, and the real files at full size where GAN_DATA names their folder.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use gan_datasets::cifar::{self, BATCHES, RECORD, Records};
use gan_datasets::{Dataset, DatasetError, FormatError, OpenOptions, Split, open};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

const FOLDER: &str = "cifar-10-batches-bin/";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A batch of `count` records; each value depends on its batch, record, channel and pixel.
fn batch(number: usize, count: usize) -> Vec<u8> {
    let value = |n: usize, at: usize| (number * 31 + n * 17 + at / 1024 * 5 + at % 1024 * 3) as u8;
    (0..count).flat_map(|n| std::iter::once(number as u8).chain((0..3072).map(move |at| value(n, at)))).collect()
}

/// What is read from `batch`, by a formula of its own.
fn records(numbers: &[usize], count: usize) -> Records {
    let mut read = Records::default();
    for number in numbers {
        let bytes = batch(*number, count);
        for record in bytes.chunks(RECORD) {
            read.labels.push(record[0]);
            read.pixels.extend((0..3072).map(|at| record[1 + at % 3 * 1024 + at / 3]));
        }
    }
    read
}

/// A member of an archive; its name is not checked, unlike by `Builder::append_data`.
fn member(tar: &mut Builder<Vec<u8>>, name: &str, kind: EntryType, size: u64, data: &[u8]) {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    tar.append(&header, data).unwrap();
}

fn file(tar: &mut Builder<Vec<u8>>, name: &str, data: &[u8]) {
    member(tar, name, EntryType::Regular, data.len() as u64, data);
}

/// An archive like the published one, its members in no order, with batches of one record.
fn archive(more: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    member(&mut tar, FOLDER, EntryType::Directory, 0, &[]);
    for number in [0, 3, 4] {
        file(&mut tar, &format!("{FOLDER}{}", BATCHES[number]), &batch(number, 1));
    }
    file(&mut tar, &format!("{FOLDER}batches.meta.txt"), b"airplane\n");
    for number in [5, 1, 2] {
        file(&mut tar, &format!("{FOLDER}{}", BATCHES[number]), &batch(number, 1));
    }
    more(&mut tar);
    tar.into_inner().unwrap()
}

#[test]
fn records_are_read_channels_last_plain_and_gzipped() {
    let bytes = batch(1, 3);
    for bytes in [&bytes, &gzip(&bytes)] {
        assert_eq!(cifar::parse(bytes, 3).unwrap(), records(&[1], 3));
    }
    assert_eq!(cifar::parse(&[], 0).unwrap(), Records::default());
}

#[test]
fn every_truncation_and_every_surplus_is_an_error() {
    let bytes = batch(1, 1);
    for end in 0..bytes.len() {
        let fault = cifar::parse(&bytes[..end], 1).unwrap_err();
        assert!(matches!(fault, FormatError::Truncated { expected: 3073, found } if found == end as u64), "{fault}");
    }
    let zipped = gzip(&bytes);
    for end in 0..zipped.len() {
        cifar::parse(&zipped[..end], 1).unwrap_err();
    }
    let long = [&bytes[..], &[0]].concat();
    for bytes in [&long, &gzip(&long)] {
        assert!(matches!(cifar::parse(bytes, 1).unwrap_err(), FormatError::OverLong { expected: 3073 }));
    }
}

#[test]
fn counts_that_no_file_holds_are_refused() {
    for count in [1 << 31, usize::MAX, usize::MAX / RECORD] {
        assert!(matches!(cifar::parse(&batch(0, 1), count).unwrap_err(), FormatError::TooLarge { .. }));
        assert!(matches!(cifar::parse_archive(&archive(|_| ()), 0..6, count).unwrap_err(), FormatError::TooLarge { .. }));
    }
    assert!(matches!(cifar::parse(&gzip(&batch(0, 1)), 300_000).unwrap_err(), FormatError::Implausible { .. }));
}

#[test]
fn an_archive_gives_the_batches_asked_for_in_their_order() {
    let bytes = archive(|_| ());
    for bytes in [&bytes, &gzip(&bytes)] {
        for wanted in [0..6, 0..4, 4..5, 5..6, 1..3] {
            let numbers: Vec<usize> = wanted.clone().collect();
            assert_eq!(cifar::parse_archive(bytes, wanted, 1).unwrap(), records(&numbers, 1));
        }
    }
}

#[test]
fn members_that_were_not_published_are_refused_by_name() {
    use EntryType as T;
    let (one, target) = (batch(0, 1), format!("{FOLDER}readme.html"));
    let readme = target.as_str();
    let attacks = [
        ("again", format!("{FOLDER}data_batch_1.bin"), T::Regular, one.len(), &one[..]),
        ("a member", "/etc/passwd".to_owned(), T::Regular, 1, b"x"),
        ("a member", format!("/{readme}"), T::Regular, 1, b"x"),
        ("a member", format!("{FOLDER}../readme.html"), T::Regular, 1, b"x"),
        ("a member", format!("../{readme}"), T::Regular, 1, b"x"),
        ("a member", "data_batch_1.bin".to_owned(), T::Regular, one.len(), &one),
        ("a member", format!("{FOLDER}data_batch_6.bin"), T::Regular, one.len(), &one),
        ("a regular file", readme.to_owned(), T::Symlink, 0, b""),
        ("a regular file", readme.to_owned(), T::Link, 0, b""),
        ("a regular file", readme.to_owned(), T::Char, 0, b""),
        ("a regular file", readme.to_owned(), T::Block, 0, b""),
        ("a regular file", readme.to_owned(), T::Fifo, 0, b""),
        ("a regular file", readme.to_owned(), T::Directory, 0, b""),
        ("a regular file", readme.to_owned(), T::GNUSparse, 0, b""),
        ("at most 65536 bytes", readme.to_owned(), T::Regular, 70_000, &[b'x'; 70_000]),
    ];
    for (expected, name, kind, size, data) in attacks {
        let bytes = archive(|tar| member(tar, &name, kind, size as u64, data));
        for bytes in [&bytes, &gzip(&bytes)] {
            let fault = cifar::parse_archive(bytes, 0..1, 1).unwrap_err();
            let message = fault.to_string();
            assert!(matches!(fault, FormatError::Unexpected { offset, .. } if offset > 0 && offset % 512 == 0), "{message}");
            assert!(message.contains(&name) && (message.contains(expected) || expected == "again"), "{message}");
        }
    }
    // Names that are said in a header of their own count.
    for (kind, text) in [(T::XHeader, &b"20 path=/etc/passwd\n"[..]), (T::GNULongName, b"/etc/passwd\0")] {
        let bytes = archive(|tar| {
            member(tar, "name", kind, text.len() as u64, text);
            member(tar, readme, T::Regular, 1, b"x");
        });
        let message = cifar::parse_archive(&bytes, 0..1, 1).unwrap_err().to_string();
        assert!(message.contains("\"/etc/passwd\""), "{message}");
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    for size in [0, 3072, 3074, 1 << 31, 1 << 33, 1 << 63, u64::MAX] {
        let mut tar = Builder::new(Vec::new());
        let name = format!("{FOLDER}data_batch_1.bin");
        member(&mut tar, &name, EntryType::Regular, size, &[]);
        let message = cifar::parse_archive(&tar.into_inner().unwrap(), 0..0, 1).unwrap_err().to_string();
        assert!(message.contains("3073 bytes") && message.contains(&name) || message.contains("overflow"), "{message}");
    }
}

#[test]
fn a_missing_batch_is_named() {
    let mut tar = Builder::new(Vec::new());
    file(&mut tar, &format!("{FOLDER}{}", BATCHES[0]), &batch(0, 1));
    let message = cifar::parse_archive(&tar.into_inner().unwrap(), 0..1, 1).map(|_| ());
    assert!(message.is_ok());
    let bytes = archive(|_| ());
    let message = cifar::parse_archive(&bytes[..5 * 4608 - 1], 4..6, 1).unwrap_err().to_string();
    assert!(message.contains("tar") || message.contains("truncated") || message.contains("EOF"), "{message}");
    let mut empty = vec![0; 1024];
    empty.resize(10_240, 0);
    let message = cifar::parse_archive(&empty, 5..6, 1).unwrap_err().to_string();
    assert!(message.contains("test_batch.bin"), "{message}");
}

#[test]
fn every_truncation_of_an_archive_is_an_error() {
    let bytes = archive(|_| ());
    // two blocks of zeros end an archive; they may be missing
    let data = bytes.len() - 1024;
    for end in (0..data).step_by(7).chain(data - 600..data) {
        let part = cifar::parse_archive(&bytes[..end], 0..6, 1);
        // the padding of the last member holds nothing
        assert!(part.is_err() || end >= data - 511, "cut at {end} of {data}");
    }
    let zipped = gzip(&bytes);
    for end in (0..zipped.len()).step_by(5).chain(zipped.len() - 20..zipped.len()) {
        cifar::parse_archive(&zipped[..end], 0..6, 1).unwrap_err();
    }
}

#[test]
fn every_flipped_bit_of_a_header_is_an_error() {
    let bytes = archive(|_| ());
    for bit in (0..512 * 8).chain(512 * 8..1024 * 8) {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        if let Ok(read) = cifar::parse_archive(&bytes, 0..6, 1) {
            // only bits of the sum's own digits that do not count
            assert!((148..156).contains(&(bit / 8 % 512)), "bit {bit}");
            assert_eq!(read, records(&[0, 1, 2, 3, 4, 5], 1));
        }
    }
}

#[test]
fn what_follows_an_archive_is_refused_and_a_bomb_is_not_read() {
    let bytes = archive(|_| ());
    for more in [&b"more"[..], &bytes] {
        let fault = cifar::parse_archive(&gzip(&[&bytes[..], more].concat()), 0..6, 1).unwrap_err();
        assert!(matches!(fault, FormatError::Unexpected { .. }), "{fault}");
    }
    let mut bomb = bytes.clone();
    bomb.resize(64 << 20, 0);
    let fault = cifar::parse_archive(&gzip(&bomb), 0..6, 1).unwrap_err();
    assert!(matches!(fault, FormatError::OverLong { .. }), "{fault}");
    let mut damaged = gzip(&bytes);
    let sum = damaged.len() - 6;
    damaged[sum] ^= 1;
    assert!(matches!(cifar::parse_archive(&damaged, 0..6, 1).unwrap_err(), FormatError::Corrupt { .. }));
}

fn open_in(dir: &std::path::Path, split: Split, count: Option<usize>) -> Result<Box<dyn Dataset>, DatasetError> {
    open("cifar10", &OpenOptions { dir: Some(dir.to_owned()), split, count, ..Default::default() })
}

#[test]
fn batches_and_archives_are_found_and_missing_ones_named() {
    let folder = tempfile::tempdir().unwrap();
    let message = open_in(folder.path(), Split::Test, None).err().unwrap().to_string();
    for part in ["test_batch.bin,", "cifar10/test_batch.bin.xz", FOLDER, "cifar-10-binary.tar.gz"] {
        assert!(message.contains(part), "{message}");
    }
    for below in ["", "cifar10", FOLDER] {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join(below);
        fs::create_dir_all(&dir).unwrap();
        let bytes = batch(5, 10_000);
        fs::write(dir.join("test_batch.bin"), &bytes).unwrap();
        let plain = open_in(folder.path(), Split::Test, Some(7)).unwrap();
        fs::remove_file(dir.join("test_batch.bin")).unwrap();
        let mut tar = Builder::new(Vec::new());
        file(&mut tar, &format!("{FOLDER}test_batch.bin"), &bytes);
        fs::write(dir.join("cifar-10-binary.tar.gz"), gzip(&tar.into_inner().unwrap())).unwrap();
        let archived = open_in(folder.path(), Split::Test, Some(7)).unwrap();
        let (mut x, mut y) = (vec![0.0; 3072], vec![0.0; 3072]);
        plain.read(6, &mut x).unwrap();
        archived.read(6, &mut y).unwrap();
        assert_eq!((x, plain.label(6), plain.len()), (y, archived.label(6), archived.len()));
        // the archive has no batch to train on
        let message = open_in(folder.path(), Split::Train, None).err().unwrap().to_string();
        assert!(message.contains("cifar-10-binary.tar.gz") && message.contains("data_batch_1.bin"), "{message}");
    }
}

/// The sums of the official files: pictures are put back into planes for them.
#[test]
fn the_real_files() {
    let Some(dir) = std::env::var_os("GAN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from) else {
        println!("skipped: GAN_DATA is not set");
        return;
    };
    let sums = [
        "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
        "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
        "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
        "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
        "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
        "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
    ];
    let mut found = Vec::new();
    for split in [Split::Train, Split::Validation, Split::Test] {
        let set = open_in(&dir, split, None).unwrap();
        assert_eq!(set.sample_shape(), [32, 32, 3]);
        let mut x = vec![0.0; 3072];
        for start in (0..set.len()).step_by(10_000) {
            let mut sum = Sha256::new();
            for i in start..start + 10_000 {
                set.read(i, &mut x).unwrap();
                sum.update([set.label(i).unwrap() as u8]);
                let byte = |at: usize| (x[at % 1024 * 3 + at / 1024] * 255.0).round() as u8;
                sum.update((0..3072).map(byte).collect::<Vec<_>>());
            }
            found.push(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        }
    }
    assert_eq!(found, sums);
}

proptest! {
    #[test]
    fn noise_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..2048), count in 0usize..3) {
        let _ = cifar::parse(&bytes, count);
        let _ = cifar::parse_archive(&bytes, 0..count, 1);
        let mut noisy = archive(|_| ());
        for (at, byte) in bytes.chunks_exact(2).map(|pair| (usize::from(pair[0]) * 19, pair[1])).take(3) {
            noisy[at] ^= byte;
        }
        let _ = cifar::parse_archive(&noisy, 0..6, 1);
    }
}
