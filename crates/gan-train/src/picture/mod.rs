//! Pictures of samples: grids of images, clouds of points, and densities, drawn the same on every machine.
//!
//! A file a kind of picture. Text is set in Noto Sans, which is compiled in: no fonts of the system are asked for.

mod animation;
mod backend;
mod bars;
mod canvas;
mod clip;
mod density;
mod error;
mod figure;
mod grid;
mod kernel;
mod panel;
mod scale;
mod scatter;
mod stroke;
mod svg;
mod write;

pub use animation::gif;
pub use density::density;
pub use error::PictureError;
pub use figure::{Axis, Figure, Ink, Panel, Point, Stroke};
pub use grid::grid;
pub use scatter::scatter;
pub use write::{write_file, write_png};

type Colour = [u8; 3];

const WHITE: Colour = [255, 255, 255];
/// The data, in every plot.
const DATA: Colour = [20, 20, 20];
/// What the generator makes, in every plot.
const FAKE: Colour = [18, 140, 70];
/// What the discriminator says.
const DISCRIMINATOR: Colour = [35, 85, 200];
/// Marks values that are not numbers: no sample of a grey or natural image has this colour.
const SIGNAL: Colour = [255, 0, 255];

/// A picture in memory: `height` rows of `width` pixels, each of three bytes red, green and blue, from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `3 * width * height` bytes.
    pub rgb: Vec<u8>,
}

impl Picture {
    /// A picture of one colour. The caller has checked the size, see [`check_size`].
    fn filled(width: usize, height: usize, colour: Colour) -> Self {
        Self { width, height, rgb: colour.repeat(width * height) }
    }

    /// The colour of the pixel in column `x`, row `y`, if the picture has one there.
    ///
    /// ```
    /// use gan_train::picture::Picture;
    ///
    /// let picture = Picture { width: 2, height: 1, rgb: vec![0, 0, 0, 255, 128, 0] };
    /// assert_eq!(picture.pixel(1, 0), Some([255, 128, 0]));
    /// assert_eq!(picture.pixel(2, 0), None);
    /// ```
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 3]> {
        let at = (x < self.width).then(|| y.checked_mul(self.width)?.checked_add(x)?.checked_mul(3))??;
        self.rgb.get(at..at.checked_add(3)?)?.try_into().ok()
    }

    /// Paints a rectangle, which must lie inside.
    fn fill(&mut self, (left, top): (usize, usize), (width, height): (usize, usize), colour: Colour) {
        for y in top..top + height {
            let row = 3 * (y * self.width + left);
            self.rgb[row..row + 3 * width].as_chunks_mut::<3>().0.fill(colour);
        }
    }

    /// The picture as a PNG file, 8 bits a channel; a picture without colours is stored as grey, in a third of the bytes.
    ///
    /// # Errors
    /// [`PictureError::Size`] if `rgb` does not hold `3 * width * height` bytes or a side is 0.
    pub fn to_png(&self) -> Result<Vec<u8>, PictureError> {
        let fault = || PictureError::Size { width: self.width, height: self.height, found: self.rgb.len() };
        let expected = self.width.checked_mul(self.height).and_then(|pixels| pixels.checked_mul(3));
        if expected != Some(self.rgb.len()) {
            return Err(fault());
        }
        let width = u32::try_from(self.width).ok().filter(|&w| w > 0).ok_or_else(fault)?;
        let height = u32::try_from(self.height).ok().filter(|&h| h > 0).ok_or_else(fault)?;
        let pixels = self.rgb.as_chunks::<3>().0;
        let grey: Option<Vec<u8>> = pixels.iter().map(|&[r, g, b]| (r == g && g == b).then_some(r)).collect();

        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_color(if grey.is_some() { png::ColorType::Grayscale } else { png::ColorType::Rgb });
        let mut writer = encoder.write_header().map_err(PictureError::Encode)?;
        writer.write_image_data(grey.as_deref().unwrap_or(&self.rgb)).map_err(PictureError::Encode)?;
        writer.finish().map_err(PictureError::Encode)?;
        Ok(file)
    }
}

/// The longest side that is drawn. A viewer opens no more with pleasure, and a mistaken `columns` fills no memory.
const LONGEST: usize = 1 << 14;

fn check_size(width: Option<usize>, height: Option<usize>) -> Result<(usize, usize), PictureError> {
    match (width, height) {
        (Some(w), Some(h)) if w <= LONGEST && h <= LONGEST => Ok((w, h)),
        _ => Err(PictureError::TooLarge { width, height, limit: LONGEST }),
    }
}

fn check_range((low, high): (f32, f32)) -> Result<(), PictureError> {
    // The width is checked too: the difference of two finite numbers may be infinite.
    if low < high && (high - low).is_finite() { Ok(()) } else { Err(PictureError::Range { low, high }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(file: &[u8]) -> (png::ColorType, Picture) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let rgb = match info.color_type {
            png::ColorType::Grayscale => bytes.iter().flat_map(|&v| [v; 3]).collect(),
            _ => bytes,
        };
        (info.color_type, Picture { width: info.width as usize, height: info.height as usize, rgb })
    }

    #[test]
    fn png_gives_back_the_pixels_in_colour_and_in_grey() {
        let colour = Picture { width: 3, height: 2, rgb: (0..18).map(|v| v * 14).collect() };
        assert_eq!(decode(&colour.to_png().unwrap()), (png::ColorType::Rgb, colour));
        let grey = Picture { width: 2, height: 3, rgb: (0..6).flat_map(|v| [v * 50; 3]).collect() };
        assert_eq!(decode(&grey.to_png().unwrap()), (png::ColorType::Grayscale, grey));
    }

    #[test]
    fn wrong_lengths_and_empty_pictures_are_refused() {
        for (width, height, bytes) in [(2, 2, 11), (0, 0, 0), (usize::MAX, 2, 6), (5, 0, 0)] {
            let fault = Picture { width, height, rgb: vec![0; bytes] }.to_png();
            assert!(matches!(fault, Err(PictureError::Size { .. })), "{width} x {height}");
        }
        assert_eq!(Picture { width: usize::MAX, height: 1, rgb: vec![0; 3] }.pixel(usize::MAX - 1, 0), None);
    }

    #[test]
    fn fill_paints_its_rectangle_only() {
        let mut picture = Picture::filled(4, 3, WHITE);
        picture.fill((1, 1), (2, 1), SIGNAL);
        let painted: Vec<_> = (0..12).map(|i| (i % 4, i / 4)).filter(|&(x, y)| picture.pixel(x, y) == Some(SIGNAL)).collect();
        assert_eq!(painted, [(1, 1), (2, 1)]);
    }
}
