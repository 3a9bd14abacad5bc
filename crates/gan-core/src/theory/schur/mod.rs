//! The complex Schur form of a small matrix, with its eigenvalues in a chosen order.
//!
//! nalgebra's own iteration has no exceptional shifts, so that it never ends for some matrices (those that permute the axes in a circle,
//! say, which is what a game without damping looks like), and it cannot reorder. Both are needed here.

use nalgebra::{Complex, DMatrix, DVector};

use super::{SpectrumError, TheoryError};

#[cfg(test)]
mod tests;

type C = Complex<f64>;

/// `A = U T U^H` with `U` unitary and `T` upper triangular, the eigenvalues on its diagonal.
#[derive(Debug, Clone)]
pub(super) struct Schur {
    pub u: DMatrix<C>,
    pub t: DMatrix<C>,
}

/// QR steps for one eigenvalue before the iteration gives up; 3 are usual.
const STEPS: usize = 60;

/// `[[conj c, conj s], [-s, c]]`: the unitary rotation that turns `(x, y)` to `(r, 0)`.
#[derive(Clone, Copy)]
struct Rotation {
    c: C,
    s: C,
}

impl Rotation {
    fn to_first(x: C, y: C) -> Option<Rotation> {
        let r = x.norm().hypot(y.norm());
        (r > 0.0).then(|| Rotation { c: x / r, s: y / r })
    }

    /// Rows `i`, `i + 1` of the given columns.
    fn rows(self, m: &mut DMatrix<C>, i: usize, columns: std::ops::Range<usize>) {
        for j in columns {
            let (a, b) = (m[(i, j)], m[(i + 1, j)]);
            m[(i, j)] = self.c.conj() * a + self.s.conj() * b;
            m[(i + 1, j)] = self.c * b - self.s * a;
        }
    }

    /// Columns `j`, `j + 1` of the first `rows` rows.
    fn columns(self, m: &mut DMatrix<C>, j: usize, rows: usize) {
        for i in 0..rows {
            let (a, b) = (m[(i, j)], m[(i, j + 1)]);
            m[(i, j)] = a * self.c + b * self.s;
            m[(i, j + 1)] = b * self.c.conj() - a * self.s.conj();
        }
    }
}

impl Schur {
    /// The Schur form of a square matrix.
    ///
    /// # Errors
    /// [`SpectrumError::NotSquare`], [`SpectrumError::MatrixNotFinite`]; [`SpectrumError::NoConvergence`] should the iteration not end.
    pub fn new(matrix: &DMatrix<f64>) -> Result<Schur, TheoryError> {
        let n = matrix.nrows();
        if n != matrix.ncols() {
            return Err(SpectrumError::NotSquare { rows: n, columns: matrix.ncols() }.into());
        }
        if let Some(&value) = matrix.iter().find(|x| !x.is_finite()) {
            return Err(SpectrumError::MatrixNotFinite { value }.into());
        }
        // to the range of f64's squares
        let scale = matrix.amax();
        let scale = if scale == 0.0 { 1.0 } else { scale };
        let mut schur = Schur { u: DMatrix::identity(n, n), t: matrix.map(|x| C::new(x / scale, 0.0)) };
        schur.reduce_to_hessenberg();
        schur.iterate()?;
        schur.t *= C::new(scale, 0.0);
        Ok(schur)
    }

    fn len(&self) -> usize {
        self.t.nrows()
    }

    fn rotate(&mut self, r: Rotation, i: usize, columns_from: usize, rows: usize) {
        let n = self.len();
        r.rows(&mut self.t, i, columns_from..n);
        r.columns(&mut self.t, i, rows);
        r.columns(&mut self.u, i, n);
    }

    fn reduce_to_hessenberg(&mut self) {
        let n = self.len();
        for j in 0..n.saturating_sub(2) {
            for i in (j + 1..n - 1).rev() {
                if self.t[(i + 1, j)].norm() == 0.0 {
                    continue;
                }
                if let Some(r) = Rotation::to_first(self.t[(i, j)], self.t[(i + 1, j)]) {
                    self.rotate(r, i, j, n);
                    self.t[(i + 1, j)] = C::new(0.0, 0.0);
                }
            }
        }
    }

    /// Single-shift QR (Francis 1961) with deflation from below.
    fn iterate(&mut self) -> Result<(), TheoryError> {
        let mut end = self.len().saturating_sub(1);
        let mut steps = 0;
        while end > 0 {
            let start = (1..=end).rev().find(|&k| self.negligible(k)).unwrap_or(0);
            if start > 0 {
                self.t[(start, start - 1)] = C::new(0.0, 0.0);
            }
            if start == end {
                end -= 1;
                steps = 0;
                continue;
            }
            if steps == STEPS {
                return Err(SpectrumError::NoConvergence { dimension: self.len(), steps }.into());
            }
            steps += 1;
            let shift = self.shift(end, steps);
            self.step(start, end, shift);
        }
        Ok(())
    }

    fn negligible(&self, k: usize) -> bool {
        let around = self.t[(k, k)].norm() + self.t[(k - 1, k - 1)].norm();
        // where both vanish, against the whole matrix, which was scaled to 1
        let around = if around == 0.0 { 1.0 } else { around };
        self.t[(k, k - 1)].norm() <= f64::EPSILON * around
    }

