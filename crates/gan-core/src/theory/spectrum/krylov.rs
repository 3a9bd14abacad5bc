use nalgebra::{Complex, DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::{Search, Target};
use crate::theory::schur::{Schur, nearest};
use crate::theory::{SpectrumError, TheoryError};

/// An eigenvalue with its vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Eigenpair {
    /// The eigenvalue.
    pub value: Complex<f64>,
    /// `|A x - value x|` for the vector `x` of norm 1, computed with the operator itself.
    pub residual: f64,
    /// The eigenvector, of norm 1, `[dimension]`.
    pub vector: Vec<Complex<f64>>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Leading {
    /// The wanted eigenvalues, the leading one first; of a complex pair that with the positive imaginary part.
    pub pairs: Vec<Eigenpair>,
    /// Whether all of them are within the tolerance. Where not, their residuals tell how near they are.
    pub converged: bool,
    /// Whether the basis spans the whole space, so that these are all there is to find.
    pub complete: bool,
    /// Products with the operator.
    pub products: usize,
    /// Restarts made.
    pub restarts: usize,
}

/// The leading eigenvalues of a real, not symmetric linear operator of `dimension` that is known by its products only:
/// `operator(x, y)` writes `A x` to `y`.
///
/// The Krylov-Schur method (Stewart 2001): Arnoldi's iteration with full reorthogonalisation, restarted with the invariant subspace of the
/// best Ritz values. Where the Krylov space closes (an invariant subspace) the search goes on with a vector orthogonal to it. As of every
/// Krylov method, copies of a multiple eigenvalue with more than one eigenvector may be missed unless the basis spans the space. The
/// eigenvalues of a defective matrix are found to the root of the rounding, as they are by any method.
///
/// # Errors
/// [`TheoryError::Setting`] for a dimension, a number wanted or a tolerance of 0; [`SpectrumError::OperatorNotFinite`];
/// [`SpectrumError::NoConvergence`] of the small problem.
///
/// ```
/// use gan_core::theory::spectrum::{Search, Target, leading_eigenvalues};
///
/// // 1, 1/2, 1/3, ... and a rotation of speed 2
/// let operator = |x: &[f64], y: &mut [f64]| {
///     for i in 0..x.len() {
///         y[i] = x[i] / (i + 1) as f64;
///     }
///     (y[98], y[99]) = (2.0 * x[99], -2.0 * x[98]);
/// };
/// let found = leading_eigenvalues(100, operator, &Search { wanted: 3, ..Search::default() })?;
/// assert!(found.converged && (found.pairs[0].value.im - 2.0).abs() < 1e-9 && (found.pairs[2].value.re - 1.0).abs() < 1e-9);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn leading_eigenvalues(
    dimension: usize,
    operator: impl FnMut(&[f64], &mut [f64]),
    search: &Search,
) -> Result<Leading, TheoryError> {
    for (name, found) in [("dimension", dimension), ("wanted", search.wanted)] {
        if found == 0 {
            return Err(TheoryError::Setting { name, expected: "at least 1", found: 0.0 });
        }
    }
    let wanted = search.wanted.min(dimension);
    if search.tolerance.is_nan() || search.tolerance <= 0.0 {
        return Err(TheoryError::Setting { name: "tolerance", expected: "a number > 0", found: search.tolerance });
    }
    let size = search.basis_of(dimension);
    let mut krylov = Krylov::new(operator, dimension, size, search.seed);
    let mut restarts = 0;
    loop {
        krylov.extend()?;
        let (schur, taken) = krylov.ordered(search.target, wanted)?;
        let complete = size == dimension;
        let converged = complete || (0..taken).all(|k| krylov.estimate(&schur, k) <= krylov.bound(&schur, k, search.tolerance));
        if converged || restarts == search.restarts {
            let pairs = krylov.pairs(&schur, taken)?;
            return Ok(Leading { pairs, converged, complete, products: krylov.products, restarts });
        }
        krylov.restart(&schur, taken + (size - taken) / 2);
        restarts += 1;
    }
}

/// `A V = V B + v b^T`: an orthonormal basis `V`, and the next vector `v` orthogonal to it.
struct Krylov<F> {
    operator: F,
    size: usize,
    /// The basis and, behind it, the next vector.
    vectors: Vec<DVector<f64>>,
    /// `B`, and `b` as the row below it.
    projection: DMatrix<f64>,
    products: usize,
    random: StdRng,
}

impl<F: FnMut(&[f64], &mut [f64])> Krylov<F> {
    fn new(operator: F, dimension: usize, size: usize, seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let mut start = DVector::from_fn(dimension, |_, _| random.random_range(-1.0..1.0));
        start /= start.norm();
        Self { operator, size, vectors: vec![start], projection: DMatrix::zeros(size + 1, size), products: 0, random }
    }

    fn apply(&mut self, x: &DVector<f64>) -> Result<DVector<f64>, TheoryError> {
        let mut y = DVector::zeros(x.len());
        (self.operator)(x.as_slice(), y.as_mut_slice());
        self.products += 1;
        if y.iter().all(|v| v.is_finite()) {
            return Ok(y);
        }
        Err(SpectrumError::OperatorNotFinite { product: self.products }.into())
    }

