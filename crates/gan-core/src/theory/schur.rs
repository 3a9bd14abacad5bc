//! The complex Schur form of a small matrix, with its eigenvalues in a chosen order.
//!
//! nalgebra's own iteration has no exceptional shifts, so that it never ends for some matrices (those that permute the axes in a circle,
//! say, which is what a game without damping looks like), and it cannot reorder. Both are needed here.

use nalgebra::{Complex, DMatrix, DVector};

use super::TheoryError;

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
    /// [`TheoryError::NotSquare`], [`TheoryError::MatrixNotFinite`]; [`TheoryError::NoConvergence`] should the iteration not end.
    pub fn new(matrix: &DMatrix<f64>) -> Result<Schur, TheoryError> {
        let n = matrix.nrows();
        if n != matrix.ncols() {
            return Err(TheoryError::NotSquare { rows: n, columns: matrix.ncols() });
        }
        if let Some(&value) = matrix.iter().find(|x| !x.is_finite()) {
            return Err(TheoryError::MatrixNotFinite { value });
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
                return Err(TheoryError::NoConvergence { dimension: self.len(), steps });
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
/// [`TheoryError::NotSquare`], [`TheoryError::MatrixNotFinite`]; [`TheoryError::NoConvergence`] should the iteration not end.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudo_random(n: usize, seed: u64) -> DMatrix<f64> {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        DMatrix::from_fn(n, n, |_, _| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        })
    }

    fn check(a: &DMatrix<f64>, s: &Schur, what: &str) {
        let n = a.nrows();
        let scale = if a.amax() == 0.0 { 1.0 } else { a.amax() };
        let back = &s.u * s.t.map(|x| x / scale) * s.u.adjoint();
        let error = (back - a.map(|x| C::new(x / scale, 0.0))).norm();
        assert!(error < 1e-13, "{what}: A = U T U^H misses by {error:e}");
        let unitary = (s.u.adjoint() * &s.u - DMatrix::<C>::identity(n, n)).norm();
        assert!(unitary < 1e-12, "{what}: U is not unitary by {unitary:e}");
        for j in 0..n {
            for i in j + 1..n {
                assert_eq!(s.t[(i, j)], C::new(0.0, 0.0), "{what}: T is not triangular");
            }
        }
    }

    /// Permutation of the axes in a circle.
    fn circle(n: usize) -> DMatrix<f64> {
        DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i == (j + 1) % n)))
    }

    #[test]
    fn random_circular_and_degenerate_matrices() {
        for n in [0, 1, 2, 3, 5, 8, 13, 40] {
            check(&pseudo_random(n, 7 + n as u64), &Schur::new(&pseudo_random(n, 7 + n as u64)).unwrap(), "random");
            for (what, a) in [
                ("zero", DMatrix::zeros(n, n)),
                ("identity", DMatrix::identity(n, n)),
                ("shift", DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i == j + 1)))),
                ("huge", pseudo_random(n, 3) * 1e200),
                ("tiny", pseudo_random(n, 3) * 1e-200),
            ] {
                check(&a, &Schur::new(&a).unwrap(), what);
            }
            if n > 0 {
                check(&circle(n), &Schur::new(&circle(n)).unwrap(), "circle");
            }
        }
    }

    #[test]
    fn a_huge_rotation_still_rotates() {
        for scale in [1e-200, 1e200] {
            let found = eigenvalues(&(DMatrix::from_row_slice(2, 2, &[0.0, 1.0, -1.0, 0.0]) * scale)).unwrap();
            assert!((found[0].im / scale - 1.0).abs() < 1e-14 && found[1] == found[0].conj());
        }
    }

    /// The matrix on which nalgebra's iteration does not end (its issue 611), and Day's (1996).
    #[test]
    fn matrices_on_which_others_stagnate() {
        let mut companion = circle(12);
        companion[(0, 11)] = 1.774_809_211_101_798;
        companion[(1, 11)] = -0.56;
        let day = DMatrix::from_fn(8, 8, |i, j| match (i, j) {
            _ if i / 2 == j / 2 && i != j => 1.0,
            _ if i == (j + 1) % 8 => 1e-3,
            _ => 0.0,
        });
        for a in [companion, day] {
            check(&a, &Schur::new(&a).unwrap(), "stagnating");
        }
    }

    #[test]
    fn roots_of_unity() {
        for n in [3, 4, 7, 16] {
            for value in eigenvalues(&circle(n)).unwrap() {
                assert!((value.powu(n as u32) - C::new(1.0, 0.0)).norm() < 1e-12, "{n}: {value}");
            }
        }
    }

    #[test]
    fn pairs_stand_together_the_positive_one_first() {
        let found = eigenvalues(&pseudo_random(30, 5)).unwrap();
        let mut i = 0;
        while i < found.len() {
            if found[i].im == 0.0 {
                i += 1;
                continue;
            }
            assert!(found[i].im > 0.0 && (found[i].conj() - found[i + 1]).norm() < 1e-12);
            i += 2;
        }
    }

    #[test]
    fn raising_keeps_the_form_and_moves_the_value() {
        let a = pseudo_random(9, 2);
        let mut s = Schur::new(&a).unwrap();
        let before = s.values();
        s.raise(6, 1);
        check(&a, &s, "raised");
        assert_eq!(s.values()[1], before[6]);
        assert_eq!(s.values()[2], before[1]);
        assert_eq!(s.values()[7], before[7]);
    }

    #[test]
    fn vectors_are_eigenvectors() {
        let a = pseudo_random(12, 9);
        let s = Schur::new(&a).unwrap();
        let complex = a.map(|x| C::new(x, 0.0));
        for (k, value) in s.values().into_iter().enumerate() {
            let y = s.vector(k);
            assert!((&complex * &y - &y * value).norm() < 1e-12);
        }
        // a Jordan block has one eigenvector, found for each of its eigenvalues
        let jordan = DMatrix::from_fn(4, 4, |i, j| if i == j { 2.0 } else { f64::from(u8::from(j == i + 1)) });
        let s = Schur::new(&jordan).unwrap();
        for k in 0..4 {
            let y = s.vector(k);
            assert!((y.norm() - 1.0).abs() < 1e-12 && y[0].norm() > 0.99);
        }
    }

    #[test]
    fn what_has_no_spectrum_is_named() {
        assert!(matches!(eigenvalues(&DMatrix::zeros(2, 3)), Err(TheoryError::NotSquare { rows: 2, columns: 3 })));
        let nan = DMatrix::from_element(2, 2, f64::NAN);
        assert!(matches!(eigenvalues(&nan), Err(TheoryError::MatrixNotFinite { .. })));
        assert_eq!(spectral_radius(&DMatrix::zeros(0, 0)), Ok(0.0));
    }
}
