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
    /// Points of the line for more or fewer outcomes than there are.
    #[error("each outcome needs a position: expected {expected} positions, found {found}")]
    PositionsLength {
        /// Outcomes of the support.
        expected: usize,
        /// Positions found.
        found: usize,
    },
    /// A position that is NaN or infinite.
    #[error("position {index}: expected a finite number, found {value}")]
    PositionNotFinite {
        /// Which one.
        index: usize,
        /// What stood there.
        value: f64,
    },
    /// A table of costs or distances of the wrong shape.
    #[error(
        "costs need a row for each outcome of the first distribution and a column for each of the second: expected {} x {}, \
         found {} x {}", .expected.0, .expected.1, .found.0, .found.1
    )]
    CostShape {
        /// Rows and columns that fit.
        expected: (usize, usize),
        /// Rows and columns found.
        found: (usize, usize),
    },
    /// A cost or distance that is NaN or infinite.
    #[error(
        "cost of row {row}, column {column}: expected a finite number, found {value}: leave forbidden ways out by a large cost"
    )]
    CostNotFinite {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// What stood there.
        value: f64,
    },
    /// A cost or distance below 0.
    #[error("cost of row {row}, column {column}: expected a number >= 0, found {value}: add the same number to all costs")]
    CostNegative {
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
        /// What stood there.
        value: f64,
    },
    /// A point that is not at distance 0 from itself.
    #[error("distance of point {index} to itself: expected 0, found {value}")]
    MetricDiagonal {
        /// The point.
        index: usize,
        /// The distance found.
        value: f64,
    },
    /// Distances that differ there and back.
    #[error(
        "a metric is symmetric, found the distance {forward} from point {row} to {column} and {back} back: \
         use optimal_transport for costs that are no metric"
    )]
    MetricAsymmetric {
        /// The first point.
        row: usize,
        /// The second point.
        column: usize,
        /// The distance there.
        forward: f64,
        /// The distance back.
        back: f64,
    },
    /// A distance that is longer than a way through a third point.
    #[error(
        "the distance {direct} from point {from} to {to} is longer than the way through {via}, {detour}: \
         use optimal_transport for costs that are no metric"
    )]
    MetricTriangle {
        /// Where the way starts.
        from: usize,
        /// The third point.
        via: usize,
        /// Where it ends.
        to: usize,
        /// The distance.
        direct: f64,
        /// The length of the way through the third point.
        detour: f64,
    },
    /// The network simplex method did not end.
    #[error(
        "the transport problem was not solved in {pivots} pivots: its costs differ by less than rounding; scale or round them"
    )]
    TransportStalled {
        /// Pivots made.
        pivots: usize,
    },
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
