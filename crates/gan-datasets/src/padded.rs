//! Pictures with a margin, for networks that want another size than the data have.

use crate::dataset::check_read;
use crate::{Dataset, DatasetError, Provenance};

/// The pictures of a set with rows and columns of background, the lower end of its range, on each side:
/// `[height + 2 margin, width + 2 margin, channels]`.
pub struct Padded {
    data: Box<dyn Dataset>,
    margin: usize,
    shape: [usize; 3],
}

impl Padded {
    /// Puts `margin` rows and columns on each side of the pictures of `data`.
    ///
    /// # Errors
    /// [`DatasetError::Parameter`] if the samples are no pictures, or smaller than the margin.
    ///
    /// ```
    /// use gan_datasets::{Dataset, OpenOptions, Padded, open};
    ///
    /// let digits = open("digits", &OpenOptions::default())?;
    /// assert_eq!(Padded::new(digits, 2)?.sample_shape(), [32, 32, 1]);
    /// # Ok::<(), gan_datasets::DatasetError>(())
    /// ```
    pub fn new(data: Box<dyn Dataset>, margin: usize) -> Result<Padded, DatasetError> {
        let fault = |message| DatasetError::Parameter { name: data.provenance().name.clone(), message };
        let &[height, width, channels] = data.sample_shape() else {
            let found = data.sample_shape();
            return Err(fault(format!(
                "only pictures [height, width, channels] can be padded, its samples are of shape {found:?}"
            )));
        };
        let most = height.min(width);
        if margin > most {
            return Err(fault(format!("pictures of {height} x {width} can be padded by at most {most}, found {margin}")));
        }
        Ok(Padded { margin, shape: [height + 2 * margin, width + 2 * margin, channels], data })
    }
}

impl Dataset for Padded {
    fn len(&self) -> usize {
        self.data.len()
    }

    fn sample_shape(&self) -> &[usize] {
        &self.shape
    }

    fn provenance(&self) -> &Provenance {
        self.data.provenance()
    }

    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        check_read(self, i, out)?;
        let [_, wide, channels] = self.shape;
        let (row, margin) = ((wide - 2 * self.margin) * channels, self.margin * channels);
        let inner = self.data.sample_len();
        self.data.read(i, &mut out[..inner])?;
        // from the last row to the first, each to its place, which is not before where it was read to
        let (background, mut end) = (self.range().0, out.len());
        for y in (0..inner / row.max(1)).rev() {
            let to = (y + self.margin) * wide * channels + margin;
            out.copy_within(y * row..(y + 1) * row, to);
            out[to + row..end].fill(background);
            end = to;
        }
        out[..end].fill(background);
        Ok(())
    }

    fn classes(&self) -> Option<usize> {
        self.data.classes()
    }

    fn label(&self, i: usize) -> Option<u32> {
        self.data.label(i)
    }

    fn caption(&self, i: usize) -> Option<&str> {
        self.data.caption(i)
    }

    fn range(&self) -> (f32, f32) {
        self.data.range()
    }

    fn shown(&self) -> (f32, f32) {
        self.data.shown()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageSet, OpenOptions, Split, open};

    fn tiny(shape: [usize; 3]) -> Box<dyn Dataset> {
        let len: usize = shape.iter().product();
        let provenance = Provenance::new("tiny", "here", "none", Split::All, 0);
        let pixels: Vec<u8> = (0..2 * len).map(|i| 1 + i as u8).collect();
        Box::new(ImageSet::new(shape, pixels, vec![0, 1], 3, provenance).unwrap())
    }

    #[test]
    fn pixels_keep_their_order_inside_the_margin() {
        for shape in [[2, 3, 1], [3, 2, 2], [1, 1, 3], [4, 4, 1]] {
            for margin in 0..=shape[0].min(shape[1]) {
                let (plain, padded) = (tiny(shape), Padded::new(tiny(shape), margin).unwrap());
                let [h, w, c] = padded.shape;
                assert_eq!([h, w, c], [shape[0] + 2 * margin, shape[1] + 2 * margin, shape[2]]);
                let (mut x, mut y) = (vec![0.0; plain.sample_len()], vec![f32::NAN; padded.sample_len()]);
                for i in 0..2 {
                    plain.read(i, &mut x).unwrap();
                    padded.read(i, &mut y).unwrap();
                    for (at, &value) in y.iter().enumerate() {
                        let (row, column, channel) = (at / (w * c), at / c % w, at % c);
                        let inside = row >= margin && row < h - margin && column >= margin && column < w - margin;
                        let from = |()| ((row - margin) * shape[1] + column - margin) * c + channel;
                        assert_eq!(value, inside.then_some(()).map_or(0.0, |i| x[from(i)]), "{shape:?} {margin} {at}");
                    }
                    assert_eq!((padded.label(i), padded.classes()), (plain.label(i), Some(3)));
                }
                assert!(padded.read(2, &mut y).is_err() && padded.read(0, &mut x[1..]).is_err());
            }
        }
    }

    #[test]
    fn what_cannot_be_padded_is_refused() {
        let message = |name: &str, pad| open(name, &OpenOptions { pad, ..Default::default() }).err().unwrap().to_string();
        assert!(
            message("ring", 1).contains("`ring`: only pictures [height, width, channels] can be padded"),
            "{}",
            message("ring", 1)
        );
        assert!(message("digits", 29).contains("28 x 28 can be padded by at most 28, found 29"), "{}", message("digits", 29));
        assert!(message("digits", usize::MAX).contains("at most 28"));
    }
}
