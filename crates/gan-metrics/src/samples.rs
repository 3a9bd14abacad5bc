use crate::MetricError;

/// A batch of samples, row-major `[n, dim]`, checked once: at least one row, whole rows, all values finite.
///
/// ```
/// use gan_metrics::{MetricError, Samples};
///
/// let points = Samples::new(&[0.0, 1.0, 2.0, 3.0], 2)?;
/// assert_eq!((points.n(), points.dim(), points.row(1)), (2, 2, &[2.0, 3.0][..]));
/// assert!(matches!(Samples::new(&[0.0, f32::NAN], 1), Err(MetricError::NotFinite { row: 1, .. })));
/// # Ok::<(), MetricError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Samples<'a> {
    values: &'a [f32],
    dim: usize,
}

impl<'a> Samples<'a> {
    /// Rows of `dim` values each.
    ///
    /// # Errors
    /// [`MetricError::ZeroDimension`], [`MetricError::Empty`], [`MetricError::RaggedRows`] or
    /// [`MetricError::NotFinite`].
    pub fn new(values: &'a [f32], dim: usize) -> Result<Self, MetricError> {
        check_rows("samples", values, dim)?;
        Ok(Self { values, dim })
    }

    /// Number of samples.
    pub fn n(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Values a sample.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// All values, row-major.
    pub fn values(&self) -> &'a [f32] {
        self.values
    }

    /// One sample.
    ///
    /// # Panics
    /// Where `row >= n()`, as indexing a slice does.
    pub fn row(&self, row: usize) -> &'a [f32] {
        &self.values[row * self.dim..(row + 1) * self.dim]
    }

    /// The samples one by one.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &'a [f32]> + use<'a> {
        self.values.chunks_exact(self.dim)
    }

    /// The first `n` samples, or all where there are fewer; at least one.
    pub fn first(&self, n: usize) -> Self {
        Self { values: &self.values[..n.clamp(1, self.n()) * self.dim], dim: self.dim }
    }

    /// The first `rows` samples and the others; at least one each, `None` for a single sample.
    pub fn split(&self, rows: usize) -> Option<(Self, Self)> {
        let last = self.n() - 1;
        (last > 0).then(|| {
            let (a, b) = self.values.split_at(rows.clamp(1, last) * self.dim);
            (Self { values: a, dim: self.dim }, Self { values: b, dim: self.dim })
        })
    }

    /// An error unless another input, called `what`, has the same dimension.
    pub(crate) fn check_dim(&self, what: &'static str, found: usize) -> Result<(), MetricError> {
        if self.dim == found { Ok(()) } else { Err(MetricError::DimensionMismatch { what, expected: self.dim, found }) }
    }

    /// An error unless there are at least `needed` rows of `what` for a metric.
    pub(crate) fn check_count(&self, metric: &'static str, what: &'static str, needed: usize) -> Result<(), MetricError> {
        let found = self.n();
        if found >= needed { Ok(()) } else { Err(MetricError::TooFew { metric, what, needed, found }) }
    }
}

/// Checks that a flat slice holds at least one row, whole rows and finite values only.
pub(crate) fn check_rows(what: &'static str, values: &[f32], dim: usize) -> Result<(), MetricError> {
    if dim == 0 {
        return Err(MetricError::ZeroDimension { what });
    }
    if values.is_empty() {
        return Err(MetricError::Empty { what });
    }
    if !values.len().is_multiple_of(dim) {
        return Err(MetricError::RaggedRows { what, len: values.len(), dim });
    }
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(index) => Err(MetricError::NotFinite { what, index, row: index / dim, column: index % dim, value: values[index] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let five = Samples::new(&[0.0, 1.0, 2.0, 3.0, 4.0], 1).unwrap();
        let (a, b) = five.split(2).unwrap();
        assert_eq!((a.values(), b.values()), (&[0.0, 1.0][..], &[2.0, 3.0, 4.0][..]));
        assert_eq!([0, 9].map(|rows| five.split(rows).unwrap().0.n()), [1, 4]);
        assert_eq!((five.first(2), five.first(0).n(), five.first(9)), (a, 1, five));
        assert_eq!(five.first(1).split(1), None);
    }

    #[test]
    fn names_what_is_wrong() {
        assert_eq!(Samples::new(&[], 2), Err(MetricError::Empty { what: "samples" }));
        assert_eq!(Samples::new(&[1.0], 0), Err(MetricError::ZeroDimension { what: "samples" }));
        let ragged = Samples::new(&[1.0; 5], 2).unwrap_err();
        assert_eq!(ragged, MetricError::RaggedRows { what: "samples", len: 5, dim: 2 });
        assert!(ragged.to_string().contains("leaves 1 over"));
        let infinite = Samples::new(&[1.0, 2.0, 3.0, f32::INFINITY], 3);
        assert!(matches!(infinite, Err(MetricError::RaggedRows { .. })));
        let infinite = Samples::new(&[1.0, 2.0, 3.0, f32::INFINITY], 2).unwrap_err();
        assert!(matches!(infinite, MetricError::NotFinite { index: 3, row: 1, column: 1, .. }));
    }
}
