//! A writer of MATLAB files of level 5.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// The order of the bytes of a number.
#[derive(Clone, Copy)]
pub enum Order {
    Little,
    #[allow(dead_code, reason = "not every test writes it")]
    Big,
}

/// An array, with every part of its element free to lie.
#[derive(Clone)]
pub struct Array {
    pub name: String,
    pub dims: Vec<u32>,
    pub class: u8,
    pub flags: u8,
    /// The type of the values, and their bytes, most significant last.
    pub code: u32,
    pub width: usize,
    pub data: Vec<u8>,
}

#[allow(dead_code, reason = "not every test writes all of them")]
impl Array {
    /// Of class uint8.
    pub fn bytes(name: &str, dims: &[u32], data: &[u8]) -> Self {
        Self { name: name.into(), dims: dims.into(), class: 9, flags: 0, code: 2, width: 1, data: data.into() }
    }

    /// Of class double.
    pub fn doubles(name: &str, dims: &[u32], numbers: &[f64]) -> Self {
        Self::numbers(name, dims, 9, numbers)
    }

    /// Of class double, stored as type `code`.
    pub fn numbers(name: &str, dims: &[u32], code: u32, numbers: &[f64]) -> Self {
        let store = |x: &f64| match code {
            1 => (*x as i8).to_le_bytes().to_vec(),
            2 => (*x as u8).to_le_bytes().to_vec(),
            3 => (*x as i16).to_le_bytes().to_vec(),
            4 => (*x as u16).to_le_bytes().to_vec(),
            5 => (*x as i32).to_le_bytes().to_vec(),
            6 => (*x as u32).to_le_bytes().to_vec(),
            7 => (*x as f32).to_le_bytes().to_vec(),
            9 => x.to_le_bytes().to_vec(),
            12 => (*x as i64).to_le_bytes().to_vec(),
            13 => (*x as u64).to_le_bytes().to_vec(),
            _ => panic!("type {code}"),
        };
        let data: Vec<u8> = numbers.iter().flat_map(store).collect();
        let width = data.len() / numbers.len().max(1);
        Self { class: 6, code, width, ..Self::bytes(name, dims, &data) }
    }
}

fn word(order: Order, x: u32) -> [u8; 4] {
    match order {
        Order::Little => x.to_le_bytes(),
        Order::Big => x.to_be_bytes(),
    }
}

/// The header of a file.
pub fn header(order: Order) -> Vec<u8> {
    let mut bytes = b"MATLAB 5.0 MAT-file, written by a test".to_vec();
    bytes.resize(124, b' ');
    bytes.extend(match order {
        Order::Little => *b"\x00\x01IM",
        Order::Big => *b"\x01\x00MI",
    });
    bytes
}

/// A tag and its data, padded; within the tag if they fit.
fn part(order: Order, code: u32, data: &[u8]) -> Vec<u8> {
    let size = data.len() as u32;
    let mut bytes = match size {
        1..=4 => word(order, size << 16 | code).to_vec(),
        _ => [word(order, code), word(order, size)].concat(),
    };
    bytes.extend(data);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

/// A variable.
pub fn element(order: Order, array: &Array) -> Vec<u8> {
    let flags = [word(order, u32::from(array.flags) << 8 | u32::from(array.class)), [0; 4]].concat();
    let dims: Vec<u8> = array.dims.iter().flat_map(|dim| word(order, *dim)).collect();
    let mut data = array.data.clone();
    if let Order::Big = order {
        data.chunks_exact_mut(array.width.max(1)).for_each(<[u8]>::reverse);
    }
    let parts = [(6, &flags), (5, &dims), (1, &array.name.clone().into_bytes()), (array.code, &data)];
    let inner: Vec<u8> = parts.iter().flat_map(|(code, data)| part(order, *code, data)).collect();
    [word(order, 14).to_vec(), word(order, inner.len() as u32).to_vec(), inner].concat()
}

/// An element that holds `inner` compressed.
pub fn compressed(order: Order, inner: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(inner).unwrap();
    let data = encoder.finish().unwrap();
    [word(order, 15).to_vec(), word(order, data.len() as u32).to_vec(), data].concat()
}

/// A file of `arrays`.
pub fn file(order: Order, compress: bool, arrays: &[Array]) -> Vec<u8> {
    let mut bytes = header(order);
    for array in arrays {
        let element = element(order, array);
        bytes.extend(if compress { compressed(order, &element) } else { element });
    }
    bytes
}
