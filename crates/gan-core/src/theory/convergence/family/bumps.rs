use nalgebra::{DMatrix, DVector};

use super::movable_mean::{check_grid, gaussian};
use super::{Family, check_parameters, from_log_weights};
use crate::theory::convergence::check_positive;
use crate::theory::{Distribution, TheoryError};

/// A mixture of Gaussians that stay where they are, on a grid; their shares are free: `p = sum_k softmax(parameters)_k bump_k`.
///
/// `p` is linear in the shares, so that the criterion is convex in them: no local minimum but the global one.
#[derive(Debug, Clone, PartialEq)]
pub struct Bumps {
    centres: Vec<f64>,
    /// One a column: `[outcomes, bumps]`.
    bumps: DMatrix<f64>,
}

impl Bumps {
    /// Bumps of one width at these centres, on these points of the line.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], [`TransportError::PositionNotFinite`](crate::theory::TransportError::PositionNotFinite) or
    /// [`ConvergenceError::NotPositive`](crate::theory::ConvergenceError::NotPositive).
    pub fn new(grid: &[f64], centres: &[f64], width: f64) -> Result<Self, TheoryError> {
        check_grid(grid)?;
        check_grid(centres)?;
        check_positive("width", width)?;
        let columns: Vec<DVector<f64>> =
            centres.iter().map(|&c| gaussian(grid, c, width).map(|p| p.probabilities().clone())).collect::<Result<_, _>>()?;
        Ok(Self { centres: centres.to_vec(), bumps: DMatrix::from_columns(&columns) })
    }

    /// Parameters that give the bump nearest to `mean` the share `share`, the others equal parts of the rest.
    pub fn concentrated(&self, mean: f64, share: f64) -> Vec<f64> {
        let rest = (1.0 - share) / (self.centres.len().max(2) - 1) as f64;
        let nearest =
            (0..self.centres.len()).min_by(|&a, &b| (self.centres[a] - mean).abs().total_cmp(&(self.centres[b] - mean).abs()));
        (0..self.centres.len()).map(|k| if Some(k) == nearest { share.ln() } else { rest.ln() }).collect()
    }
}

impl Family for Bumps {
    fn parameters(&self) -> Vec<String> {
        self.centres.iter().map(|c| format!("log share of the bump at {c}")).collect()
    }
    fn distribution(&self, parameters: &[f64]) -> Result<Distribution, TheoryError> {
        check_parameters(self.centres.len(), parameters)?;
        let shares = from_log_weights(parameters)?;
        Distribution::from_weights((&self.bumps * shares.probabilities()).as_slice())
    }
    fn jacobian(&self, parameters: &[f64]) -> Result<DMatrix<f64>, TheoryError> {
        check_parameters(self.centres.len(), parameters)?;
        let shares = from_log_weights(parameters)?;
        let mixture = &self.bumps * shares.probabilities();
        Ok(DMatrix::from_fn(self.bumps.nrows(), self.bumps.ncols(), |i, k| {
            shares.probabilities()[k] * (self.bumps[(i, k)] - mixture[i])
        }))
    }
}
