//! Labelled images held as bytes: a quarter of the memory of `f32`, and what the files hold. A pixel's channels lie side
//! by side, as in image files; a file of planes is reordered while it is read.

use std::borrow::Cow;
use std::ops::Range;

use crate::dataset::check_read;
use crate::{Dataset, DatasetError, Provenance};

/// Images of one shape with 8 bits a channel, read as `pixel / 255` in `[0, 1]`, each with a class or none.
#[derive(Clone, Debug)]
pub struct ImageSet {
    shape: [usize; 3],
    pixels: Cow<'static, [u8]>,
    labels: Cow<'static, [u8]>,
    /// 0 if the images have no labels.
    classes: usize,
    /// As many as images, or none.
    captions: Vec<String>,
    provenance: Provenance,
}

impl ImageSet {
    /// The images of `shape` (`[height, width, channels]`) in `pixels` (`[n, height, width, channels]`), with `labels`
    /// (`[n]`), each less than `classes`. The count in `provenance` is set to n.
    ///
    /// # Errors
    /// [`DatasetError::CountMismatch`] and [`DatasetError::Label`] if images and labels do not go together,
    /// [`DatasetError::Parameter`] if `shape` is empty or the pixels are no whole number of images.
    ///
    /// ```
    /// use gan_datasets::{Dataset, ImageSet, Provenance, Split};
    ///
    /// let provenance = Provenance::new("two", "made here", "CC0-1.0", Split::All, 2);
    /// let set = ImageSet::new([1, 2, 1], vec![0, 51, 102, 255], vec![0, 1], 2, provenance)?;
    /// let mut x = [0.0; 2];
    /// set.read(1, &mut x)?;
    /// assert_eq!((x, set.label(1)), ([0.4, 1.0], Some(1)));
    /// # Ok::<(), gan_datasets::DatasetError>(())
    /// ```
    pub fn new(
        shape: [usize; 3],
        pixels: impl Into<Cow<'static, [u8]>>,
        labels: impl Into<Cow<'static, [u8]>>,
        classes: usize,
        provenance: Provenance,
    ) -> Result<Self, DatasetError> {
        let (set, labels) = (Self::unlabelled(shape, pixels, provenance)?, labels.into());
        let (name, images) = (|| set.provenance.name.clone(), set.len());
        if images != labels.len() {
            return Err(DatasetError::CountMismatch { name: name(), images, labels: labels.len() });
        }
        if let Some(index) = labels.iter().position(|label| usize::from(*label) >= classes) {
            let label = u32::from(labels[index]);
            return Err(DatasetError::Label { name: name(), index, label, classes });
        }
        Ok(Self { labels, classes, ..set })
    }

    /// As [`new`](Self::new), images without labels.
    ///
    /// # Errors
    /// [`DatasetError::Parameter`] if `shape` is empty or the pixels are no whole number of images.
    pub fn unlabelled(
        shape: [usize; 3],
        pixels: impl Into<Cow<'static, [u8]>>,
        mut provenance: Provenance,
    ) -> Result<Self, DatasetError> {
        let pixels = pixels.into();
        let name = || provenance.name.clone();
        let size = shape.iter().try_fold(1usize, |size, dim| size.checked_mul(*dim)).unwrap_or(0);
        if size == 0 || pixels.len() % size != 0 {
            let message = format!("expected a whole number of images of shape {shape:?}, found {} pixels", pixels.len());
            return Err(DatasetError::Parameter { name: name(), message });
        }
        provenance.count = pixels.len() / size;
        Ok(Self { shape, pixels, labels: Cow::Borrowed(&[]), classes: 0, captions: Vec::new(), provenance })
    }

    /// The values of image `i` (`i < len()`), `[height, width, channels]`.
    pub(crate) fn bytes(&self, i: usize) -> &[u8] {
        let size = self.sample_len();
        &self.pixels[i * size..(i + 1) * size]
    }

    /// The images with a caption each.
    ///
    /// # Errors
    /// [`DatasetError::CountMismatch`] if there are not as many.
    pub fn with_captions(mut self, captions: Vec<String>) -> Result<Self, DatasetError> {
        if captions.len() != self.len() {
            let (name, images, labels) = (self.provenance.name, self.provenance.count, captions.len());
            return Err(DatasetError::CountMismatch { name, images, labels });
        }
        self.captions = captions;
        Ok(self)
    }

