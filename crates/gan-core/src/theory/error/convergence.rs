use thiserror::Error;

/// What can be wrong with the program of Prop. 2: its steps, or its family of distributions.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ConvergenceError {
    /// A step size, tolerance or width that must be positive.
    #[error("{name}: expected a finite number greater than 0, found {value}")]
    NotPositive {
        /// What it is.
        name: &'static str,
        /// What stood there.
        value: f64,
    },
    /// Parameters that a family of distributions does not have.
    #[error("the family needs {expected} finite parameters, found {found:?}")]
    Parameters {
        /// How many it has.
        expected: usize,
        /// What was given.
        found: Vec<f64>,
    },
}
