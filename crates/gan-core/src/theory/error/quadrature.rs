use thiserror::Error;

/// What can go wrong with an integral.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum QuadratureError {
    /// A range over which nothing can be integrated.
    #[error("axis {axis}: expected a range of two finite numbers, the lower first, found [{low}, {high}]: give the support")]
    Range {
        /// The axis, from 0.
        axis: usize,
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// An integrand that is not finite somewhere.
    #[error("the integrand at {at:?} is {value}, expected a finite number: cut the range so that the place is an end of it")]
    NotFinite {
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
    NotConverged {
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
    Breaks {
        /// Rectangles between the breaks.
        rectangles: usize,
        /// Evaluations allowed.
        evaluations: usize,
    },
}
