//! Memory aligned to cache lines.

use std::fmt;
use std::ops::{Deref, DerefMut};

/// One cache line, so that a `Vec` of them is aligned to 64 bytes.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct Line([u8; 64]);

/// A fixed-length slice of numbers that starts on a cache line.
///
/// Vector loads from an aligned buffer never straddle two lines, and two threads that write to
/// different buffers never share one.
pub struct Buffer<E> {
    lines: Vec<Line>,
    len: usize,
    element: std::marker::PhantomData<E>,
}

impl<E: crate::Element> Buffer<E> {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let lines = (len * size_of::<E>()).div_ceil(64);
        Self { lines: vec![Line([0; 64]); lines], len, element: std::marker::PhantomData }
    }

    /// A copy of `values`.
    pub fn from_slice(values: &[E]) -> Self {
        let mut buffer = Self::zeros(values.len());
        buffer.copy_from_slice(values);
        buffer
    }
}

impl<E> Default for Buffer<E> {
    fn default() -> Self {
        Self { lines: Vec::new(), len: 0, element: std::marker::PhantomData }
    }
}

impl<E: crate::Element> Deref for Buffer<E> {
    type Target = [E];
    fn deref(&self) -> &[E] {
        // SAFETY: `lines` owns at least `len * size_of::<E>()` initialised bytes, aligned to 64;
        // `Element` is implemented for f32 and f64 only, for which every bit pattern is valid.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }
}

impl<E: crate::Element> DerefMut for Buffer<E> {
    fn deref_mut(&mut self) -> &mut [E] {
        // SAFETY: as in `deref`; the borrow of `self` is unique.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }
}

impl<E> Clone for Buffer<E> {
    fn clone(&self) -> Self {
        Self { lines: self.lines.clone(), len: self.len, element: std::marker::PhantomData }
    }
}

impl<E> fmt::Debug for Buffer<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Buffer({} x {})", self.len, std::any::type_name::<E>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_aligned_zeroed_and_exact() {
        for len in [0, 1, 7, 16, 17, 333] {
            let b = Buffer::<f32>::zeros(len);
            assert_eq!(b.len(), len);
            assert_eq!(b.as_ptr() as usize % 64, 0);
            assert!(b.iter().all(|&x| x == 0.0));
        }
        let mut b = Buffer::from_slice(&[1.0f64, 2.0, 3.0]);
        b[1] = 5.0;
        assert_eq!(&*b.clone(), &[1.0, 5.0, 3.0]);
    }
}
