//! MATLAB files of level 5, plain or compressed: a header of 128 bytes, then elements, each a tag (type, size in bytes) and its
//! data, padded to 8 bytes. A variable is an element of type `miMATRIX` that holds elements for flags, dimensions, name and
//! values (column-major), or a zlib stream (`miCOMPRESSED`) of one such element. Only the variables asked for are read; all
//! else is skipped by its size. "MAT-File Format" (MathWorks, 2023) has the tables.

use std::path::Path;

use super::{FormatError, Stream};
use crate::DatasetError;

/// The largest variable that is read: 1 GiB, four times the images of the Toronto Face Database.
pub const MAX_BYTES: u64 = 1 << 30;

const MI_MATRIX: u32 = 14;
const MI_COMPRESSED: u32 = 15;
const HEADER: u64 = 128;

/// The most dimensions of a variable, and the longest name (MATLAB's `namelengthmax`).
const MAX_RANK: u64 = 32;
const MAX_NAME: u64 = 63;

/// A numeric array.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The dimensions; there are at least two.
    pub shape: Vec<usize>,
    /// The values, column-major (the first index runs fastest); as many as the product of `shape`.
    pub values: Values,
}

/// The values of an array.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Of class `uint8` or logical.
    Bytes(Vec<u8>),
    /// Of any other numeric class.
    Numbers(Vec<f64>),
}

impl Values {
    /// All values, as floating-point numbers.
    pub fn numbers(&self) -> Vec<f64> {
        match self {
            Values::Bytes(bytes) => bytes.iter().map(|byte| f64::from(*byte)).collect(),
            Values::Numbers(numbers) => numbers.clone(),
        }
    }
}

/// Reads the variables called `names`, in this order, from the file at `path`.
///
/// # Errors
/// [`DatasetError::Io`] and [`DatasetError::Format`].
pub fn read<const N: usize>(path: &Path, names: [&str; N]) -> Result<[Variable; N], DatasetError> {
    Stream::read(path, |stream| variables(stream, names))
}

/// Reads the variables called `names`, in this order, from memory.
///
/// # Errors
/// What is wrong with the bytes.
pub fn parse<const N: usize>(bytes: &[u8], names: [&str; N]) -> Result<[Variable; N], FormatError> {
    variables(&mut Stream::new(bytes), names)
}

fn variables<const N: usize>(stream: &mut Stream<'_>, names: [&str; N]) -> Result<[Variable; N], FormatError> {
    let order = header(stream)?;
    let mut found = [const { None }; N];
    while let Some(tag) = stream.next_array::<8>()? {
        let start = stream.offset() - 8;
        let tag = Tag::new(tag, order);
        let size = if tag.inline.is_some() { 0 } else { u64::from(tag.size) };
        // A compressed element is not padded, and the next one begins anywhere.
        let (end, padded) = match tag.code {
            MI_COMPRESSED => (start + 8 + size, start + 8 + size),
            _ => (start + 8 + size, start + 8 + size.next_multiple_of(8)),
        };
        let variable = match tag.code {
            MI_MATRIX => matrix(stream, end, order, &names)?,
            MI_COMPRESSED => compressed(stream, size, order, &names)
                .map_err(|fault| FormatError::within(format!("the compressed element at offset {start}"), fault))?,
            _ => None,
        };
        stream.skip(padded - stream.offset())?;
        if let Some(variable) = variable {
            let place = names.iter().position(|name| *name == variable.name).expect("only these are read");
            if found[place].is_some() {
                let fault = format!("`{}` again", variable.name);
                return Err(FormatError::unexpected(start, "each variable once", fault));
            }
            found[place] = Some(variable);
        }
    }
    if let Some(place) = found.iter().position(Option::is_none) {
        let expected = format!("a variable called `{}`", names[place]);
        return Err(FormatError::unexpected(stream.offset(), expected, "the end"));
    }
    Ok(found.map(|variable| variable.expect("none is missing")))
}

/// The order of the bytes of a number.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        }
    }
}

