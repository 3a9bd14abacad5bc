//! Orthogonal weights (Saxe et al. 2014).

use gan_tensor::Shape;
use nalgebra::DMatrix;

use super::{Init, InitEntry};

/// A random matrix with orthonormal rows or columns (the shorter of the two), times `gain`; a convolution's weight
/// `[kh, kw, in, out]` is a matrix of `out` columns.
#[derive(Debug, Clone, Copy)]
pub struct Orthogonal {
    /// Factor.
    pub gain: f64,
}

impl Init for Orthogonal {
    fn fill(&self, shape: &Shape, seed: u64, out: &mut [f32]) {
        let (rows, cols) = super::matrix(shape).unwrap_or((1, out.len()));
        let (tall, wide) = (rows.max(cols), rows.min(cols));
        if wide == 0 {
            return;
        }
        let mut values = vec![0.0; tall * wide];
        super::normal(seed, 1.0, &mut values);
        let (q, r) = DMatrix::from_fn(tall, wide, |i, j| f64::from(values[i * wide + j])).qr().unpack();
        for i in 0..rows {
            for j in 0..cols {
                let (long, short) = if rows >= cols { (i, j) } else { (j, i) };
                // the sign of R's diagonal makes the distribution uniform (Mezzadri 2007)
                let sign = if r[(short, short)] < 0.0 { -1.0 } else { 1.0 };
                out[i * cols + j] = (self.gain * sign * q[(long, short)]) as f32;
            }
        }
    }
}

pub(super) const ENTRY: InitEntry = InitEntry {
    name: "orthogonal",
    doc: "orthonormal rows or columns. gain (1)",
    build: |f| Ok(Box::new(Orthogonal { gain: f.positive("gain", 1.0)? })),
};
