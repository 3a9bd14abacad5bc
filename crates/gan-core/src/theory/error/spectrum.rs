use thiserror::Error;

/// What can go wrong with the eigenvalues of a matrix, or of a game's Jacobian.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SpectrumError {
    /// A matrix without eigenvalues.
    #[error("only a square matrix has eigenvalues, found {rows} rows and {columns} columns")]
    NotSquare {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// A matrix with an entry that is no number.
    #[error("the entries of a matrix must be finite to have eigenvalues, found {value}")]
    MatrixNotFinite {
        /// The entry.
        value: f64,
    },
    /// An eigenvalue iteration that did not end.
    #[error(
        "the eigenvalues of a matrix of dimension {dimension} were not found in {steps} steps for one of them: please report the matrix"
    )]
    NoConvergence {
        /// Rows of the matrix.
        dimension: usize,
        /// Steps made for the one.
        steps: usize,
    },
    /// A matrix too large to be stored whole.
    #[error(
        "a Jacobian of {found} parameters is too large to be stored whole, at most {limit} are: ask for its leading eigenvalues instead"
    )]
    TooManyParameters {
        /// Parameters of the game.
        found: usize,
        /// Most of them.
        limit: usize,
    },
    /// An operator that yields NaN or infinite values.
    #[error("product {product} of the operator is not finite: the game has diverged, or its values leave the range of f64")]
    OperatorNotFinite {
        /// The product, counted from 1.
        product: usize,
    },
    /// A fault of a game's networks or graph.
    #[error("the game cannot be evaluated: {0}")]
    Game(Box<crate::CoreError>),
}

impl From<crate::CoreError> for SpectrumError {
    fn from(fault: crate::CoreError) -> SpectrumError {
        SpectrumError::Game(Box::new(fault))
    }
}
