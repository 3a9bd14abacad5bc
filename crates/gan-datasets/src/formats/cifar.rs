//! The binary version of CIFAR-10: records of one label and one picture of 32 x 32, its red, green and blue planes one after the other.
//! Batches of them are files, plain or compressed, or members of the archive that the set is published as.

use std::ops::Range;
use std::path::Path;

use tar::EntryType;

use super::archive::{self, Member};
use super::{FormatError, Stream};
use crate::DatasetError;

/// Rows and columns of a picture.
pub const SIDE: usize = 32;

/// The batches of the official release, in its order: five to train on, one to test.
pub const BATCHES: [&str; 6] =
    ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"];

/// What else is in the archive: its folder and two texts.
const OTHERS: [&str; 3] = ["", "batches.meta.txt", "readme.html"];

/// The folder of the archive.
const FOLDER: &str = "cifar-10-batches-bin/";

const PLANE: usize = SIDE * SIDE;
const PICTURE: usize = 3 * PLANE;

/// The length of a record in bytes.
pub const RECORD: usize = 1 + PICTURE;

/// The most bytes of records that are read: 1 GiB, five times CIFAR-10.
pub const MAX_BYTES: u64 = 1 << 30;

/// The longest text in the archive.
const MAX_TEXT: u64 = 1 << 16;

/// Pictures and their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// The pictures, `[n, 32, 32, 3]`: channels last, unlike the file.
    pub pixels: Vec<u8>,
    /// The labels, `[n]`, as they are in the file.
    pub labels: Vec<u8>,
}

impl Records {
    /// Makes room for `count` records and gives it out.
    fn grow(&mut self, count: usize) -> (&mut [u8], &mut [u8]) {
        let start = self.labels.len();
        self.pixels.reserve_exact(count * PICTURE);
        self.labels.reserve_exact(count);
        self.pixels.resize((start + count) * PICTURE, 0);
        self.labels.resize(start + count, 0);
        (&mut self.pixels[start * PICTURE..], &mut self.labels[start..])
    }

    /// Appends the file at `path`, which has `count` records. Whether it is compressed is seen from its first bytes.
    ///
    /// # Errors
    /// [`DatasetError::Io`] and [`DatasetError::Format`].
    pub fn append(&mut self, path: &Path, count: usize) -> Result<(), DatasetError> {
        Stream::read(path, |stream| self.batch(stream, count))
    }

    fn batch(&mut self, stream: &mut Stream<'_>, count: usize) -> Result<(), FormatError> {
        stream.expect(size(1, count), MAX_BYTES, || format!("{count} records"))?;
        let (pixels, labels) = self.grow(count);
        fill(stream, pixels, labels)
    }
}

/// Reads `count` records from memory, plain or compressed.
///
/// # Errors
/// What is wrong with the bytes.
///
/// ```
/// use gan_datasets::cifar;
///
/// let bytes = [[7].as_slice(), &[1; 1024], &[2; 1024], &[3; 1024]].concat();
/// let records = cifar::parse(&bytes, 1)?;
/// assert_eq!((&records.labels[..], &records.pixels[..6]), (&[7][..], &[1, 2, 3, 1, 2, 3][..]));
/// assert!(cifar::parse(&bytes, 2).is_err());
/// # Ok::<(), gan_datasets::FormatError>(())
/// ```
pub fn parse(bytes: &[u8], count: usize) -> Result<Records, FormatError> {
    let mut records = Records::default();
    records.batch(&mut Stream::new(bytes), count)?;
    Ok(records)
}

/// Reads the [`BATCHES`] in `wanted`, of `count` records each, from the archive at `path`, `cifar-10-binary.tar.gz` as published.
/// Nothing is unpacked: members are read as they come, and any that the published archive does not have is an error.
///
/// # Errors
/// [`DatasetError::Io`] and [`DatasetError::Format`].
pub fn read_archive(path: &Path, wanted: Range<usize>, count: usize) -> Result<Records, DatasetError> {
    Stream::read(path, |stream| archive(stream, wanted, count))
}