    /// Wilkinson's shift: the eigenvalue of the last 2 x 2 block nearest to its corner. Every tenth step another, off the axes, so that no
    /// symmetry of the spectrum is kept.
    fn shift(&self, end: usize, steps: usize) -> C {
        let t = &self.t;
        let (a, b, c, d) = (t[(end - 1, end - 1)], t[(end - 1, end)], t[(end, end - 1)], t[(end, end)]);
        if steps.is_multiple_of(10) {
            return d + C::new(0.75, 0.43) * c.norm();
        }
        let half = (a - d) * 0.5;
        let root = (half * half + b * c).sqrt();
        let far = if (half + root).norm() >= (half - root).norm() { half + root } else { half - root };
        // the product of both distances from d is -b c
        if far.norm() == 0.0 { d } else { d - b * c / far }
    }

    fn step(&mut self, start: usize, end: usize, shift: C) {
        let (mut x, mut y) = (self.t[(start, start)] - shift, self.t[(start + 1, start)]);
        for k in start..end {
            if let Some(r) = Rotation::to_first(x, y) {
                self.rotate(r, k, k.saturating_sub(1).max(start), (k + 3).min(end + 1));
            }
            if k > start {
                self.t[(k + 1, k - 1)] = C::new(0.0, 0.0);
            }
            if k + 2 <= end {
                (x, y) = (self.t[(k + 1, k)], self.t[(k + 2, k)]);
            }
        }
    }

    /// The eigenvalues, as they stand on the diagonal.
    pub fn values(&self) -> Vec<C> {
        self.t.diagonal().iter().copied().collect()
    }

    /// Moves the eigenvalue at `from` up to place `to <= from`; those between make room.
    pub fn raise(&mut self, from: usize, to: usize) {
        for i in (to..from).rev() {
            let (a, b) = (self.t[(i, i)], self.t[(i + 1, i + 1)]);
            if let Some(r) = Rotation::to_first(self.t[(i, i + 1)], b - a) {
                self.rotate(r, i, i, (i + 2).min(self.len()));
                self.t[(i + 1, i)] = C::new(0.0, 0.0);
                // exactly the same two, in the other order
                self.t[(i, i)] = b;
                self.t[(i + 1, i + 1)] = a;
            }
        }
    }

    /// The eigenvector of the eigenvalue at `k`, of norm 1: `T y = t_kk y` by back substitution, then `U y`.
    pub fn vector(&self, k: usize) -> DVector<C> {
        let n = self.len();
        // to the size 1: complex division squares
        let scale = self.t.iter().map(|x| x.norm()).fold(0.0, f64::max);
        let t = self.t.map(|x| if scale == 0.0 { x } else { x / scale });
        let least = f64::EPSILON;
        let mut y = DVector::<C>::zeros(n);
        y[k] = C::new(1.0, 0.0);
        for i in (0..k).rev() {
            let above: C = (i + 1..=k).map(|j| t[(i, j)] * y[j]).sum();
            let mut gap = t[(i, i)] - t[(k, k)];
            // a double eigenvalue: as good as the nearest matrix that has two
            if gap.norm() < least {
                gap = C::new(least, 0.0);
            }
            y[i] = -above / gap;
            // near a defective one the entries grow beyond all bounds
            let largest = y[i].norm();
            if largest > 1e100 {
                y /= C::new(largest, 0.0);
            }
        }
        let y = &self.u * y;
        let norm = y.norm();
        y / C::new(norm, 0.0)
    }
}

/// The eigenvalues of a small real matrix, from the largest magnitude to the least; of a complex pair that with the positive imaginary
/// part first.
///
/// A defective double eigenvalue comes out split by about the square root of the rounding, 1e-8 of the matrix's size.
///
/// # Errors
/// [`SpectrumError::NotSquare`], [`SpectrumError::MatrixNotFinite`]; [`SpectrumError::NoConvergence`] should the iteration not end.
///
/// ```
/// use gan_core::theory::dynamics::eigenvalues;
/// use nalgebra::DMatrix;
///
/// let rotation = DMatrix::from_row_slice(2, 2, &[0.0, 0.5, -0.5, 0.0]);
/// let found = eigenvalues(&rotation)?;
/// assert!((found[0].im - 0.5).abs() < 1e-15 && (found[1].im + 0.5).abs() < 1e-15);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Result<Vec<Complex<f64>>, TheoryError> {
    let mut values = Schur::new(matrix)?.values();
    // not the norm, whose squares may overflow
    let rounding = 4.0 * f64::EPSILON * matrix.nrows() as f64 * matrix.amax();
    for value in &mut values {
        // the real eigenvalues of a real matrix
        if value.im.abs() <= rounding {
            value.im = 0.0;
        }
    }
    // pairs stay together though their magnitudes round differently
    values.sort_by(|a, b| b.norm().total_cmp(&a.norm()).then(b.im.total_cmp(&a.im)));
    let mut sorted = Vec::with_capacity(values.len());
    while !values.is_empty() {
        let first = values.remove(0);
        let partner = (first.im != 0.0).then(|| nearest(&values, first.conj())).flatten();
        match partner {
            Some(at) => {
                let second = values.remove(at);
                let (up, down) = if first.im > 0.0 { (first, second) } else { (second, first) };
                sorted.extend([up, down]);
            }
            None => sorted.push(first),
        }
    }
    Ok(sorted)
}

/// The place of the value nearest to `wanted`.
pub(super) fn nearest(values: &[C], wanted: C) -> Option<usize> {
    let distance = |i: &usize| (values[*i] - wanted).norm();
    (0..values.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// The spectral radius: the largest magnitude of an eigenvalue; 0 of an empty matrix.
///
/// # Errors
/// As [`eigenvalues`].
pub fn spectral_radius(matrix: &DMatrix<f64>) -> Result<f64, TheoryError> {
    Ok(eigenvalues(matrix)?.iter().map(|l| l.norm()).fold(0.0, f64::max))
}
