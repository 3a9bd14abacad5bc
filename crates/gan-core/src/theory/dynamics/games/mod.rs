//! Data, generator and discriminator with so few parameters that everything about them can be computed, one file each. A new game
//! is a file here and a line in [`ALL`].

mod dirac;
mod gaussian;

pub use dirac::Dirac;
pub use gaussian::Gaussian;

use std::fmt::Debug;

use gan_layers::{LayerError, Spec, spec};

use super::Hyper;

/// Points with their probabilities.
pub type Weighted<T> = Vec<(T, f64)>;

/// A data distribution on the line, a generator and a discriminator.
///
/// The parameters of both are one vector, the generator's first. Expectations are sums over weighted points: exact for a point mass,
/// Gauss and Hermite for a normal density.
pub trait Model: Debug + Send + Sync {
    /// The names of the parameters, the generator's first.
    fn parameters(&self) -> &'static [&'static str];

    /// How many of them are the generator's.
    fn generator_parameters(&self) -> usize;

    /// The parameters at which `p_g = p_data` and `D = 0` everywhere.
    fn equilibrium(&self) -> Vec<f64>;

    /// The data, with independent normal noise of this deviation added.
    fn data(&self, noise: f64) -> Weighted<f64>;

    /// The fakes, with independent normal noise of this deviation added.
    fn fakes(&self, generator: &[Hyper], noise: f64) -> Weighted<Hyper>;

    /// `D(x)`, a logit or a critic's number.
    fn discriminator(&self, discriminator: &[Hyper], x: Hyper) -> Hyper;

    /// `D'(x)`, its slope in x.
    fn slope(&self, discriminator: &[Hyper], x: Hyper) -> Hyper;
}

/// A game as the registry lists it.
pub type GameEntry = spec::Entry<dyn Model>;

/// Every game.
pub const ALL: &[GameEntry] = &[dirac::ENTRY, gaussian::ENTRY];

/// Builds the game that `spec`, at `path` in the description, names.
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn Model>, LayerError> {
    spec::build("small game", ALL, spec, path)
}

/// A parameter, by its place; 0 where the caller gave too few (which `SmallGame` refuses).
fn parameter(all: &[Hyper], at: usize) -> Hyper {
    all.get(at).copied().unwrap_or(Hyper::constant(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slope_is_the_derivative_of_its_discriminator() {
        for entry in ALL {
            let model = build(&Spec::new(entry.name), "game").unwrap();
            let count = model.parameters().len() - model.generator_parameters();
            let d: Vec<Hyper> = (0..count).map(|i| Hyper::constant(0.3 + 0.4 * i as f64)).collect();
            for x in [-1.7, 0.0, 0.4, 2.5] {
                let exact = model.discriminator(&d, Hyper::variable(x, [1.0, 0.0, 0.0])).first()[0];
                let slope = model.slope(&d, Hyper::constant(x)).value();
                assert!((exact - slope).abs() < 1e-15, "{} at {x}", entry.name);
            }
        }
    }

    #[test]
    fn fakes_are_distributed_as_the_data_at_the_equilibrium() {
        for entry in ALL {
            let model = build(&Spec::new(entry.name), "game").unwrap();
            let at: Vec<Hyper> = model.equilibrium().into_iter().map(Hyper::constant).collect();
            assert_eq!(at.len(), model.parameters().len());
            let (g, d) = at.split_at(model.generator_parameters());
            for noise in [0.0, 0.8] {
                let data = model.data(noise);
                let fakes = model.fakes(g, noise);
                assert_eq!(data.len(), fakes.len(), "{}", entry.name);
                for ((x, p), (y, q)) in data.iter().zip(&fakes) {
                    assert!((x - y.value()).abs() < 1e-14 && p == q, "{}", entry.name);
                    assert_eq!(model.discriminator(d, *y).value(), 0.0);
                }
                let mass: f64 = data.iter().map(|x| x.1).sum();
                assert!((mass - 1.0).abs() < 1e-14);
            }
        }
    }
}
