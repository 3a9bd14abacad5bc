//! Values with a shape, outside any graph.

use nalgebra::{DMatrix, DVector};

use crate::{Buffer, Element, Shape, TensorError};

/// A row-major array of numbers.
///
/// ```
/// use gan_tensor::Tensor;
/// let t = Tensor::<f64>::new([2, 2], &[1.0, 2.0, 3.0, 4.0])?;
/// assert_eq!(t.to_matrix()?[(0, 1)], 2.0);
/// # Ok::<(), gan_tensor::TensorError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Tensor<E> {
    shape: Shape,
    values: Buffer<E>,
}

impl<E: Element> Tensor<E> {
    /// From row-major values.
    ///
    /// # Errors
    /// [`TensorError::Length`] where the number of values is not the shape's.
    pub fn new(shape: impl Into<Shape>, values: &[E]) -> Result<Self, TensorError> {
        let shape = shape.into();
        if shape.len() != values.len() {
            return Err(TensorError::Length { shape, found: values.len() });
        }
        Ok(Self { shape, values: Buffer::from_slice(values) })
    }

    /// Zeros.
    pub fn zeros(shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        Self { shape, values: Buffer::zeros(shape.len()) }
    }

    /// Its shape.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Its values, row-major.
    pub fn values(&self) -> &[E] {
        &self.values
    }

    /// Its values, to be changed.
    pub fn values_mut(&mut self) -> &mut [E] {
        &mut self.values
    }
}

impl<E: Element + nalgebra::Scalar> Tensor<E> {
    /// As a nalgebra matrix (which is column-major).
    ///
    /// # Errors
    /// [`TensorError::BadShape`] unless there are exactly two dimensions.
    pub fn to_matrix(&self) -> Result<DMatrix<E>, TensorError> {
        match self.shape[..] {
            [rows, cols] => Ok(DMatrix::from_row_slice(rows, cols, &self.values)),
            _ => Err(TensorError::BadShape { sizes: self.shape.to_vec() }),
        }
    }

    /// As a nalgebra vector of all elements in row-major order.
    pub fn to_vector(&self) -> DVector<E> {
        DVector::from_row_slice(&self.values)
    }
}

impl<E: Element + nalgebra::Scalar> From<&DMatrix<E>> for Tensor<E> {
    fn from(m: &DMatrix<E>) -> Self {
        let mut t = Tensor::zeros([m.nrows(), m.ncols()]);
        for (row, values) in m.row_iter().zip(t.values.chunks_exact_mut(m.ncols().max(1))) {
            for (value, &x) in values.iter_mut().zip(row.iter()) {
                *value = x;
            }
        }
        t
    }
}

impl<E: Element + nalgebra::Scalar> From<&DVector<E>> for Tensor<E> {
    fn from(v: &DVector<E>) -> Self {
        Self { shape: [v.len()].into(), values: Buffer::from_slice(v.as_slice()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nalgebra_there_and_back() {
        let m = DMatrix::from_fn(3, 5, |i, j| (10 * i + j) as f64);
        let t = Tensor::from(&m);
        assert_eq!(t.values()[7], 12.0);
        assert_eq!(t.to_matrix().unwrap(), m);
        let v = DVector::from_vec(vec![1.0f32, 2.0]);
        assert_eq!(Tensor::from(&v).to_vector(), v);
        assert!(Tensor::<f32>::zeros([2]).to_matrix().is_err());
        assert!(Tensor::new([2, 2], &[1.0f32]).is_err());
    }
}
