//! Image samples side by side.

use super::bars::draw_bars;
use super::{Colour, Picture, PictureError, SIGNAL, check_range, check_size};

/// Between the tiles and around them.
const LINE: Colour = [76, 76, 76];
/// The width of the separators, in pixels.
const GAP: usize = 2;
/// A picture that needs not be larger stays within this side.
const PLEASANT: usize = 900;
/// A picture is enlarged up to this side to keep its tiles legible.
const LARGE: usize = 1400;
/// Tiles are enlarged at least to this side if the picture then stays within [`LARGE`].
const LEGIBLE: usize = 56;
/// Tiles are not enlarged beyond this side.
const AMPLE: usize = 224;
/// The height of a tile of bars before it is enlarged.
const BARS: usize = 28;
/// More values than this are drawn as a curve.
const MOST_BARS: usize = 256;

/// What a tile shows.
#[derive(Clone, Copy)]
enum Tile {
    Image { height: usize, width: usize, channels: usize },
    Bars { values: usize },
}

impl Tile {
    fn new(shape: &[usize]) -> Option<Self> {
        let image = |height, width, channels| Self::Image { height, width, channels };
        let tile = match *shape {
            [values, 1] if values > 1 => Self::Bars { values },
            [height, width] => image(height, width, 1),
            [height, width, channels @ (1 | 3)] => image(height, width, channels),
            [values] => match values.isqrt() {
                side if side * side == values => image(side, side, 1),
                _ => Self::Bars { values },
            },
            _ => return None,
        };
        shape.iter().all(|&side| side > 0).then_some(tile)
    }

    /// Height and width in pixels before it is enlarged.
    fn size(self) -> (usize, usize) {
        match self {
            Self::Image { height, width, .. } => (height, width),
            Self::Bars { values } if values > MOST_BARS => (BARS, 4 * BARS),
            // Twice as wide as high, or as wide as a pixel a bar needs.
            Self::Bars { values } => (BARS, values.max(2 * BARS / values * values)),
        }
    }
}

/// Draws `samples` (`[n, shape...]`, flat) as tiles in rows of `columns`, from the top left, with thin lines between.
///
/// `shape` is that of one sample: `[height, width]` or `[height, width, 1]` in grey, `[height, width, 3]` in colour,
/// or `[values]`, which is drawn as a square image if `values` is a square number (784 = 28 x 28), and else, like `[values, 1]`, as
/// bars that rise from zero, or from the nearer end of the range if that leaves zero out; over 256 of them, such as a
/// sound, as a curve.
///
/// A value `v` becomes `round(255 (v - low) / (high - low))`, held within 0 to 255; NaN is shown in magenta. Every pixel
/// of a sample becomes a square of the same whole number of pixels, chosen so that small images are easily seen and the
/// picture is not over some 1,400 pixels a side, if it can be without leaving pixels out.
///
/// # Errors
/// [`PictureError::Shape`], [`PictureError::Ragged`], [`PictureError::Empty`], [`PictureError::NoColumns`],
/// [`PictureError::Range`], and [`PictureError::TooLarge`] over 16,384 pixels a side.
///
/// ```
/// use gan_train::picture::{PictureError, grid};
///
/// // Two images of 2 x 2, one above the other.
/// let picture = grid(&[0.0, 1.0, 1.0, 0.0, 0.5, 0.5, 0.5, 0.5], &[2, 2], (0.0, 1.0), 1)?;
/// assert_eq!(picture.pixel(2, 2), Some([0, 0, 0]));
/// # Ok::<(), PictureError>(())
/// ```
pub fn grid(samples: &[f32], shape: &[usize], range: (f32, f32), columns: usize) -> Result<Picture, PictureError> {
    check_range(range)?;
    let fault = || PictureError::Shape { shape: shape.to_owned() };
    let tile = Tile::new(shape).ok_or_else(fault)?;
    let dim = shape.iter().try_fold(1_usize, |product, &side| product.checked_mul(side)).ok_or_else(fault)?;
    if samples.is_empty() {
        return Err(PictureError::Empty { what: "samples of the grid" });
    }
    if !samples.len().is_multiple_of(dim) {
        return Err(PictureError::Ragged { what: "samples of the grid", len: samples.len(), dim });
    }
    if columns == 0 {
        return Err(PictureError::NoColumns);
    }
    let count = samples.len() / dim;
    let columns = columns.min(count);
    let rows = count.div_ceil(columns);
    let (tile_height, tile_width) = tile.size();
    let scale = factor((tile_height, rows), (tile_width, columns));
    let (width, height) = check_size(side(tile_width, columns, scale), side(tile_height, rows, scale))?;

    let mut picture = Picture::filled(width, height, LINE);
    for (i, sample) in samples.chunks_exact(dim).enumerate() {
        let left = GAP + i % columns * (tile_width * scale + GAP);
        let top = GAP + i / columns * (tile_height * scale + GAP);
        match tile {
            Tile::Bars { .. } => {
                draw_bars(&mut picture, (left, top), (tile_width * scale, tile_height * scale), sample, range);
            }
            Tile::Image { height, width, channels } => {
                for pixel in 0..height * width {
                    let value = |channel: usize| sample[pixel * channels + channel];
                    let shade = match channels {
                        3 => colour([value(0), value(1), value(2)], range),
                        _ => colour([value(0); 3], range),
                    };
                    let at = (left + pixel % width * scale, top + pixel / width * scale);
                    picture.fill(at, (scale, scale), shade);
                }
            }
        }
    }
    Ok(picture)
}

