//! The Gaussian fit of a batch of features, and the distance of two such fits.

use nalgebra::{DMatrix, DMatrixView, DMatrixViewMut, SymmetricEigen};
use rayon::prelude::*;

use crate::Samples;

/// Rows that are added to the covariance at a time.
const ROWS: usize = 1024;
/// Columns of a product that one task makes.
const BLOCK: usize = 64;

/// Mean and covariance (`n - 1` in the denominator, as NumPy's `cov`) of `n` rows, the covariance as `F^T F`.
pub(crate) struct Gaussian {
    mean: Vec<f64>,
    /// Row-major `[rank, dim]`.
    factor: Vec<f64>,
    /// Of the covariance.
    pub trace: f64,
    /// Eigenvalues of the covariance, where there are more rows than dimensions.
    pub spectrum: Option<Vec<f64>>,
}

impl Gaussian {
    /// For at least two rows. `2 n dim^2` operations for the covariance and about `10 dim^3` for its eigenvalues where `n > dim`; else the
    /// centred rows themselves are the factor.
    pub(crate) fn fit(samples: &Samples<'_>) -> Self {
        let (n, dim) = (samples.n(), samples.dim());
        let mut mean = vec![0.0; dim];
        for row in samples.rows() {
            mean.iter_mut().zip(row).for_each(|(m, &x)| *m += f64::from(x));
        }
        mean.iter_mut().for_each(|m| *m /= n as f64);
        let scale = 1.0 / ((n - 1) as f64).sqrt();
        let centred = |rows: &[f32]| -> Vec<f64> {
            rows.chunks_exact(dim).flat_map(|row| row.iter().zip(&mean).map(|(&x, m)| (f64::from(x) - m) * scale)).collect()
        };
        if n <= dim {
            let factor = centred(samples.values());
            let trace = factor.iter().map(|x| x * x).sum();
            return Self { mean, factor, trace, spectrum: None };
        }
        let mut covariance = vec![0.0; dim * dim];
        for rows in samples.values().chunks(ROWS * dim) {
            add_gram(&centred(rows), dim, &mut covariance);
        }
        let trace = (0..dim).map(|i| covariance[i * dim + i]).sum();
        let eigen = SymmetricEigen::new(DMatrix::from_vec(dim, dim, covariance));
        let mut factor = eigen.eigenvectors;
        // what rounding leaves of the eigenvalue 0 may be negative
        let spectrum: Vec<f64> = eigen.eigenvalues.iter().map(|&l| l.max(0.0)).collect();
        factor.column_iter_mut().zip(&spectrum).for_each(|(mut column, l)| column *= l.sqrt());
        // a column-major [dim, rank] matrix is a row-major [rank, dim] one
        Self { mean, factor: factor.as_slice().to_vec(), trace, spectrum: Some(spectrum) }
    }

    /// `|m - m'|^2`.
    pub(crate) fn between_means(&self, other: &Self) -> f64 {
        self.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum()
    }

    /// `Tr (C C')^(1/2)` as the sum of the singular values of `F F'^T`, whose squares are the eigenvalues of `C C'`.
    ///
    /// Singular values are exact to rounding relative to the largest; the roots of eigenvalues that should be 0 would be wrong by the root
    /// of that, which shows with fewer rows than dimensions.
    pub(crate) fn trace_of_root(&self, other: &Self) -> f64 {
        let dim = self.mean.len();
        let (rows, columns) = (self.factor.len() / dim, other.factor.len() / dim);
        let left = DMatrix::from_row_slice(rows, dim, &self.factor);
        let mut product = vec![0.0; rows * columns];
        product.par_chunks_mut(BLOCK * rows).zip(other.factor.par_chunks(BLOCK * dim)).for_each(|(out, b)| {
            let columns = b.len() / dim;
            let right = DMatrixView::from_slice(b, dim, columns);
            DMatrixViewMut::from_slice(out, rows, columns).gemm(1.0, &left, &right, 0.0);
        });
        DMatrix::from_vec(rows, columns, product).singular_values_unordered().sum()
    }
}

/// Adds `X^T X` for rows `X: [rows, dim]`.
fn add_gram(rows: &[f64], dim: usize, sum: &mut [f64]) {
    let n = rows.len() / dim;
    let (transposed, plain) = (DMatrixView::from_slice(rows, dim, n), DMatrix::from_row_slice(n, dim, rows));
    sum.par_chunks_mut(BLOCK * dim).enumerate().for_each(|(block, sum)| {
        let columns = sum.len() / dim;
        DMatrixViewMut::from_slice(sum, dim, columns).gemm(1.0, &transposed, &plain.columns(block * BLOCK, columns), 1.0);
    });
}
