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
    /// A quadrature rule of no node, or of more than are computed.
    #[error("a quadrature rule needs 1 to {limit} nodes, found {found}")]
    Nodes {
        /// Nodes asked for.
        found: usize,
        /// Most nodes.
        limit: usize,
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
    /// A point with more or fewer coordinates than the game has parameters.
    #[error("a point of this game has {expected} coordinates, one for each parameter, found {found}")]
    PointLength {
        /// Parameters of the game.
        expected: usize,
        /// Coordinates found.
        found: usize,
    },
    /// A point outside the numbers.
    #[error("coordinate {index} of the point: expected a finite number, found {value}")]
    PointNotFinite {
        /// The coordinate.
        index: usize,
        /// What stood there.
        value: f64,
    },
    /// A parameter that the game does not have.
    #[error("the game has no parameter {index}: expected one below {parameters}")]
    NoParameter {
        /// The one asked for.
        index: usize,
        /// Number of parameters.
        parameters: usize,
    },
    /// A point at which a loss has a kink, so that the field has no Jacobian.
    #[error(
        "{objective} with {regulariser} has a kink at {point:?}: there is no Jacobian, and the field from one side of it has the norm \
         {residual} (0 at an equilibrium); look at trajectories instead"
    )]
    NotDifferentiable {
        /// The objective.
        objective: &'static str,
        /// The regulariser.
        regulariser: &'static str,
        /// The point.
        point: Vec<f64>,
        /// Norm of the field from one side of the kink.
        residual: f64,
    },
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
    /// A vector of another length than the operator or the game has.
    #[error("expected a vector of {expected} values, found {found}")]
    VectorLength {
        /// What was needed.
        expected: usize,
        /// What was given.
        found: usize,
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

impl From<crate::CoreError> for TheoryError {
    fn from(fault: crate::CoreError) -> TheoryError {
        TheoryError::Game(Box::new(fault))
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