fn colour(values: [f32; 3], (low, high): (f32, f32)) -> Colour {
    if values.iter().any(|v| v.is_nan()) {
        return SIGNAL;
    }
    // The cast holds the ends: what lies outside, infinities too, becomes 0 or 255.
    values.map(|v| (255.0 * (v - low) / (high - low)).round() as u8)
}

/// The length of a side of the picture in pixels: `count` tiles of `tile` pixels, enlarged, with their separators.
fn side(tile: usize, count: usize, scale: usize) -> Option<usize> {
    tile.checked_mul(scale)?.checked_add(GAP)?.checked_mul(count)?.checked_add(GAP)
}

/// How many times an image is enlarged, given (pixels a tile, tiles) in both directions.
fn factor((height, rows): (usize, usize), (width, columns): (usize, usize)) -> usize {
    let longest = height.max(width);
    let fits = |scale: usize, limit: usize| {
        [side(height, rows, scale), side(width, columns, scale)].iter().all(|side| side.is_some_and(|side| side <= limit))
    };
    let pleasant = (1..=AMPLE / longest).rev().find(|&scale| fits(scale, PLEASANT)).unwrap_or(1);
    let legible = LEGIBLE.div_ceil(height.min(width)).min(AMPLE / longest);
    (pleasant + 1..=legible).rev().find(|&scale| fits(scale, LARGE)).unwrap_or(pleasant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_grid_pixel_by_pixel() {
        // Three samples of 1 x 2 in two columns: each pixel becomes a square of 112.
        let picture = grid(&[-1.0, 1.0, 0.0, f32::NAN, -9.0, f32::INFINITY], &[1, 2], (-1.0, 1.0), 2).unwrap();
        assert_eq!((picture.width, picture.height), (2 + 2 * (224 + 2), 2 + 2 * (112 + 2)));
        let expected = [[Some([0; 3]), Some([255; 3])], [Some([128; 3]), Some(SIGNAL)], [Some([0; 3]), Some([255; 3])]];
        for y in 0..picture.height {
            for x in 0..picture.width {
                let inside = |v: usize, tile: usize| (v % (tile + 2)).checked_sub(2).map(|at| (v / (tile + 2), at));
                let wanted = match (inside(x, 224), inside(y, 112)) {
                    (Some((column, at)), Some((row, _))) if 2 * row + column < 3 => expected[2 * row + column][at / 112],
                    _ => Some(LINE),
                };
                assert_eq!(picture.pixel(x, y), wanted, "({x}, {y})");
            }
        }
    }

    #[test]
    fn channels_come_last() {
        let sample = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let picture = grid(&sample, &[1, 2, 3], (0.0, 1.0), 1).unwrap();
        assert_eq!((picture.pixel(3, 3), picture.pixel(picture.width - 3, 3)), (Some([255, 0, 0]), Some([0, 255, 0])));
        let nan = grid(&[0.0, f32::NAN, 0.0], &[1, 1, 3], (0.0, 1.0), 1).unwrap();
        assert_eq!(nan.pixel(3, 3), Some(SIGNAL));
    }

    #[test]
    fn squares_flat_or_not_are_the_same_picture() {
        let samples: Vec<f32> = (0..2 * 784).map(|i| i as f32 / 1568.0).collect();
        let flat = grid(&samples, &[784], (0.0, 1.0), 2).unwrap();
        assert_eq!(flat, grid(&samples, &[28, 28], (0.0, 1.0), 2).unwrap());
        assert_eq!(flat, grid(&samples, &[28, 28, 1], (0.0, 1.0), 2).unwrap());
    }

    #[test]
    fn tiles_are_legible_and_pictures_of_bearable_size() {
        let size = |n: usize, edge: usize, columns| {
            let picture = grid(&vec![0.5; n * edge * edge], &[edge, edge], (0.0, 1.0), columns).unwrap();
            (picture.width, (picture.width - GAP) / columns.min(n) - GAP)
        };
        assert_eq!(size(100, 28, 10), (862, 84));
        assert_eq!(size(400, 28, 20), (1162, 56));
        assert_eq!(size(1, 28, 10).1, 224);
        assert_eq!(size(9, 8, 3).1, 224);
        assert_eq!(size(64, 32, 8).1, 96);
        // No pixel is left out: larger than wished, but whole.
        assert_eq!(size(2, 1000, 2), (2006, 1000));
    }

    #[test]
    fn sounds_are_curves_of_bearable_width() {
        let sound: Vec<f32> = (0..100 * 8000).map(|i| (i as f32).sin()).collect();
        let picture = grid(&sound, &[8000, 1], (-1.0, 1.0), 10).unwrap();
        assert_eq!((picture.width, picture.height), (2 + 10 * (112 + 2), 2 + 10 * (28 + 2)));
        // Whole periods lie behind each pixel: the curve fills the tile.
        assert_eq!([picture.pixel(50, 3), picture.pixel(60, 28)], [Some([60, 110, 170]); 2]);
    }

    #[test]
    fn faults_have_names() {
        let range = (0.0, 1.0);
        assert!(matches!(grid(&[], &[2, 2], range, 1), Err(PictureError::Empty { .. })));
        assert!(matches!(grid(&[0.0; 5], &[2, 2], range, 1), Err(PictureError::Ragged { len: 5, dim: 4, .. })));
        assert!(matches!(grid(&[0.0; 4], &[2, 2], range, 0), Err(PictureError::NoColumns)));
        for shape in [&[][..], &[0], &[2, 0], &[1, 2, 2], &[1, 1, 2, 2], &[usize::MAX, usize::MAX]] {
            assert!(matches!(grid(&[0.0; 4], shape, range, 1), Err(PictureError::Shape { .. })), "{shape:?}");
        }
        for range in [(1.0, 0.0), (0.0, 0.0), (f32::NAN, 1.0), (0.0, f32::INFINITY), (-f32::MAX, f32::MAX)] {
            assert!(matches!(grid(&[0.0; 4], &[2, 2], range, 1), Err(PictureError::Range { .. })), "{range:?}");
        }
        let message = grid(&[0.0; 20_000], &[1, 1], range, 20_000).unwrap_err().to_string();
        assert!(message.contains("60002 x 5 pixels"), "{message}");
        assert!(matches!(grid(&[0.0; 50_000], &[1, 50_000], range, 1), Err(PictureError::TooLarge { .. })));
    }
}
