//! NumPy's arrays: a `.npy` file is `\x93NUMPY`, a version, the length of its header, a header that is a Python dictionary of type,
//! order and shape, then the values; a `.npz` file is a zip archive of such files. Only what [`Values`] holds is read, row-major.
//! "NEP 1: A Simple File Format for NumPy Arrays" has the details.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::{Codec, FormatError, Stream};
use crate::DatasetError;

/// The largest array that is read: 1 GiB, as it is stored.
pub const MAX_BYTES: u64 = 1 << 30;

/// The longest header that is read; NumPy's own limit is 10,000 bytes.
const MAX_HEADER: u64 = 10_000;
const MAX_RANK: usize = 32;
/// The most members of an archive.
const MAX_MEMBERS: usize = 1 << 10;

/// An array.
#[derive(Clone, Debug, PartialEq)]
pub struct Npy {
    /// The dimensions, outermost first.
    pub shape: Vec<usize>,
    /// The values, row-major; as many as the product of `shape`.
    pub values: Values,
}

/// The values of an array, in the form in which they are used.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of type `u1`.
    Bytes(Vec<u8>),
    /// Of type `f4` or `f8`, rounded to the nearest `f32`.
    Floats(Vec<f32>),
    /// Of any other type of integers.
    Integers(Vec<i64>),
}

/// Reads the `.npy` file at `path`.
///
/// # Errors
/// [`DatasetError::Io`] and [`DatasetError::Format`].
pub fn read(path: &Path) -> Result<Npy, DatasetError> {
    Stream::read(path, array)
}

/// Reads a `.npy` file from memory.
///
/// # Errors
/// What is wrong with the bytes.
pub fn parse(bytes: &[u8]) -> Result<Npy, FormatError> {
    array(&mut Stream::new(bytes))
}

/// Whether a file is an archive of arrays, from its first bytes.
pub fn is_archive(start: &[u8]) -> bool {
    start.starts_with(b"PK")
}

/// Reads the arrays called `names` that the `.npz` file at `path` has.
///
/// # Errors
/// [`DatasetError::Io`] and [`DatasetError::Format`].
pub fn read_archive<const N: usize>(path: &Path, names: [&str; N]) -> Result<[Option<Npy>; N], DatasetError> {
    let io = |fault| DatasetError::Io { path: path.to_owned(), fault };
    let file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    archive(BufReader::new(file), length, names).map_err(|fault| DatasetError::Format { file: path.display().to_string(), fault })
}

/// As [`read_archive`], from memory.
///
/// # Errors
/// What is wrong with the bytes.
pub fn parse_archive<const N: usize>(bytes: &[u8], names: [&str; N]) -> Result<[Option<Npy>; N], FormatError> {
    archive(std::io::Cursor::new(bytes), bytes.len() as u64, names)
}

fn archive<const N: usize>(reader: impl Read + Seek, length: u64, names: [&str; N]) -> Result<[Option<Npy>; N], FormatError> {
    let fault = |fault: ZipError| FormatError::unexpected(0, "a zip archive", fault.to_string());
    let mut zip = ZipArchive::new(reader).map_err(fault)?;
    if zip.has_duplicate_names() {
        return Err(FormatError::unexpected(zip.central_directory_start(), "each member once", "a name twice"));
    }
    if zip.len() > MAX_MEMBERS {
        let found = format!("{} members", zip.len());
        return Err(FormatError::unexpected(zip.central_directory_start(), format!("at most {MAX_MEMBERS} members"), found));
    }
    if zip.has_overlapping_entries().map_err(fault)? {
        return Err(FormatError::unexpected(0, "members side by side", "members that overlap"));
    }
    let mut arrays = [const { None }; N];
    for (array, name) in arrays.iter_mut().zip(names) {
        let name = format!("{name}.npy");
        if zip.index_for_name(&name).is_some() {
            *array = Some(member(&mut zip, length, &name).map_err(|fault| FormatError::within(name, fault))?);
        }
    }
    Ok(arrays)
}

