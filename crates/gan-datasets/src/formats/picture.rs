//! Pictures in PNG and JPEG files. Which of them it is, is seen from the first bytes, not from the name.
//!
//! Palettes become colours and 16 bits become 8; what is transparent lies on white. Animated PNG and JPEG in CMYK are refused.

use std::io::Cursor;

use png::{ColorType, Limits, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::FormatError;

/// The most rows or columns.
pub const MAX_SIDE: usize = 1 << 14;
/// The most bytes of a decoded picture.
pub const MAX_BYTES: u64 = 1 << 28;

/// A picture of 8 bits a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 1 (grey) or 3 (red, green, blue).
    pub channels: usize,
    /// `[height, width, channels]`.
    pub pixels: Vec<u8>,
}

/// Decodes a PNG or JPEG file.
///
/// # Errors
/// What is wrong with the bytes.
pub fn parse(bytes: &[u8]) -> Result<Picture, FormatError> {
    match bytes {
        [] => Err(FormatError::Truncated { expected: 1, found: 0 }),
        [0x89, b'P', b'N', b'G', ..] => png(bytes),
        [0xff, 0xd8, ..] => jpeg(bytes),
        _ => Err(FormatError::unexpected(0, "a PNG or JPEG picture", format!("{:02x?}", &bytes[..bytes.len().min(4)]))),
    }
}

/// Whether a picture of this size may be decoded from `length` bytes, of which each holds at most `ratio` pixels.
fn check(height: usize, width: usize, length: usize, ratio: u64) -> Result<(), FormatError> {
    let (declared, pixels) = (format!("a picture of {height} x {width}"), height as u64 * width as u64);
    if height.max(width) > MAX_SIDE || pixels * 4 > MAX_BYTES {
        return Err(FormatError::TooLarge { offset: 0, declared, limit: MAX_BYTES });
    }
    if pixels > length as u64 * ratio {
        return Err(FormatError::unexpected(0, format!("at least {} bytes for {declared}", pixels / ratio), length.to_string()));
    }
    Ok(())
}

fn png(bytes: &[u8]) -> Result<Picture, FormatError> {
    let fault = |fault: png::DecodingError| FormatError::unexpected(0, "a whole PNG picture", fault.to_string());
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: MAX_BYTES as usize });
    decoder.set_transformations(Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    let info = decoder.read_header_info().map_err(fault)?;
    let (height, width) = (info.height as usize, info.width as usize);
    // Deflate holds at most 1,032 bytes in one, and a byte holds at most 8 pixels.
    check(height, width, bytes.len(), 8 * 1032)?;
    let mut reader = decoder.read_info().map_err(fault)?;
    if reader.info().is_animated() {
        return Err(FormatError::unexpected(0, "one picture", "an animated PNG"));
    }
    let size = reader.output_buffer_size().filter(|size| *size as u64 <= MAX_BYTES).unwrap_or(0);
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(fault)?;
    reader.finish().map_err(fault)?;
    pixels.truncate(frame.buffer_size());
    let (channels, pixels) = match frame.color_type {
        ColorType::Grayscale => (1, pixels),
        ColorType::Rgb => (3, pixels),
        ColorType::GrayscaleAlpha => (1, on_white(&pixels, 1)),
        ColorType::Rgba => (3, on_white(&pixels, 3)),
        ColorType::Indexed => return Err(FormatError::unexpected(0, "colours", "a palette that was not expanded")),
    };
    Ok(Picture { height, width, channels, pixels })
}

/// `alpha x + (1 - alpha) white`, rounded.
fn on_white(pixels: &[u8], channels: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(pixels.len() / (channels + 1) * channels);
    for pixel in pixels.chunks_exact(channels + 1) {
        let alpha = u32::from(pixel[channels]);
        out.extend(pixel[..channels].iter().map(|x| ((alpha * u32::from(*x) + (255 - alpha) * 255 + 127) / 255) as u8));
    }
    out
}