/// 116 bytes of text and 8 for a subsystem, which say nothing about the variables; then version and byte order.
fn header(stream: &mut Stream<'_>) -> Result<Order, FormatError> {
    let text = stream.take::<124>(HEADER)?;
    if text[..4].contains(&0) {
        let found = format!("{:02x?}: of level 4, or no MATLAB file", &text[..4]);
        return Err(FormatError::unexpected(0, "four bytes of text (a MATLAB file of level 5)", found));
    }
    let [a, b, mark @ ..] = stream.take::<4>(HEADER)?;
    let (order, version) = match &mark {
        b"IM" => (Order::Little, [b, a]),
        b"MI" => (Order::Big, [a, b]),
        _ => return Err(FormatError::unexpected(126, "byte order IM or MI", format!("{mark:02x?}"))),
    };
    match version {
        [1, 0] => Ok(order),
        [2, 0] => Err(FormatError::unexpected(124, "version 1.0", "2.0, which is HDF5: save it again with `save(..., '-v7')`")),
        [major, minor] => Err(FormatError::unexpected(124, "version 1.0", format!("{major}.{minor}"))),
    }
}

/// The head of an element. One of at most four bytes has its data in the tag.
struct Tag {
    code: u32,
    size: u32,
    inline: Option<[u8; 4]>,
}

impl Tag {
    fn new(bytes: [u8; 8], order: Order) -> Self {
        let [a, b, c, d, data @ ..] = bytes;
        let first = order.u32([a, b, c, d]);
        match first >> 16 {
            0 => Self { code: first, size: order.u32(data), inline: None },
            size => Self { code: first & 0xffff, size, inline: Some(data) },
        }
    }
}

/// The variable in `size` bytes of zlib, if it is one of `names`.
fn compressed(stream: &mut Stream<'_>, size: u64, order: Order, names: &[&str]) -> Result<Option<Variable>, FormatError> {
    stream.expect(Some(size), u64::MAX, String::new)?;
    let mut inner = Stream::zlib(stream, size);
    let tag = Tag::new(inner.take(8)?, order);
    if tag.code != MI_MATRIX || tag.inline.is_some() {
        return Ok(None);
    }
    let variable = matrix(&mut inner, 8 + u64::from(tag.size), order, names)?;
    if variable.is_some() {
        inner.end()?;
    }
    Ok(variable)
}

/// The variable that ends at `end`, if it is one of `names`. One that is not is left where that was seen.
fn matrix(stream: &mut Stream<'_>, end: u64, order: Order, names: &[&str]) -> Result<Option<Variable>, FormatError> {
    if stream.offset() == end {
        return Ok(None);
    }
    let flags = part(stream, end, order, &[6], 8, "array flags")?;
    let [flags, class] = match (order, &flags.data[..]) {
        (Order::Little, [class, flags, ..]) | (Order::Big, [_, _, flags, class, ..]) => [*flags, *class],
        _ => return Err(FormatError::unexpected(flags.at, "8 bytes of array flags", format!("{}", flags.data.len()))),
    };
    // An opaque object has another layout, and none is asked for.
    if class > 16 {
        return Ok(None);
    }
    let dims = part(stream, end, order, &[5], 4 * MAX_RANK, "dimensions")?;
    let name = part(stream, end, order, &[1, 2, 16], u64::from(u32::MAX), "a name")?;
    let Some(name) = names.iter().find(|wanted| wanted.as_bytes() == name.data) else { return Ok(None) };

    let at = stream.offset();
    let fault = |expected, found: String| Err(FormatError::unexpected(at, expected, format!("{found} in `{name}`")));
    if !(6..=15).contains(&class) {
        return fault("a full numeric array", class_name(class).to_owned());
    }
    if flags & 0x08 != 0 {
        return fault("a real array", "complex numbers".to_owned());
    }
    let shape: Vec<u32> = dims.data.chunks_exact(4).map(|dim| order.u32(dim.try_into().expect("four"))).collect();
    if shape.len() < 2 || dims.data.len() % 4 != 0 || shape.iter().any(|dim| *dim > i32::MAX as u32) {
        return fault("at least two dimensions below 2^31", format!("{} bytes: {shape:?}", dims.data.len()));
    }
    let count = match shape.contains(&0) {
        true => Some(0),
        false => shape.iter().try_fold(1u64, |n, dim| n.checked_mul(u64::from(*dim))),
    };
    let declared = || format!("`{name}` of shape {shape:?}");
    let width = if class == UINT8 { 1 } else { 8 };
    let Some(count) = count.filter(|count| count.checked_mul(width).is_some_and(|size| size <= MAX_BYTES)) else {
        return Err(FormatError::TooLarge { offset: at, declared: declared(), limit: MAX_BYTES });
    };
    let values = values(stream, end, order, class, count, declared)?;
    if stream.offset() != end {
        return Err(FormatError::unexpected(stream.offset(), format!("`{name}` to end here"), format!("its end at {end}")));
    }
    let shape = shape.iter().map(|dim| *dim as usize).collect();
    Ok(Some(Variable { name: (*name).to_owned(), shape, values }))
}

