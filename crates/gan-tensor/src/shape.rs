//! Sizes of tensors.

use std::fmt;
use std::ops::Deref;

use crate::TensorError;

/// Dimensions a tensor may have.
pub const MAX_RANK: usize = gan_kernels::strided::MAX_RANK;

/// The size of each dimension, outermost first; `[]` is a scalar. Tensors are row-major.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shape {
    dims: [usize; MAX_RANK],
    rank: u8,
}

impl Shape {
    /// The shape of a single number.
    pub const SCALAR: Shape = Shape { dims: [0; MAX_RANK], rank: 0 };

    /// From a slice of at most [`MAX_RANK`] sizes whose product fits the address space.
    ///
    /// # Errors
    /// [`TensorError::BadShape`] names the sizes.
    pub fn new(sizes: &[usize]) -> Result<Shape, TensorError> {
        let fits = sizes.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).is_some_and(|n| n <= isize::MAX as usize / 8);
        if sizes.len() > MAX_RANK || !fits {
            return Err(TensorError::BadShape { sizes: sizes.to_vec() });
        }
        let mut dims = [0; MAX_RANK];
        dims[..sizes.len()].copy_from_slice(sizes);
        Ok(Shape { dims, rank: sizes.len() as u8 })
    }

    /// Number of elements; of sizes too large for any memory, the largest number.
    pub fn len(&self) -> usize {
        self.iter().fold(1, |n, &d| n.saturating_mul(d))
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of dimensions.
    pub fn rank(&self) -> usize {
        usize::from(self.rank)
    }

    /// Elements of one row: all dimensions but the first. 1 for a vector or a scalar.
    pub fn row_len(&self) -> usize {
        self.iter().skip(1).fold(1, |n, &d| n.saturating_mul(d))
    }

    /// The same shape with dimension `axis` replaced.
    pub(crate) fn with(mut self, axis: usize, size: usize) -> Shape {
        self.dims[axis] = size;
        self
    }

    /// Row-major strides.
    pub(crate) fn strides(&self) -> [usize; MAX_RANK] {
        let mut strides = [0; MAX_RANK];
        let mut step = 1;
        for d in (0..self.rank()).rev() {
            strides[d] = step;
            step *= self.dims[d];
        }
        strides
    }

    /// The common shape of two broadcast operands: sizes are aligned at the right, a 1 stretches.
    pub(crate) fn broadcast(&self, other: &Shape) -> Option<Shape> {
        let rank = self.rank().max(other.rank());
        let mut out = Shape { dims: [0; MAX_RANK], rank: rank as u8 };
        for i in 1..=rank {
            let at = |s: &Shape| if i <= s.rank() { s.dims[s.rank() - i] } else { 1 };
            let (a, b) = (at(self), at(other));
            out.dims[rank - i] = match (a, b) {
                _ if a == b => a,
                (1, b) => b,
                (a, 1) => a,
                _ => return None,
            };
        }
        Some(out)
    }

    /// Strides that show this shape as the larger `out`: 0 along stretched dimensions.
    pub(crate) fn strides_in(&self, out: &Shape) -> [usize; MAX_RANK] {
        let own = self.strides();
        let shift = out.rank() - self.rank();
        let mut strides = [0; MAX_RANK];
        for d in 0..self.rank() {
            strides[d + shift] = if self.dims[d] == 1 { 0 } else { own[d] };
        }
        strides
    }
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.dims[..self.rank()]
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(sizes: [usize; N]) -> Shape {
        const { assert!(N <= MAX_RANK, "too many dimensions") };
        let mut dims = [0; MAX_RANK];
        dims[..N].copy_from_slice(&sizes);
        Shape { dims, rank: N as u8 }
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting_follows_the_usual_rules() {
        let s = |d: &[usize]| Shape::new(d).unwrap();
        assert_eq!(s(&[2, 3]).broadcast(&s(&[3])), Some(s(&[2, 3])));
        assert_eq!(s(&[2, 1]).broadcast(&s(&[1, 4])), Some(s(&[2, 4])));
        assert_eq!(s(&[]).broadcast(&s(&[5])), Some(s(&[5])));
        assert_eq!(s(&[2, 3]).broadcast(&s(&[2])), None);
        assert_eq!(s(&[2, 1]).strides_in(&s(&[7, 2, 4]))[..3], [0, 1, 0]);
    }

    #[test]
    fn absurd_sizes_are_refused() {
        assert!(Shape::new(&[usize::MAX, 2]).is_err());
        assert!(Shape::new(&[1 << 62]).is_err());
        assert!(Shape::new(&[1; 7]).is_err());
        assert_eq!(Shape::new(&[]).unwrap().len(), 1);
        assert_eq!(Shape::new(&[3, 0]).unwrap().len(), 0);
    }
}