fn jpeg(bytes: &[u8]) -> Result<Picture, FormatError> {
    // Where bytes of the last scan are missing, decoders make them up. In a scan ff is followed by 0 or a number of its own.
    let last = |mark: u8| bytes.windows(2).rposition(|pair| pair == [0xff, mark]);
    if last(0xd9) < last(0xda).or(Some(0)) {
        return Err(FormatError::unexpected(bytes.len() as u64, "the rest of a JPEG picture", "the end of the file"));
    }
    let fault = |fault| FormatError::unexpected(0, "a whole JPEG picture", format!("{fault:?}"));
    let options = DecoderOptions::new_safe().set_strict_mode(true).set_max_width(MAX_SIDE).set_max_height(MAX_SIDE);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(fault)?;
    let (Some((width, height)), Some(space)) = (decoder.dimensions(), decoder.input_colorspace()) else {
        return Err(FormatError::unexpected(0, "a JPEG header", "none"));
    };
    // A block of 64 pixels takes at least a bit.
    check(height, width, bytes.len(), 8 * 64)?;
    let (channels, out) = match space {
        ColorSpace::Luma => (1, ColorSpace::Luma),
        ColorSpace::YCbCr | ColorSpace::RGB => (3, ColorSpace::RGB),
        other => return Err(FormatError::unexpected(0, "grey or colour", format!("a JPEG in {other:?}"))),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(out));
    let pixels = decoder.decode().map_err(fault)?;
    if pixels.len() != height * width * channels {
        let expected = format!("{} bytes of pixels", height * width * channels);
        return Err(FormatError::unexpected(0, expected, pixels.len().to_string()));
    }
    Ok(Picture { height, width, channels, pixels })
}

impl Picture {
    /// The picture with one channel (Rec. 601's luma, `0.299 r + 0.587 g + 0.114 b`) or three.
    pub fn with_channels(self, channels: usize) -> Self {
        let pixels = match (self.channels, channels) {
            (3, 1) => {
                let luma = |p: &[u8]| (299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2]) + 500) / 1000;
                self.pixels.chunks_exact(3).map(|pixel| luma(pixel) as u8).collect()
            }
            (1, 3) => self.pixels.iter().flat_map(|x| [*x; 3]).collect(),
            _ => return self,
        };
        Self { channels, pixels, ..self }
    }

    /// The picture resized so that its shorter side is `side` long, and the square in its middle.
    pub fn square(self, side: usize) -> Self {
        let short = self.height.min(self.width).max(1);
        let scaled = |length: usize| ((length * side + short / 2) / short).max(side);
        let (height, width) = (scaled(self.height), scaled(self.width));
        // Only the columns, then the rows, that are kept are made.
        let columns = axis(&self.pixels, self.height, self.width, self.channels, width, side);
        let turned = transpose(&columns, self.height, side, self.channels);
        let rows = axis(&turned, side, self.height, self.channels, height, side);
        Self { height: side, width: side, channels: self.channels, pixels: transpose(&rows, side, side, self.channels) }
    }
}

/// Resizes rows of `from` pixels to `to`, of which the `keep` in the middle are made. Each is a weighted mean with a triangle over
/// its neighbours, as wide as a pixel of the coarser of the two.
fn axis(pixels: &[u8], rows: usize, from: usize, channels: usize, to: usize, keep: usize) -> Vec<u8> {
    let scale = from as f64 / to as f64;
    let width = scale.max(1.0);
    let weights: Vec<(usize, Vec<f64>)> = ((to - keep) / 2..(to - keep) / 2 + keep)
        .map(|i| {
            let centre = (i as f64 + 0.5) * scale;
            let first = (centre - width).floor().max(0.0) as usize;
            let last = ((centre + width).ceil() as usize).min(from);
            let raw = (first..last).map(|j| (1.0 - ((j as f64 + 0.5 - centre) / width).abs()).max(0.0));
            let sum: f64 = raw.clone().sum();
            (first, raw.map(|weight| weight / sum).collect())
        })
        .collect();
    let mut out = Vec::with_capacity(rows * keep * channels);
    for row in pixels.chunks_exact(from * channels) {
        for (first, weights) in &weights {
            for c in 0..channels {
                let terms = weights.iter().enumerate().map(|(j, w)| w * f64::from(row[(first + j) * channels + c]));
                out.push(terms.sum::<f64>().round() as u8);
            }
        }
    }
    out
}

fn transpose(pixels: &[u8], height: usize, width: usize, channels: usize) -> Vec<u8> {
    let at = |x: usize, y: usize| (y * width + x) * channels;
    (0..width).flat_map(|x| (0..height).flat_map(move |y| pixels[at(x, y)..][..channels].iter().copied())).collect()
}