const UINT8: u8 = 9;

fn class_name(class: u8) -> &'static str {
    match class {
        1 => "a cell array",
        2 => "a structure",
        3 => "an object",
        4 => "text",
        5 => "a sparse array",
        16 => "a function",
        _ => "an unknown class",
    }
}

/// A short element, read whole.
struct Part {
    at: u64,
    data: Vec<u8>,
}

/// The element of one of the types `codes` that comes next and ends before `end`. Of one longer than `most` bytes and than any
/// name nothing is read.
fn part(stream: &mut Stream<'_>, end: u64, order: Order, codes: &[u32], most: u64, what: &str) -> Result<Part, FormatError> {
    let at = stream.offset();
    let (tag, size) = sub(stream, end, order)?;
    if !codes.contains(&tag.code) || size > most {
        let found = format!("type {} with {size} bytes", tag.code);
        return Err(FormatError::unexpected(at, format!("{what} (type {} with at most {most} bytes)", codes[0]), found));
    }
    let data = match tag.inline {
        Some(data) => data[..size as usize].to_vec(),
        // No name that is asked for is as long.
        None if size > (4 * MAX_RANK).max(MAX_NAME) => {
            stream.skip(size)?;
            Vec::new()
        }
        None => stream.bytes(size as usize)?,
    };
    if tag.inline.is_none() {
        stream.skip((size.next_multiple_of(8) - size).min(end - stream.offset()))?;
    }
    Ok(Part { at, data })
}

/// The tag of an element within one that ends at `end`, and its size.
fn sub(stream: &mut Stream<'_>, end: u64, order: Order) -> Result<(Tag, u64), FormatError> {
    let at = stream.offset();
    if end - at < 8 {
        return Err(FormatError::unexpected(at, "an element of at least 8 bytes", format!("the variable's end at {end}")));
    }
    let tag = Tag::new(stream.take(at + 8)?, order);
    let (size, room) = (u64::from(tag.size), if tag.inline.is_some() { 4 } else { end - at - 8 });
    if size > room {
        return Err(FormatError::unexpected(at, format!("an element of at most {room} bytes"), format!("{size} bytes")));
    }
    Ok((tag, size))
}

/// `count` values of a class, which may be stored in a smaller type.
fn values(
    stream: &mut Stream<'_>,
    end: u64,
    order: Order,
    class: u8,
    count: u64,
    declared: impl Fn() -> String,
) -> Result<Values, FormatError> {
    let at = stream.offset();
    let (tag, size) = sub(stream, end, order)?;
    let Some(width) = width(tag.code).filter(|_| class != UINT8 || tag.code == 2) else {
        let expected = if class == UINT8 { "unsigned bytes (type 2)" } else { "a numeric type" };
        return Err(FormatError::unexpected(at, expected, format!("type {}", tag.code)));
    };
    if size != count * width {
        let (expected, found) = (format!("{} bytes for {}", count * width, declared()), format!("{size} bytes"));
        return Err(FormatError::unexpected(at, expected, found));
    }
    let data = match tag.inline {
        Some(data) => data[..size as usize].to_vec(),
        None => {
            let size = stream.expect(Some(size), MAX_BYTES, declared)?;
            stream.bytes(size)?
        }
    };
    if tag.inline.is_none() {
        stream.skip((size.next_multiple_of(8) - size).min(end - stream.offset()))?;
    }
    if class == UINT8 {
        return Ok(Values::Bytes(data));
    }
    Ok(Values::Numbers(data.chunks_exact(width as usize).map(|bytes| number(bytes, tag.code, order)).collect()))
}

/// The bytes of a number of type `code`.
fn width(code: u32) -> Option<u64> {
    match code {
        1 | 2 => Some(1),
        3 | 4 => Some(2),
        5..=7 => Some(4),
        9 | 12 | 13 => Some(8),
        _ => None,
    }
}

/// A number of type `code`; 64-bit integers are rounded to the nearest.
fn number(bytes: &[u8], code: u32, order: Order) -> f64 {
    let mut raw = [0; 8];
    let raw = &mut raw[..bytes.len()];
    raw.copy_from_slice(bytes);
    if let Order::Big = order {
        raw.reverse();
    }
    let bits = raw.iter().rev().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    match code {
        1 => f64::from(bits as i8),
        3 => f64::from(bits as i16),
        5 => f64::from(bits as i32),
        7 => f64::from(f32::from_bits(bits as u32)),
        9 => f64::from_bits(bits),
        12 => bits as i64 as f64,
        _ => bits as f64,
    }
}
