use thiserror::Error;

/// What can be wrong with the critic of an f-divergence.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FDivergenceError {
    /// A critic with a value for more or fewer outcomes than there are.
    #[error("the critic needs one value for each outcome: expected {expected} values, found {found}")]
    CriticLength {
        /// Outcomes of the support.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// A critic's value where the conjugate of the f-divergence is infinite.
    #[error(
        "critic at outcome {index}: expected a number from {lower} to {upper}, the domain of the conjugate, found {value}: \
         apply the output activation of the divergence first"
    )]
    CriticOutOfDomain {
        /// Position in the support.
        index: usize,
        /// What stood there.
        value: f64,
        /// The lower end of the domain.
        lower: f64,
        /// The upper end of the domain.
        upper: f64,
    },
}
