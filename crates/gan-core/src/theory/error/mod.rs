mod convergence;
mod density;
mod dynamics;
mod f_divergence;
mod quadrature;
mod spectrum;
mod table;
mod transport;

use thiserror::Error;

pub use convergence::ConvergenceError;
pub use density::DensityError;
pub use dynamics::DynamicsError;
pub use f_divergence::FDivergenceError;
pub use quadrature::QuadratureError;
pub use spectrum::SpectrumError;
pub use table::TableError;
pub use transport::TransportError;

/// What can be wrong with the arguments of the theory's functions: the faults of distributions on a finite support, and those that
/// several parts share; the faults of one part are an enum of its own.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TheoryError {
    /// A distribution without outcomes.
    #[error("a distribution needs at least one outcome, found none: give one probability for each outcome")]
    EmptySupport,
    /// A probability or weight that is NaN or infinite.
    #[error("probability of outcome {index}: expected a finite number, found {value}")]
    NotFinite {
        /// Position in the support.
        index: usize,
        /// What stood there.
        value: f64,
    },
    /// A probability or weight below 0.
    #[error("probability of outcome {index}: expected a number >= 0, found {value}")]
    Negative {
        /// Position in the support.
        index: usize,
        /// What stood there.
        value: f64,
    },
    /// Probabilities whose sum is not 1.
    #[error(
        "probabilities must sum to 1 within {tolerance:e}, found the sum {sum}: \
         normalise them with Distribution::from_weights"
    )]
    NotNormalised {
        /// The sum found.
        sum: f64,
        /// The largest deviation from 1 that is accepted.
        tolerance: f64,
    },
    /// Weights or counts that cannot be normalised, since they sum to 0 or overflow.
    #[error("weights must have a positive finite sum to be normalised, found the sum {sum}")]
    NoMass {
        /// The sum found.
        sum: f64,
    },
    /// An outcome outside the support.
    #[error("outcome {index} is outside the support: expected an index below {outcomes}")]
    OutcomeOutOfRange {
        /// The index asked for.
        index: usize,
        /// Number of outcomes of the support.
        outcomes: usize,
    },
    /// Two distributions with different numbers of outcomes.
    #[error(
        "both distributions must share one support, found {left} and {right} outcomes: \
         give outcomes that one of them lacks the probability 0"
    )]
    SupportMismatch {
        /// Outcomes of the first distribution.
        left: usize,
        /// Outcomes of the second distribution.
        right: usize,
    },
    /// A discriminator with a value for more or fewer outcomes than there are.
    #[error("the discriminator needs one value for each outcome: expected {expected} values, found {found}")]
    DiscriminatorLength {
        /// Outcomes of the support.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// A discriminator value that is no probability.
    #[error(
        "discriminator at outcome {index}: expected a probability in [0, 1], found {value}: \
         apply the logistic function to logits first"
    )]
    DiscriminatorOutOfRange {
        /// Position in the support.
        index: usize,
        /// What stood there.
        value: f64,
    },
    /// A number that a game or a step cannot have.
    #[error("{name}: expected {expected}, found {found}")]
    Setting {
        /// What it is.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
        /// What it was.
        found: f64,
    },
    /// A name that a registry does not have.
    #[error("unknown {what} `{found}`{}: choose one of {known}", .nearest.as_ref().map_or(String::new(), |n| format!(", did you mean `{n}`?")))]
    Unknown {
        /// What was looked for.
        what: &'static str,
        /// The name.
        found: String,
        /// The known name nearest to it, if one is near.
        nearest: Option<String>,
        /// All names, with commas.
        known: String,
    },
    /// A vector of another length than the operator or the game has.
    #[error("expected a vector of {expected} values, found {found}")]
    VectorLength {
        /// What was needed.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// A fault of a density.
    #[error(transparent)]
    Density(#[from] DensityError),
    /// A fault of an integral.
    #[error(transparent)]
    Quadrature(#[from] QuadratureError),
    /// A fault of a grid or of a table over it.
    #[error(transparent)]
    Table(#[from] TableError),
    /// A fault of an f-divergence's critic.
    #[error(transparent)]
    FDivergence(#[from] FDivergenceError),
    /// A fault of positions, costs or distances.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// A fault of the program of Prop. 2.
    #[error(transparent)]
    Convergence(#[from] ConvergenceError),
    /// A fault of a small game.
    #[error(transparent)]
    Dynamics(#[from] DynamicsError),
    /// A fault of eigenvalues.
    #[error(transparent)]
    Spectrum(#[from] SpectrumError),
}

impl From<crate::CoreError> for TheoryError {
    fn from(fault: crate::CoreError) -> TheoryError {
        SpectrumError::from(fault).into()
    }
}

impl TheoryError {
    /// [`TheoryError::Unknown`], with the nearest of the known names.
    pub(super) fn unknown(what: &'static str, found: &str, known: impl Iterator<Item = &'static str>) -> TheoryError {
        let known: Vec<&str> = known.collect();
        let nearest = gan_layers::spec::nearest(found, known.iter().copied());
        TheoryError::Unknown { what, found: found.to_owned(), nearest, known: known.join(", ") }
    }
}