/// As [`read_archive`], from memory.
///
/// # Errors
/// What is wrong with the bytes.
pub fn parse_archive(bytes: &[u8], wanted: Range<usize>, count: usize) -> Result<Records, FormatError> {
    archive(&mut Stream::new(bytes), wanted, count)
}

fn size(batches: usize, count: usize) -> Option<u64> {
    (batches as u64).checked_mul(count as u64)?.checked_mul(RECORD as u64)
}

/// Reads records up to the end of the stream: `pixels` is `[n, 32, 32, 3]`, `labels` is `[n]`.
fn fill(stream: &mut Stream<'_>, pixels: &mut [u8], labels: &mut [u8]) -> Result<(), FormatError> {
    let end = stream.offset() + (labels.len() * RECORD) as u64;
    let mut record = [0; RECORD];
    for (picture, label) in pixels.chunks_exact_mut(PICTURE).zip(labels) {
        stream.fill(&mut record, end)?;
        *label = record[0];
        let (red, rest) = record[1..].split_at(PLANE);
        let (green, blue) = rest.split_at(PLANE);
        for (pixel, ((r, g), b)) in picture.chunks_exact_mut(3).zip(red.iter().zip(green).zip(blue)) {
            pixel.copy_from_slice(&[*r, *g, *b]);
        }
    }
    stream.end()
}

fn archive(stream: &mut Stream<'_>, wanted: Range<usize>, count: usize) -> Result<Records, FormatError> {
    let what = || format!("{} batches of {count} records", wanted.len());
    stream.expect(size(wanted.len(), count), MAX_BYTES, what)?;
    let mut records = Records::default();
    let (pixels, labels) = records.grow(wanted.len() * count);
    let mut seen = [false; BATCHES.len() + OTHERS.len()];
    let end = archive::each(stream, u64::MAX, |member, contents| {
        let place = place(member, count)?;
        seen[place] = true;
        if wanted.contains(&place) {
            let start = (place - wanted.start) * count;
            let pixels = &mut pixels[start * PICTURE..(start + count) * PICTURE];
            fill(contents, pixels, &mut labels[start..start + count])
                .map_err(|fault| FormatError::within(format!("{:?}", member.path), fault))?;
        }
        Ok::<_, FormatError>(())
    })?;
    if let Some(missing) = wanted.clone().find(|place| !seen[*place]) {
        let expected = format!("member {FOLDER}{}", BATCHES[missing]);
        return Err(FormatError::unexpected(end, expected, "the end of the archive"));
    }
    Ok(records)
}

/// Which member of the published archive this is, a place in [`BATCHES`] and then [`OTHERS`].
fn place(member: &Member, count: usize) -> Result<usize, FormatError> {
    let Member { offset, path, kind, size: length } = member;
    let files = BATCHES.iter().chain(&OTHERS);
    let Some(place) = files.into_iter().position(|file| path.strip_prefix(FOLDER) == Some(file)) else {
        let found = format!("member {path:?} ({kind:?})");
        return Err(FormatError::unexpected(*offset, format!("a member of the published archive, {FOLDER}..."), found));
    };
    let folder = place == BATCHES.len();
    if *kind != if folder { EntryType::Directory } else { EntryType::Regular } {
        let expected = if folder { "a folder" } else { "a regular file" };
        return Err(FormatError::unexpected(*offset, expected, format!("{path:?} ({kind:?})")));
    }
    let (least, most) = match place {
        _ if folder => (0, 0),
        place if place < BATCHES.len() => size(1, count).map_or((u64::MAX, 0), |size| (size, size)),
        _ => (0, MAX_TEXT),
    };
    if !(least..=most).contains(length) {
        let expected = if least == most { format!("{most} bytes") } else { format!("at most {most} bytes") };
        return Err(FormatError::unexpected(*offset, expected, format!("{path:?} of {length}")));
    }
    Ok(place)
}
