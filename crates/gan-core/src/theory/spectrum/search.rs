use nalgebra::Complex;

/// Which eigenvalues are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Those of the largest magnitude: what limits the step.
    LargestMagnitude,
    /// Those of the largest real part: what grows, or decays last.
    Rightmost,
}

impl Target {
    pub(super) fn key(self, value: Complex<f64>) -> f64 {
        match self {
            Target::LargestMagnitude => value.norm(),
            Target::Rightmost => value.re,
        }
    }
}

/// How eigenvalues are sought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// How many; a complex pair is not torn apart, so it may be one more.
    pub wanted: usize,
    /// Which.
    pub target: Target,
    /// Vectors of the Krylov basis, at least twice as many as are wanted and 4 more; with as many as the dimension the result is exact.
    pub basis: usize,
    /// The residual, relative to the eigenvalue, from which on one counts as found.
    pub tolerance: f64,
    /// Restarts before the search gives up.
    pub restarts: usize,
    /// Seed of the start vector.
    pub seed: u64,
}

impl Default for Search {
    fn default() -> Search {
        Search { wanted: 6, target: Target::LargestMagnitude, basis: 40, tolerance: 1e-10, restarts: 300, seed: 1 }
    }
}

impl Search {
    /// Vectors of the basis for an operator of `dimension`.
    pub(super) fn basis_of(&self, dimension: usize) -> usize {
        let least = self.wanted.min(dimension).saturating_mul(2).saturating_add(4);
        self.basis.max(least).min(dimension)
    }
}