    /// Takes out of `w` what lies in the basis, twice, so that nothing is left of it; the coefficients.
    fn orthogonalise(&self, w: &mut DVector<f64>) -> Vec<f64> {
        let mut coefficients = vec![0.0; self.vectors.len()];
        for _ in 0..2 {
            for (c, v) in coefficients.iter_mut().zip(&self.vectors) {
                let along = v.dot(w);
                w.axpy(-along, v, 1.0);
                *c += along;
            }
        }
        coefficients
    }

    /// Arnoldi's steps until the basis has its full size.
    fn extend(&mut self) -> Result<(), TheoryError> {
        for j in self.vectors.len() - 1..self.size {
            let mut w = self.apply(&self.vectors[j].clone())?;
            let before = w.norm();
            let coefficients = self.orthogonalise(&mut w);
            for (i, c) in coefficients.into_iter().enumerate() {
                self.projection[(i, j)] = c;
            }
            let rest = w.norm();
            let closed = rest <= 10.0 * f64::EPSILON * before || rest < f64::MIN_POSITIVE / f64::EPSILON;
            self.projection[(j + 1, j)] = if closed { 0.0 } else { rest };
            let next = if closed { self.elsewhere() } else { w / rest };
            self.vectors.push(next);
        }
        Ok(())
    }

    /// A vector orthogonal to the basis: the space that it spans is invariant, and the search goes on outside.
    fn elsewhere(&mut self) -> DVector<f64> {
        let n = self.vectors.first().map_or(0, |v| v.len());
        if self.vectors.len() >= n {
            // the whole space: what follows is never multiplied
            return DVector::zeros(n);
        }
        loop {
            let mut w = DVector::from_fn(n, |_, _| self.random.random_range(-1.0..1.0));
            w /= w.norm();
            self.orthogonalise(&mut w);
            let rest = w.norm();
            // one direction of n is left at the least, so that this is soon met
            if rest > 1e-6 {
                w /= rest;
                self.orthogonalise(&mut w);
                let rest = w.norm();
                return w / rest;
            }
        }
    }

    fn square(&self) -> DMatrix<f64> {
        DMatrix::from_fn(self.size, self.size, |i, j| self.projection[(i, j)])
    }

    /// The Schur form of `B` with its eigenvalues from the most wanted to the least, pairs together, and how many of them to take.
    fn ordered(&self, target: Target, wanted: usize) -> Result<(Schur, usize), TheoryError> {
        let mut schur = Schur::new(&self.square())?;
        let rounding = self.rounding();
        let mut taken = 0;
        let mut place = 0;
        while place < self.size {
            let values = schur.values();
            let rest = &values[place..];
            let key = |i: &usize| target.key(rest[*i]);
            let Some(best) = (0..rest.len()).max_by(|a, b| key(a).total_cmp(&key(b))) else { break };
            // its partner, which may differ by rounding, right behind it
            let pair = (rest[best].im.abs() > rounding).then(|| {
                let others: Vec<_> = rest.iter().enumerate().filter(|(i, _)| *i != best).collect();
                let at = nearest(&others.iter().map(|x| *x.1).collect::<Vec<_>>(), rest[best].conj());
                at.and_then(|at| others.get(at)).map(|x| x.0)
            });
            let mut order = vec![best];
            order.extend(pair.flatten());
            // the positive imaginary part first
            order.sort_by(|a, b| rest[*b].im.total_cmp(&rest[*a].im));
            let from: Vec<usize> = order.iter().map(|i| place + i).collect();
            schur.raise(from[0], place);
            if let Some(&second) = from.get(1) {
                // what stood before the first has moved down by one
                schur.raise(if second < from[0] { second + 1 } else { second }, place + 1);
            }
            place += order.len();
            if taken < wanted {
                taken = place;
            }
        }
        Ok((schur, taken))
    }

    /// `|b^T y|`, which is the residual of the Ritz vector but for rounding.
    fn estimate(&self, schur: &Schur, k: usize) -> f64 {
        let y = schur.vector(k);
        y.iter().enumerate().map(|(j, y)| *y * self.projection[(self.size, j)]).sum::<Complex<f64>>().norm()
    }

    /// The residual up to which the Ritz value counts as found.
    fn bound(&self, schur: &Schur, k: usize, tolerance: f64) -> f64 {
        let size = f64::EPSILON.powf(2.0 / 3.0) * self.projection.amax();
        (tolerance * schur.t[(k, k)].norm().max(size)).max(f64::EPSILON * self.projection.amax())
    }

