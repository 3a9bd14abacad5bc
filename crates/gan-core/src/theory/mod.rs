//! The exact theory of Goodfellow et al. 2014 (section 4) for distributions on a finite support.
//!
//! With finitely many outcomes every integral of the paper is a finite sum, so its statements can be
//! checked by numbers, to rounding:
//!
//! - Eq. 1 and Eq. 3, the value of the game: [`value_function`];
//! - Prop. 1 (Eq. 2), the optimal discriminator: [`optimal_discriminator`];
//! - Eq. 4, the criterion that the generator minimises: [`criterion`];
//! - Thm. 1 (Eq. 5 and 6), `C(G) = -log 4 + 2 JSD(p_data || p_g)`: [`LOG_4`], [`jensen_shannon`],
//!   [`kullback_leibler`];
//! - Prop. 2, convergence, as a program, and what becomes of it where a condition fails: [`convergence`];
//! - the divergences of other games: [`f_divergences`] (f-GAN), [`wasserstein()`] (WGAN).
//!
//! For densities on the line and in the plane the same statements are integrals: [`densities`], [`quadrature`] and
//! [`continuous`]. A trained game is judged against them on a grid of [`Cells`]: [`pushforward`] gives `p_g` of a generator,
//! [`Table::yardsticks`] how far `D` is from `D*`. Why `-log D` trains the generator where `log(1 - D)` does not is in [`Shifted`],
//! why the divergence has no slope between disjoint supports in [`Plateau`].
//!
//! All logarithms are natural, so all values are in nats.
//!
//! Whether training reaches the equilibrium is another question: [`dynamics`] answers it for games of a few parameters, exactly, and
//! [`spectrum`] for real ones, by the leading eigenvalues of their gradient vector field.
//!
//! ```
//! use gan_core::theory::{criterion, jensen_shannon, optimal_discriminator, value_function, Distribution, LOG_4};
//!
//! let p_data = Distribution::from_weights(&[1.0, 2.0, 1.0])?;
//! let p_g = Distribution::from_weights(&[1.0, 1.0, 0.0])?;
//!
//! let best = optimal_discriminator(&p_data, &p_g)?;
//! let value = value_function(&p_data, &p_g, best.as_slice())?;
//! assert!((value - criterion(&p_data, &p_g)?).abs() < 1e-12);
//! assert!((value - (-LOG_4 + 2.0 * jensen_shannon(&p_data, &p_g)?)).abs() < 1e-12);
//! # Ok::<(), gan_core::theory::TheoryError>(())
//! ```

mod cells;
pub mod checks;
pub mod continuous;
pub mod convergence;
pub mod densities;
mod discrete;
mod divergence;
pub mod dynamics;
mod error;
pub mod f_divergences;
mod kernel_masses;
mod latent;
mod optimal;
mod plateau;
mod pointwise;
mod pushforward;
pub mod quadrature;
mod saturation;
mod schur;
pub mod spectrum;
mod sum;
mod table;
mod value;
mod wasserstein;
mod yardsticks;

#[cfg(test)]
mod properties;

pub use cells::{Cells, Histogram};
pub use discrete::Distribution;
pub use divergence::{hellinger, jensen_shannon, kullback_leibler, total_variation};
pub use error::{
    ConvergenceError, DensityError, DynamicsError, FDivergenceError, QuadratureError, SpectrumError, TableError, TheoryError,
    TransportError,
};
pub use kernel_masses::kernel_masses;
pub use latent::LatentCells;
pub use optimal::optimal_discriminator;
pub use plateau::{Plateau, plateau_of_gaussians, plateau_of_uniforms};
pub use pointwise::{sigmoid, softplus};
pub use pushforward::{Pushforward, pushforward};
pub use saturation::{LossGradients, Shifted};
pub use table::Table;
pub use value::{LOG_4, criterion, pointwise_value, value_function};
pub use wasserstein::{Metric, Transport, Wasserstein, optimal_transport, wasserstein, wasserstein_on_line};
pub use yardsticks::Yardsticks;
