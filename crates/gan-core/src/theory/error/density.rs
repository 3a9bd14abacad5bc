use thiserror::Error;

/// What can be wrong with a density, or with what is computed of densities.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DensityError {
    /// A parameter of a density that is out of its range.
    #[error("{density}: {parameter} must be {expected}, found {found}")]
    Parameter {
        /// The density.
        density: &'static str,
        /// Its parameter.
        parameter: &'static str,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: f64,
    },
    /// Densities of different dimensions.
    #[error("expected densities of one dimension, found {left} and {right}: give both as many coordinates")]
    Dimensions {
        /// Dimension of the first.
        left: usize,
        /// Dimension of another.
        right: usize,
    },
    /// What holds in one dimension only.
    #[error("{what} is for densities on the line, found {found} dimensions: {instead}")]
    OneDimensional {
        /// What was asked for.
        what: &'static str,
        /// Dimensions found.
        found: usize,
        /// What to do instead.
        instead: &'static str,
    },
    /// A support that is no box of one or two dimensions.
    #[error("the support needs one or two intervals of finite ends, the lower first, found {found:?}")]
    Support {
        /// What was found.
        found: Vec<(f64, f64)>,
    },
    /// A density below 0.
    #[error("the density at {at:?} is {value}, expected a number >= 0")]
    Negative {
        /// The place.
        at: Vec<f64>,
        /// The value there.
        value: f64,
    },
    /// A density that is NaN or infinite.
    #[error("the density at {at:?} is {value}, expected a finite number >= 0")]
    NotFinite {
        /// The place.
        at: Vec<f64>,
        /// The value there.
        value: f64,
    },
    /// A density that does not integrate to 1.
    #[error(
        "the density integrates to {integral} (error {error:e}) over its support, expected 1 within {tolerance:e}: \
         divide by the integral, or widen the support"
    )]
    NotNormalised {
        /// The integral found.
        integral: f64,
        /// Its estimated error.
        error: f64,
        /// The largest deviation from 1 that is accepted.
        tolerance: f64,
    },
    /// A one-line description of a density that cannot be read.
    #[error("{text}\n{:>width$} expected {expected}, found {found}", "^", width = .at + 1)]
    Text {
        /// The description.
        text: String,
        /// Characters before the fault.
        at: usize,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A description that names no density, or one with wrong parameters.
    #[error(transparent)]
    Description(#[from] Box<gan_layers::LayerError>),
    /// A discriminator that gives what it cannot at some place.
    #[error("the discriminator at {at:?} gives {value}, expected {expected}")]
    DiscriminatorValue {
        /// The place.
        at: Vec<f64>,
        /// What it gives.
        value: f64,
        /// What it should give.
        expected: &'static str,
    },
    /// Samples that nothing can be estimated from.
    #[error("samples: expected {expected}, found {found}")]
    Samples {
        /// What was expected.
        expected: &'static str,
        /// What was found.
        found: String,
    },
}
