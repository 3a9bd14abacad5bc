//! Samples of any shape, held in the form in which they are stored.

use crate::dataset::check_read;
use crate::{Dataset, DatasetError, Provenance};

/// The values of an [`ArraySet`].
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// Read as `byte / 255` in `[0, 1]`.
    Bytes(Vec<u8>),
    /// Read as they are; their range is that of the set.
    Floats(Vec<f32>),
}

impl Samples {
    fn len(&self) -> usize {
        match self {
            Samples::Bytes(bytes) => bytes.len(),
            Samples::Floats(floats) => floats.len(),
        }
    }

    /// Keeps `rows` of `size` values each, in increasing order.
    pub(crate) fn keep(&mut self, rows: &[usize], size: usize) {
        match self {
            Samples::Bytes(bytes) => keep(bytes, rows, size),
            Samples::Floats(floats) => keep(floats, rows, size),
        }
    }
}

fn keep<T: Copy>(values: &mut Vec<T>, rows: &[usize], size: usize) {
    for (to, from) in rows.iter().enumerate() {
        values.copy_within(from * size..(from + 1) * size, to * size);
    }
    values.truncate(rows.len() * size);
    values.shrink_to_fit();
}

/// Samples of one shape, with classes or without.
#[derive(Clone, Debug)]
pub struct ArraySet {
    shape: Vec<usize>,
    values: Samples,
    range: (f32, f32),
    labels: Option<Vec<u32>>,
    classes: usize,
    provenance: Provenance,
}

impl ArraySet {
    /// The samples of `shape` in `values` (`[n, ...shape]`) with values within `range`, and their `labels` (`[n]`), each less than
    /// `classes`. The count in `provenance` is set to n.
    ///
    /// # Errors
    /// [`DatasetError::CountMismatch`] and [`DatasetError::Label`] if samples and labels do not go together,
    /// [`DatasetError::Parameter`] if the values are no whole number of samples, or not within `range`.
    pub fn new(
        shape: Vec<usize>,
        values: Samples,
        range: (f32, f32),
        labels: Option<(Vec<u32>, usize)>,
        mut provenance: Provenance,
    ) -> Result<Self, DatasetError> {
        let name = || provenance.name.clone();
        let size = shape.iter().try_fold(1usize, |size, dim| size.checked_mul(*dim)).unwrap_or(0);
        if size == 0 || !values.len().is_multiple_of(size) {
            let message = format!("expected a whole number of samples of shape {shape:?}, found {} values", values.len());
            return Err(DatasetError::Parameter { name: name(), message });
        }
        let n = values.len() / size;
        let (low, high) = range;
        let outside = match &values {
            Samples::Bytes(_) => None,
            Samples::Floats(floats) => floats.iter().position(|x| !(low..=high).contains(x)).map(|at| (at, floats[at])),
        };
        if let Some((at, value)) = outside {
            let message = format!("expected values from {low} to {high}, found {value} in sample {}", at / size);
            return Err(DatasetError::Parameter { name: name(), message });
        }
        let (labels, classes) = labels.map_or((None, 0), |(labels, classes)| (Some(labels), classes));
        if let Some(labels) = &labels {
            if labels.len() != n {
                return Err(DatasetError::CountMismatch { name: name(), images: n, labels: labels.len() });
            }
            if let Some(index) = labels.iter().position(|label| *label as usize >= classes) {
                return Err(DatasetError::Label { name: name(), index, label: labels[index], classes });
            }
        }
        provenance.count = n;
        Ok(Self { shape, values, range, labels, classes, provenance })
    }
}

impl Dataset for ArraySet {
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
        let place = i * out.len()..(i + 1) * out.len();
        match &self.values {
            Samples::Floats(floats) => out.copy_from_slice(&floats[place]),
            Samples::Bytes(bytes) => {
                for (value, byte) in out.iter_mut().zip(&bytes[place]) {
                    *value = f32::from(*byte) / 255.0;
                }
            }
        }
        Ok(())
    }

    fn classes(&self) -> Option<usize> {
        self.labels.as_ref().map(|_| self.classes)
    }

    fn label(&self, i: usize) -> Option<u32> {
        self.labels.as_ref()?.get(i).copied()
    }

    fn range(&self) -> (f32, f32) {
        self.range
    }
}
