//! The bytes of a file, plain or compressed, read once from front to back.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use flate2::read::ZlibDecoder;
use lzma_rust2::XzReader;

use super::FormatError;
use crate::DatasetError;

/// Memory that an xz stream may ask for: what `xz -9` needs, in KiB.
const XZ_MEMORY: u32 = 68 * 1024;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// RFC 1952.
    Gzip,
    /// The .xz format, with LZMA2.
    Xz,
    /// RFC 1951, bare or in the frame of zlib, within files that say so.
    Deflate,
}

impl Codec {
    /// What a file that begins with `start` is compressed with.
    fn of(start: &[u8]) -> Option<Codec> {
        match start {
            [0x1f, 0x8b, ..] => Some(Codec::Gzip),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Codec::Xz),
            _ => None,
        }
    }

    /// The most bytes that one compressed byte holds. Deflate codes at most 258 bytes in 2 bits (zlib's technical details). LZMA
    /// codes at most 273 bytes in 14 binary decisions of at least -log2(1 - 31 / 2048) bits.
    fn ratio(self) -> u64 {
        match self {
            Codec::Gzip | Codec::Deflate => 1032,
            Codec::Xz => 7_100,
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Codec::Gzip => "gzip",
            Codec::Xz => "xz",
            Codec::Deflate => "deflate",
        })
    }
}

/// The decoded bytes of a file. Whether it is compressed is seen from its first bytes, not from its name.
pub struct Stream<'a> {
    reader: Box<dyn Read + 'a>,
    codec: Option<Codec>,
    /// The length of the file, before decoding.
    length: u64,
    offset: u64,
}

