use thiserror::Error;

/// What can be wrong with a game of a few parameters, or with a point of it.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum DynamicsError {
    /// A quadrature rule of no node, or of more than are computed.
    #[error("a quadrature rule needs 1 to {limit} nodes, found {found}")]
    Nodes {
        /// Nodes asked for.
        found: usize,
        /// Most nodes.
        limit: usize,
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
}