fn member<R: Read + Seek>(zip: &mut ZipArchive<R>, length: u64, name: &str) -> Result<Npy, FormatError> {
    let entry = zip.by_name(name).map_err(|fault| FormatError::unexpected(0, "a readable member", fault.to_string()))?;
    let codec = match entry.compression() {
        CompressionMethod::Stored => None,
        CompressionMethod::Deflated => Some(Codec::Deflate),
        other => return Err(FormatError::unexpected(0, "a member that is stored or deflated", format!("{other}"))),
    };
    let length = entry.compressed_size().min(length);
    array(&mut Stream::member(entry, codec, length))
}

fn array(stream: &mut Stream<'_>) -> Result<Npy, FormatError> {
    let magic = stream.take::<6>(10)?;
    if &magic != b"\x93NUMPY" {
        return Err(FormatError::unexpected(0, "93 4e 55 4d 50 59 (\\x93NUMPY)", format!("{magic:02x?}")));
    }
    let length = match stream.take::<2>(10)? {
        [1, 0] => u64::from(u16::from_le_bytes(stream.take(10)?)),
        [2 | 3, 0] => u64::from(u32::from_le_bytes(stream.take(12)?)),
        [major, minor] => return Err(FormatError::unexpected(6, "version 1.0, 2.0 or 3.0", format!("{major}.{minor}"))),
    };
    let length = stream.expect(Some(length), MAX_HEADER, || format!("a header of {length} bytes"))?;
    let start = stream.offset();
    let text = stream.bytes(length)?;
    let header = Scanner { text: &text, at: 0, start }.header()?;

    let kind = Kind::of(&header.descr)
        .ok_or_else(|| FormatError::unexpected(start, "type u1, f4, f8 or an integer", format!("`{}`", header.descr)))?;
    if header.fortran && header.shape.len() > 1 {
        let found = "Fortran order: save `numpy.ascontiguousarray` of it";
        return Err(FormatError::unexpected(start, "row-major order", found));
    }
    let shape = &header.shape;
    let count = match shape.contains(&0) {
        true => Some(0),
        false => shape.iter().try_fold(1u64, |n, dim| n.checked_mul(*dim)),
    };
    let size = count.and_then(|count| count.checked_mul(kind.width as u64));
    let size = stream.expect(size, MAX_BYTES, || format!("an array of shape {shape:?} and type {}", header.descr))?;
    let values = match (kind.letter, kind.width) {
        (b'u', 1) => Values::Bytes(stream.bytes(size)?),
        (b'f', 4) => Values::Floats(kind.numbers(stream, size, |bits| f32::from_bits(bits as u32))?),
        (b'f', _) => Values::Floats(kind.numbers(stream, size, |bits| f64::from_bits(bits) as f32)?),
        (b'i', width) => {
            let shift = 64 - 8 * width as u32;
            Values::Integers(kind.numbers(stream, size, |bits| ((bits << shift) as i64) >> shift)?)
        }
        // Beyond the largest i64 is beyond any class or count, so the largest stands for it.
        _ => Values::Integers(kind.numbers(stream, size, |bits| i64::try_from(bits).unwrap_or(i64::MAX))?),
    };
    stream.end()?;
    Ok(Npy { shape: shape.iter().map(|dim| *dim as usize).collect(), values })
}

/// A type of numbers.
struct Kind {
    letter: u8,
    width: usize,
    big: bool,
}

impl Kind {
    /// What `descr` says: `<f4` is little-endian, `>f4` big, `|u1` neither.
    fn of(descr: &str) -> Option<Self> {
        let (big, name) = match descr.as_bytes() {
            [b'<' | b'|', name @ ..] => (false, name),
            [b'>', name @ ..] => (true, name),
            name => (false, name),
        };
        let (letter, width) = match name {
            [letter @ (b'u' | b'i'), width @ (b'1' | b'2' | b'4' | b'8')] => (*letter, width - b'0'),
            [b'f', width @ (b'4' | b'8')] => (b'f', width - b'0'),
            _ => return None,
        };
        Some(Self { letter, width: usize::from(width), big })
    }

