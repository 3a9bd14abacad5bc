//! Adaptive integrals over intervals and rectangles, with an estimate of what is wrong with them.
//!
//! [`line()`] and [`plane()`] keep every piece of the range in one heap and halve the piece whose error is estimated
//! largest, until the sum of the estimates is small enough. No rule sees a peak that falls between its nodes, so both take
//! what the caller knows: breaks, at which the integrand jumps or bends, and in the plane rectangles about its narrow parts.
//! [`iterated()`] is for integrands of the plane that jump or bend along a curve, where rectangles converge slowly, and [`sign_changes`]
//! finds such places on the line.
//!
//! ```
//! use gan_core::theory::quadrature::{Tolerance, line};
//!
//! let gaussian = |x: f64| (-x * x / 2.0).exp();
//! let integral = line(gaussian, (-9.0, 9.0), &[-4.0, 4.0], &Tolerance::default())?;
//! assert!((integral.value - std::f64::consts::TAU.sqrt()).abs() < 1e-12);
//! # Ok::<(), gan_core::theory::TheoryError>(())
//! ```

mod adaptive;
mod bends;
mod iterated;
mod line;
mod plane;
mod rule;

pub use bends::{sign_changes, try_sign_changes};
pub use iterated::{iterated, try_iterated};
pub(super) use line::leaves;
pub use line::{line, try_line};
pub use plane::{plane, try_plane};

/// A rectangle: an interval along each axis.
pub type Sides = [(f64, f64); 2];

/// An integral and what is known of its error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Integral {
    /// The value.
    pub value: f64,
    /// Estimate of the absolute error: the difference of two rules, sharpened as in QUADPACK (Piessens et al. 1983).
    pub error: f64,
    /// How often the integrand was evaluated.
    pub evaluations: usize,
}

impl Integral {
    /// What is known without integrating.
    pub(super) fn exact(value: f64) -> Self {
        Self { value, error: 0.0, evaluations: 0 }
    }

    /// `offset + scale * self`.
    pub(super) fn scaled(self, scale: f64, offset: f64) -> Self {
        Self { value: scale * self.value + offset, error: scale.abs() * self.error, ..self }
    }
}

/// When an integral is good enough, and when to give up.
///
/// The estimated error must be at most `max(absolute, relative * integral of |f|)`. The second is measured by `|f|`, not
/// by the integral itself, so that an integrand whose halves cancel does not ask for more than rounding permits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Largest absolute error.
    pub absolute: f64,
    /// Largest error as a share of the integral of `|f|`.
    pub relative: f64,
    /// Most evaluations of the integrand.
    pub evaluations: usize,
}

impl Default for Tolerance {
    /// `1e-12` both, and ten million evaluations.
    fn default() -> Self {
        Self { absolute: 1e-12, relative: 1e-12, evaluations: 10_000_000 }
    }
}

impl Tolerance {
    /// The same for both kinds of error, with the default's limit of evaluations.
    pub fn of(error: f64) -> Self {
        Self { absolute: error, relative: error, ..Self::default() }
    }

    /// The error that is allowed where `|f|` integrates to `magnitude`.
    fn allowed(&self, magnitude: f64) -> f64 {
        // Sums of this size round to no better.
        self.absolute.max(self.relative.max(32.0 * f64::EPSILON) * magnitude)
    }
}