impl<'a> Stream<'a> {
    /// Reads from memory.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::decoded(bytes, bytes, bytes.len() as u64)
    }

    /// Reads the file at `path` with `f`.
    ///
    /// # Errors
    /// If the system cannot open the file, and what `f` says; both name the file.
    pub fn read<T>(path: &Path, f: impl FnOnce(&mut Stream<'_>) -> Result<T, FormatError>) -> Result<T, DatasetError> {
        let io = |fault| DatasetError::Io { path: path.to_owned(), fault };
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let start = reader.fill_buf().map_err(io)?.iter().copied().take(6).collect::<Vec<_>>();
        let mut stream = Stream::decoded(reader, &start, length);
        f(&mut stream).map_err(|fault| DatasetError::Format { file: path.display().to_string(), fault })
    }

    /// The next `size` bytes of `outer`, which are a zlib stream. Its offsets are its own.
    pub fn zlib(outer: &'a mut Stream<'_>, size: u64) -> Self {
        Self::member(ZlibDecoder::new(Read::take(outer, size)), Some(Codec::Deflate), size)
    }

    /// What a reader decodes from `length` bytes in an archive.
    pub(super) fn member(decoder: impl Read + 'a, codec: Option<Codec>, length: u64) -> Self {
        Self { reader: Box::new(decoder), codec, length, offset: 0 }
    }

    /// A part of another stream, `length` bytes long. Its offsets are its own.
    pub fn part(reader: impl Read + 'a, length: u64) -> Self {
        Self::member(reader, None, length)
    }

    fn decoded(reader: impl BufRead + 'a, start: &[u8], length: u64) -> Self {
        let codec = Codec::of(start);
        let reader: Box<dyn Read + 'a> = match codec {
            None => Box::new(reader),
            Some(Codec::Gzip) => Box::new(MultiGzDecoder::new(reader)),
            Some(Codec::Deflate) => Box::new(flate2::bufread::DeflateDecoder::new(reader)),
            Some(Codec::Xz) => Box::new(XzReader::new_mem_limit(reader, true, XZ_MEMORY)),
        };
        Self { reader, codec, length, offset: 0 }
    }

    /// Number of bytes that were read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Whether `size` more bytes, which the file declares as `what`, may be there: within the limit, and no more than a file of its
    /// length can hold.
    ///
    /// # Errors
    /// [`FormatError::TooLarge`], [`FormatError::Implausible`], [`FormatError::Truncated`].
    pub fn expect(&self, size: Option<u64>, limit: u64, what: impl FnOnce() -> String) -> Result<usize, FormatError> {
        let offset = self.offset;
        let Some(size) = size.filter(|&size| size <= limit) else {
            return Err(FormatError::TooLarge { offset, declared: what(), limit });
        };
        match self.codec {
            Some(codec) if size > self.length.saturating_mul(codec.ratio()) => {
                Err(FormatError::Implausible { offset, declared: size, compressed: self.length, codec })
            }
            None if offset + size > self.length => Err(FormatError::Truncated { expected: offset + size, found: self.length }),
            _ => Ok(size as usize),
        }
    }

    /// Fills `out`, or says that the data end before `expected`.
    ///
    /// # Errors
    /// [`FormatError::Truncated`], [`FormatError::Corrupt`], [`FormatError::Io`].
    pub fn fill(&mut self, out: &mut [u8], expected: u64) -> Result<(), FormatError> {
        let mut filled = 0;
        while filled < out.len() {
            match self.some(&mut out[filled..])? {
                0 => return Err(FormatError::Truncated { expected, found: self.offset }),
                n => filled += n,
            }
        }
        Ok(())
    }

    /// The next `N` bytes of a header that is `expected` bytes long.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub fn take<const N: usize>(&mut self, expected: u64) -> Result<[u8; N], FormatError> {
        let mut out = [0; N];
        self.fill(&mut out, expected)?;
        Ok(out)
    }

    /// The next `N` bytes, or `None` if the data end before them.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub fn next_array<const N: usize>(&mut self) -> Result<Option<[u8; N]>, FormatError> {
        let (mut out, end) = ([0; N], self.offset + N as u64);
        match self.some(&mut out)? {
            0 => Ok(None),
            n => self.fill(&mut out[n..], end).map(|()| Some(out)),
        }
    }

    /// The next `size` bytes, which [`expect`](Self::expect) has allowed.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub fn bytes(&mut self, size: usize) -> Result<Vec<u8>, FormatError> {
        let mut out = vec![0; size];
        let end = self.offset + size as u64;
        self.fill(&mut out, end)?;
        Ok(out)
    }

    /// All bytes of a part, read as they come: what is declared is not allocated at once.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub fn all(&mut self) -> Result<Vec<u8>, FormatError> {
        let (mut out, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            match self.some(&mut buffer)? {
                0 if self.offset < self.length => {
                    return Err(FormatError::Truncated { expected: self.length, found: self.offset });
                }
                0 => return Ok(out),
                n => out.extend_from_slice(&buffer[..n]),
            }
        }
    }

    /// Skips `size` bytes.
    ///
    /// # Errors
    /// As [`fill`](Self::fill).
    pub fn skip(&mut self, size: u64) -> Result<(), FormatError> {
        let (mut left, end) = (size, self.offset + size);
        let mut buffer = [0; 4096];
        while left > 0 {
            let n = left.min(buffer.len() as u64);
            self.fill(&mut buffer[..n as usize], end)?;
            left -= n;
        }
        Ok(())
    }

    /// Checks that nothing follows; a decoder has then also checked the length and sum of its stream.
    ///
    /// # Errors
    /// [`FormatError::OverLong`], and what reading says.
    pub fn end(&mut self) -> Result<(), FormatError> {
        let expected = self.offset;
        if self.some(&mut [0])? == 0 { Ok(()) } else { Err(FormatError::OverLong { expected }) }
    }

    /// Reads some bytes; 0 at the end.
    fn some(&mut self, out: &mut [u8]) -> Result<usize, FormatError> {
        loop {
            match self.reader.read(out) {
                Ok(n) => {
                    self.offset += n as u64;
                    return Ok(n);
                }
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) => {
                    let offset = self.offset;
                    // a part of another stream passes on what that one says
                    return Err(fault.downcast::<FormatError>().unwrap_or_else(|fault| match self.codec {
                        Some(codec) => FormatError::Corrupt { codec, offset, fault },
                        None => FormatError::Io { offset, fault },
                    }));
                }
            }
        }
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.some(out).map_err(io::Error::other)
    }
}
