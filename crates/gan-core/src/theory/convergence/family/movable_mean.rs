use nalgebra::DMatrix;

use super::{Family, check_parameters, from_log_weights, log_normal};
use crate::theory::convergence::check_positive;
use crate::theory::{Distribution, TheoryError, TransportError};

/// A Gaussian of fixed width on a grid, whose mean is the only parameter: `p_i` in proportion to `exp(-(x_i - mean)^2 / (2 width^2))`.
#[derive(Debug, Clone, PartialEq)]
pub struct MovableMean {
    grid: Vec<f64>,
    width: f64,
}

impl MovableMean {
    /// On these points of the line.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`], [`TransportError::PositionNotFinite`] or
    /// [`ConvergenceError::NotPositive`](crate::theory::ConvergenceError::NotPositive).
    pub fn new(grid: &[f64], width: f64) -> Result<Self, TheoryError> {
        check_grid(grid)?;
        check_positive("width", width)?;
        Ok(Self { grid: grid.to_vec(), width })
    }
}

impl Family for MovableMean {
    fn parameters(&self) -> Vec<String> {
        vec!["mean".to_owned()]
    }
    fn distribution(&self, parameters: &[f64]) -> Result<Distribution, TheoryError> {
        check_parameters(1, parameters)?;
        gaussian(&self.grid, parameters[0], self.width)
    }
    fn jacobian(&self, parameters: &[f64]) -> Result<DMatrix<f64>, TheoryError> {
        let p = self.distribution(parameters)?;
        let score = |i: usize| (self.grid[i] - parameters[0]) / self.width.powi(2);
        Ok(DMatrix::from_columns(&[derivative(&p, score)]))
    }
}

/// A Gaussian on a grid whose mean and width are free. Parameters: the mean, and the logarithm of the width.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanAndWidth {
    grid: Vec<f64>,
}

impl MeanAndWidth {
    /// On these points of the line.
    ///
    /// # Errors
    /// [`TheoryError::EmptySupport`] or [`TransportError::PositionNotFinite`].
    pub fn new(grid: &[f64]) -> Result<Self, TheoryError> {
        check_grid(grid)?;
        Ok(Self { grid: grid.to_vec() })
    }
}

impl Family for MeanAndWidth {
    fn parameters(&self) -> Vec<String> {
        vec!["mean".to_owned(), "log width".to_owned()]
    }
    fn distribution(&self, parameters: &[f64]) -> Result<Distribution, TheoryError> {
        check_parameters(2, parameters)?;
        let width = parameters[1].exp();
        check_positive("width", width)?;
        gaussian(&self.grid, parameters[0], width)
    }
    fn jacobian(&self, parameters: &[f64]) -> Result<DMatrix<f64>, TheoryError> {
        let p = self.distribution(parameters)?;
        let width = parameters[1].exp();
        let z = |i: usize| (self.grid[i] - parameters[0]) / width;
        Ok(DMatrix::from_columns(&[derivative(&p, |i| z(i) / width), derivative(&p, |i| z(i) * z(i))]))
    }
}

pub(super) fn check_grid(grid: &[f64]) -> Result<(), TheoryError> {
    if grid.is_empty() {
        return Err(TheoryError::EmptySupport);
    }
    match grid.iter().enumerate().find(|(_, x)| !x.is_finite()) {
        Some((index, &value)) => Err(TransportError::PositionNotFinite { index, value }.into()),
        None => Ok(()),
    }
}

pub(super) fn gaussian(grid: &[f64], mean: f64, width: f64) -> Result<Distribution, TheoryError> {
    from_log_weights(&grid.iter().map(|&x| log_normal(x, mean, width)).collect::<Vec<_>>())
}

/// `d p_i = p_i (s_i - E_p s)` for weights whose logarithms change by `s_i`.
fn derivative(p: &Distribution, score: impl Fn(usize) -> f64) -> nalgebra::DVector<f64> {
    let mean = p.expectation(&score);
    nalgebra::DVector::from_fn(p.outcomes(), |i, _| {
        let mass = p.probabilities()[i];
        // 0 times a score that may be infinite is 0
        if mass == 0.0 { 0.0 } else { mass * (score(i) - mean) }
    })
}