    /// Keeps the images of `range` only, and frees the others.
    ///
    /// # Errors
    /// [`DatasetError::Index`] if `range` is not within the set.
    pub fn slice(mut self, range: Range<usize>) -> Result<Self, DatasetError> {
        if range.end > self.len() || range.start > range.end {
            return Err(DatasetError::Index { index: range.start.max(range.end), len: self.len() });
        }
        let size = self.sample_len();
        self.pixels = keep(self.pixels, range.start * size..range.end * size);
        if self.classes > 0 {
            self.labels = keep(self.labels, range.clone());
        }
        if !self.captions.is_empty() {
            self.captions = self.captions.drain(range.clone()).collect();
        }
        self.provenance.count = range.len();
        Ok(self)
    }
}

fn keep(bytes: Cow<'static, [u8]>, range: Range<usize>) -> Cow<'static, [u8]> {
    match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[range]),
        Cow::Owned(mut bytes) => {
            bytes.truncate(range.end);
            bytes.drain(..range.start);
            bytes.shrink_to_fit();
            Cow::Owned(bytes)
        }
    }
}

impl Dataset for ImageSet {
    fn len(&self) -> usize {
        self.provenance.count
    }

    fn sample_shape(&self) -> &[usize] {
        &self.shape
    }

    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn read(&self, i: usize, out: &mut [f32]) -> Result<(), DatasetError> {
        check_read(self, i, out)?;
        for (value, pixel) in out.iter_mut().zip(self.bytes(i)) {
            *value = f32::from(*pixel) / 255.0;
        }
        Ok(())
    }

    fn classes(&self) -> Option<usize> {
        (self.classes > 0).then_some(self.classes)
    }

    fn label(&self, i: usize) -> Option<u32> {
        self.labels.get(i).map(|label| u32::from(*label))
    }

    fn caption(&self, i: usize) -> Option<&str> {
        self.captions.get(i).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;

    fn set(pixels: usize, labels: &[u8]) -> Result<ImageSet, DatasetError> {
        let provenance = Provenance::new("tiny", "here", "none", Split::All, 0);
        let pixels: Vec<u8> = (0..pixels).map(|i| i as u8).collect();
        ImageSet::new([2, 2, 1], pixels, labels.to_vec(), 3, provenance)
    }

    #[test]
    fn images_and_labels_must_go_together() {
        assert!(matches!(set(8, &[0]), Err(DatasetError::CountMismatch { images: 2, labels: 1, .. })));
        assert!(matches!(set(8, &[0, 3]), Err(DatasetError::Label { index: 1, label: 3, classes: 3, .. })));
        assert!(matches!(set(9, &[0, 1]), Err(DatasetError::Parameter { .. })));
    }

    #[test]
    fn images_may_have_no_labels() {
        let provenance = Provenance::new("tiny", "here", "none", Split::All, 0);
        let set = ImageSet::unlabelled([2, 2, 1], vec![0; 12], provenance.clone()).unwrap().slice(1..3).unwrap();
        assert_eq!((set.len(), set.classes(), set.label(0)), (2, None, None));
        assert!(matches!(ImageSet::unlabelled([2, 2, 0], vec![], provenance), Err(DatasetError::Parameter { .. })));
    }

    #[test]
    fn a_slice_is_the_same_samples() {
        let (whole, part) = (set(16, &[0, 1, 2, 1]).unwrap(), set(16, &[0, 1, 2, 1]).unwrap().slice(1..3).unwrap());
        assert_eq!((part.len(), part.provenance().count), (2, 2));
        let (mut a, mut b) = ([0.0; 4], [0.0; 4]);
        for i in 0..2 {
            part.read(i, &mut a).unwrap();
            whole.read(i + 1, &mut b).unwrap();
            assert_eq!((a, part.label(i)), (b, whole.label(i + 1)));
        }
        assert!(matches!(whole.slice(3..5), Err(DatasetError::Index { index: 5, len: 4 })));
    }
}