    /// Keeps the space of about the first `keep` Schur vectors, and the next vector.
    fn restart(&mut self, schur: &Schur, keep: usize) {
        // the space of a pair is real, that of one of them is not: the cut is made where the space is real
        let choices = keep.min(self.size - 1)..self.size.min(keep + 3);
        let Some((basis, _)) = choices.map(|p| real_basis(schur, p)).min_by(|a, b| a.1.total_cmp(&b.1)) else { return };
        let p = basis.ncols();
        let square = basis.transpose() * self.square() * &basis;
        let row: DVector<f64> = basis.transpose() * DVector::from_fn(self.size, |j, _| self.projection[(self.size, j)]);
        let combined = |j: usize| {
            let mut sum = DVector::zeros(self.vectors[0].len());
            for (v, c) in self.vectors.iter().zip(basis.column(j).iter()) {
                sum.axpy(*c, v, 1.0);
            }
            sum
        };
        let mut vectors: Vec<DVector<f64>> = (0..p).map(combined).collect();
        vectors.extend(self.vectors.pop());
        self.vectors = vectors;
        self.projection.fill(0.0);
        for j in 0..p {
            for i in 0..p {
                self.projection[(i, j)] = square[(i, j)];
            }
            self.projection[(p, j)] = row[j];
        }
    }

    /// The first Ritz pairs with their true residuals. Of a complex pair the second is the first's conjugate, as the operator is real.
    fn pairs(&mut self, schur: &Schur, taken: usize) -> Result<Vec<Eigenpair>, TheoryError> {
        let mut all: Vec<Eigenpair> = Vec::with_capacity(taken);
        for k in 0..taken {
            let value = schur.t[(k, k)];
            let partner = all.last().filter(|last| last.value.im > 0.0 && (last.value.conj() - value).norm() <= self.rounding());
            let next = match partner {
                Some(p) => Eigenpair {
                    value: p.value.conj(),
                    residual: p.residual,
                    vector: p.vector.iter().map(Complex::conj).collect(),
                },
                None => self.pair(schur, k)?,
            };
            all.push(next);
        }
        Ok(all)
    }

    /// How far rounding moves a Ritz value off the real axis, or off its partner's conjugate.
    fn rounding(&self) -> f64 {
        8.0 * f64::EPSILON * self.size as f64 * self.projection.amax()
    }

    /// The Ritz pair `k` with its true residual.
    fn pair(&mut self, schur: &Schur, k: usize) -> Result<Eigenpair, TheoryError> {
        let mut y = schur.vector(k);
        let mut value = schur.t[(k, k)];
        if value.im.abs() <= self.rounding() {
            value.im = 0.0;
            // the vector of a real value is real but for a phase, which is turned so that its imaginary part is least
            let phase = Complex::from_polar(1.0, -0.5 * y.iter().map(|c| c * c).sum::<Complex<f64>>().arg());
            y.iter_mut().for_each(|c| *c *= phase);
            if y.iter().map(|c| c.im * c.im).sum::<f64>().sqrt() < 1e-10 * y.norm() {
                y.iter_mut().for_each(|c| c.im = 0.0);
            }
        }
        let part = |of: fn(&Complex<f64>) -> f64| {
            let mut sum = DVector::zeros(self.vectors[0].len());
            for (v, c) in self.vectors.iter().zip(y.iter()) {
                sum.axpy(of(c), v, 1.0);
            }
            sum
        };
        let (re, im) = (part(|c| c.re), part(|c| c.im));
        let norm = re.norm().hypot(im.norm());
        let (re, im) = (re / norm, im / norm);
        let a = self.apply(&re)?;
        let b = if im.norm() == 0.0 { DVector::zeros(im.len()) } else { self.apply(&im)? };
        let real = (&a - (&re * value.re - &im * value.im)).norm();
        let residual = real.hypot((&b - (&re * value.im + &im * value.re)).norm());
        let vector = re.iter().zip(im.iter()).map(|(&re, &im)| Complex::new(re, im)).collect();
        Ok(Eigenpair { value, residual, vector })
    }
}

/// An orthonormal real basis of the space of the first `p` Schur vectors, by Gram and Schmidt with pivoting on their real and imaginary
/// parts; and how much of these parts is left outside of it, 0 where the space is real.
fn real_basis(schur: &Schur, p: usize) -> (DMatrix<f64>, f64) {
    let n = schur.u.nrows();
    let columns = (0..p).flat_map(|j| {
        let column = schur.u.column(j);
        [column.map(|x| x.re), column.map(|x| x.im)]
    });
    let mut rest: Vec<DVector<f64>> = columns.collect();
    let mut basis: Vec<DVector<f64>> = Vec::with_capacity(p);
    let largest = |rest: &[DVector<f64>]| (0..rest.len()).max_by(|&a, &b| rest[a].norm().total_cmp(&rest[b].norm()));
    while basis.len() < p {
        let Some(at) = largest(&rest) else { break };
        let mut q = rest.swap_remove(at);
        for _ in 0..2 {
            for b in &basis {
                let along = b.dot(&q);
                q.axpy(-along, b, 1.0);
            }
        }
        q /= q.norm();
        for r in &mut rest {
            let along = q.dot(r);
            r.axpy(-along, &q, 1.0);
        }
        basis.push(q);
    }
    let left = rest.iter().map(|r| r.norm()).fold(0.0, f64::max);
    (DMatrix::from_fn(n, basis.len(), |i, j| basis[j][i]), left)
}
