//! What can be wrong with the input of a picture, by name.

use std::io;
use std::path::PathBuf;

/// A picture that could not be drawn, encoded or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PictureError {
    /// Nothing to draw.
    #[error("{what}: expected at least one, found none")]
    Empty {
        /// What there is none of.
        what: &'static str,
    },
    /// A flat slice that does not hold whole samples.
    #[error("{what}: expected a multiple of {dim} values, found {len}, which leaves {} over", len % dim)]
    Ragged {
        /// Which input is cut off.
        what: &'static str,
        /// Values in the slice.
        len: usize,
        /// Values a sample.
        dim: usize,
    },
    /// A sample that is not an image.
    #[error(
        "samples of shape {shape:?} cannot be drawn as a grid: expected [height, width], [height, width, 1], \
         [height, width, 3] or [values], no side 0"
    )]
    Shape {
        /// The shape of a sample.
        shape: Vec<usize>,
    },
    /// A grid without columns.
    #[error("a grid needs at least one column, found 0")]
    NoColumns,
    /// An interval of values that is none.
    #[error("expected a finite range from low to high, found {low} to {high}")]
    Range {
        /// The lower end.
        low: f32,
        /// The upper end.
        high: f32,
    },
    /// A picture with sides too long to be of use.
    #[error(
        "the picture would have {} x {} pixels, at most {limit} a side are drawn: \
         draw fewer samples or choose another number of columns", pixels(.width), pixels(.height)
    )]
    TooLarge {
        /// The width it would have, if that is a number at all.
        width: Option<usize>,
        /// The height it would have, if that is a number at all.
        height: Option<usize>,
        /// The longest side.
        limit: usize,
    },
    /// Pixels that do not fill the picture.
    #[error(
        "a picture of {width} x {height} pixels needs three bytes for each and no side 0, found {found} bytes: \
         correct `width`, `height` or `rgb`"
    )]
    Size {
        /// The stated width.
        width: usize,
        /// The stated height.
        height: usize,
        /// Bytes found.
        found: usize,
    },
    /// The PNG encoder refused.
    #[error("cannot encode the picture as PNG: {0}")]
    Encode(#[source] png::EncodingError),
    /// The GIF encoder refused.
    #[error("cannot encode the animation as GIF: {0}")]
    Animation(String),
    /// The plotting library refused.
    #[error("cannot draw the plot: {message}")]
    Plot {
        /// What it said.
        message: String,
    },
    /// The file could not be written.
    #[error("cannot write the picture {}: {fault}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        fault: io::Error,
    },
}

fn pixels(side: &Option<usize>) -> String {
    side.map_or_else(|| "countless".to_owned(), |side| side.to_string())
}
