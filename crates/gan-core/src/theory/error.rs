use thiserror::Error;

/// What can be wrong with the arguments of the theory's functions.
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
    /// A range over which nothing can be integrated.
    #[error("axis {axis}: expected a range of two finite numbers, the lower first, found [{low}, {high}]: give the support")]
    QuadratureRange {
        /// The axis, from 0.
        axis: usize,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// An integrand that is not finite somewhere.
    #[error("the integrand at {at:?} is {value}, expected a finite number: cut the range so that the place is an end of it")]
    QuadratureNotFinite {
        /// The place, a coordinate for each axis.
        at: Vec<f64>,
        /// What was found there.
        value: f64,
    },
    /// An integral that did not become as good as was asked.
    #[error(
        "the integral is {value} with an estimated error of {error:e} after {evaluations} evaluations, {allowed:e} was allowed: \
         name the places where the integrand jumps, bends or peaks as breaks, or ask for less"
    )]
    QuadratureNotConverged {
        /// The best value.
        value: f64,
        /// Its estimated error.
        error: f64,
        /// The largest error that was allowed.
        allowed: f64,
        /// Evaluations of the integrand.
        evaluations: usize,
    },
    /// More pieces to start from than may be evaluated once.
    #[error(
        "the breaks make {rectangles} rectangles, more than {evaluations} evaluations can cover: name fewer breaks, or allow more"
    )]
    QuadratureBreaks {
        /// Rectangles between the breaks.
        rectangles: usize,
        /// Evaluations allowed.
        evaluations: usize,
    },
    /// A parameter of a density that is out of its range.
    #[error("{density}: {parameter} must be {expected}, found {found}")]
    DensityParameter {
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
    DensityDimensions {
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
    DensitySupport {
        /// What was found.
        found: Vec<(f64, f64)>,
    },
    /// A density below 0.
    #[error("the density at {at:?} is {value}, expected a number >= 0")]
    DensityNegative {
        /// The place.
        at: Vec<f64>,
        /// The value there.
        value: f64,
    },
    /// A density that is NaN or infinite.
    #[error("the density at {at:?} is {value}, expected a finite number >= 0")]
    DensityNotFinite {
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
    DensityNotNormalised {
        /// The integral found.
        integral: f64,
        /// Its estimated error.
        error: f64,
        /// The largest deviation from 1 that is accepted.
        tolerance: f64,
    },
    /// A one-line description of a density that cannot be read.
    #[error("{text}\n{:>width$} expected {expected}, found {found}", "^", width = .at + 1)]
    DensityText {
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
    /// A regular grid that is none.
    #[error(
        "axis {axis} of the grid: expected finite ends, the lower first, and from 1 to {most} cells in all, found [{low}, {high}] in {cells} cells"
    )]
    Cells {
        /// The axis, from 0.
        axis: usize,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
        /// Cells along the axis.
        cells: usize,
        /// Most cells of a grid.
        most: usize,
    },
    /// A table whose columns do not fit its cells.
    #[error("{what}: expected {expected} values, found {found}")]
    TableLength {
        /// The column.
        what: &'static str,
        /// Values needed.
        expected: usize,
        /// Values found.
        found: usize,
    },
    /// A value of a table that it cannot hold.
    #[error("{what}, cell {cell}: expected {expected}, found {value}")]
    TableValue {
        /// The column.
        what: &'static str,
        /// The cell.
        cell: usize,
        /// What was expected.
        expected: &'static str,
        /// What was found.
        value: f64,
    },
}
