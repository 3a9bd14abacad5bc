//! The Wasserstein-1 distance on finite supports, exactly: by distribution functions on the line, by optimal transport in any
//! finite metric space, with the Kantorovich dual as its certificate.

mod line;
mod metric;
mod simplex;
mod transport;

#[cfg(test)]
mod properties;

pub use line::wasserstein_on_line;
pub use metric::Metric;
pub use transport::{Transport, optimal_transport};

use nalgebra::DVector;

use crate::theory::{Distribution, TheoryError};

/// `W_1(p, q)` with both sides of the duality of Kantorovich and Rubinstein.
#[derive(Debug, Clone, PartialEq)]
pub struct Wasserstein {
    /// The optimal transport of `p` to `q` at the costs of the metric.
    pub transport: Transport,
    /// The best critic of a Wasserstein GAN, `[outcomes]`: with slope at most 1 everywhere, `|f(x) - f(y)| <= d(x, y)`.
    pub critic: DVector<f64>,
    /// What it earns, `E_p f - E_q f`.
    pub dual: f64,
}

impl Wasserstein {
    /// The distance.
    pub fn distance(&self) -> f64 {
        self.transport.cost
    }

    /// `distance - dual`: 0 certifies, to rounding, that no plan is cheaper and no critic earns more.
    pub fn gap(&self) -> f64 {
        self.transport.cost - self.dual
    }
}

/// The Wasserstein-1 distance `W_1(p, q) = min_plan E d(x, y)` in a finite metric space, where `plan` has the marginals `p` and `q`;
/// equal to `max_f E_p f - E_q f` over all `f` of slope at most 1 (Arjovsky et al. 2017, eq. 1 and 2).
///
/// # Errors
/// [`TheoryError::SupportMismatch`], [`TransportError::CostShape`](crate::theory::TransportError::CostShape) where the metric has other
/// points than the distributions outcomes, or [`TransportError::Stalled`](crate::theory::TransportError::Stalled).
///
/// ```
/// use gan_core::theory::{Distribution, Metric, total_variation, wasserstein};
///
/// let p = Distribution::from_weights(&[1.0, 0.0, 0.0])?;
/// let q = Distribution::from_weights(&[0.0, 1.0, 1.0])?;
/// let line = wasserstein(&Metric::on_line(&[0.0, 1.0, 5.0])?, &p, &q)?;
/// assert!((line.distance() - 3.0).abs() < 1e-12 && line.gap().abs() < 1e-12);
/// // where all points are at distance 1 it is the total variation
/// let discrete = wasserstein(&Metric::discrete(3)?, &p, &q)?;
/// assert!((discrete.distance() - total_variation(&p, &q)?).abs() < 1e-12);
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn wasserstein(metric: &Metric, p: &Distribution, q: &Distribution) -> Result<Wasserstein, TheoryError> {
    // the clearer fault first
    drop(p.zip(q)?);
    let transport = optimal_transport(metric.distances(), p, q)?;
    // The potential of the sources is min_y d(x, y) - psi(y), a minimum of functions of slope 1, and at most -psi(x) at every
    // x: with -psi in its place it earns no less than both potentials together.
    let critic = transport.left.clone();
    let dual = p.expectation(|i| critic[i]) - q.expectation(|i| critic[i]);
    Ok(Wasserstein { transport, critic, dual })
}
