use thiserror::Error;

/// What can be wrong with positions, costs or distances between outcomes.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum TransportError {
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
    Stalled {
        /// Pivots made.
        pivots: usize,
    },
}