    /// `size` bytes of numbers, each made of its bits by `f`; a piece at a time, so that they are held once.
    fn numbers<T>(&self, stream: &mut Stream<'_>, size: usize, f: impl Fn(u64) -> T) -> Result<Vec<T>, FormatError> {
        let end = stream.offset() + size as u64;
        let mut out = Vec::with_capacity(size / self.width);
        let mut piece = [0; 1 << 13];
        let mut left = size;
        while left > 0 {
            let piece = &mut piece[..left.min(1 << 13)];
            stream.fill(piece, end)?;
            left -= piece.len();
            out.extend(piece.chunks_exact(self.width).map(|bytes| {
                let add = |bits: u64, byte: &u8| bits << 8 | u64::from(*byte);
                f(if self.big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) })
            }));
        }
        Ok(out)
    }
}

/// What a header says.
struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<u64>,
}

/// Reads a header: `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, in any order, then spaces. It is not the whole of
/// Python, so nothing nests.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    start: u64,
}

impl Scanner<'_> {
    fn header(&mut self) -> Result<Header, FormatError> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.token(b'{')?;
        while !self.is(b'}') {
            let (at, key) = (self.at, self.string()?);
            self.token(b':')?;
            let again = match key.as_str() {
                "descr" => descr.replace(self.string()?).is_some(),
                "fortran_order" => fortran.replace(self.boolean()?).is_some(),
                "shape" => shape.replace(self.tuple()?).is_some(),
                _ => true,
            };
            if again {
                self.at = at;
                return Err(self.fault("descr, fortran_order and shape, once each"));
            }
            if !self.is(b',') {
                self.token(b'}')?;
                break;
            }
        }
        self.space();
        match (descr, fortran, shape) {
            (Some(descr), Some(fortran), Some(shape)) if self.at == self.text.len() => Ok(Header { descr, fortran, shape }),
            _ => Err(self.fault("descr, fortran_order and shape, and nothing more")),
        }
    }

    fn fault(&self, expected: &str) -> FormatError {
        let found = match &self.text[self.at..] {
            [] => "the header's end".to_owned(),
            rest => format!("`{}`", rest[..rest.len().min(20)].escape_ascii()),
        };
        FormatError::unexpected(self.start + self.at as u64, expected, found)
    }

    fn space(&mut self) {
        self.at += self.text[self.at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    }

    /// Goes over `byte`, if it comes next.
    fn is(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn token(&mut self, byte: u8) -> Result<(), FormatError> {
        if self.is(byte) { Ok(()) } else { Err(self.fault(&format!("`{}`", char::from(byte)))) }
    }

    /// A string without escapes.
    fn string(&mut self) -> Result<String, FormatError> {
        self.space();
        let quote = match self.text.get(self.at) {
            Some(quote @ (b'\'' | b'"')) => *quote,
            _ => return Err(self.fault("a string")),
        };
        let inner = &self.text[self.at + 1..];
        let length = inner.iter().position(|byte| *byte == quote).ok_or_else(|| self.fault("a string that ends"))?;
        self.at += length + 2;
        Ok(String::from_utf8_lossy(&inner[..length]).into_owned())
    }

    fn boolean(&mut self) -> Result<bool, FormatError> {
        self.space();
        for (word, value) in [("True", true), ("False", false)] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.fault("True or False"))
    }

    fn tuple(&mut self) -> Result<Vec<u64>, FormatError> {
        let mut out = Vec::new();
        self.token(b'(')?;
        while !self.is(b')') {
            if out.len() == MAX_RANK {
                return Err(self.fault(&format!("at most {MAX_RANK} dimensions")));
            }
            let digits = self.text[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let number = str::from_utf8(&self.text[self.at..self.at + digits]).ok().and_then(|digits| digits.parse().ok());
            out.push(number.ok_or_else(|| self.fault("a dimension below 2^64"))?);
            self.at += digits;
            if !self.is(b',') {
                self.token(b')')?;
                break;
            }
        }
        Ok(out)
    }
}
