use super::{GameEntry, Model, Weighted, parameter};
use crate::theory::TheoryError;
use crate::theory::dynamics::{Hyper, gauss_hermite};

/// The linear-quadratic game on a normal density (Feizi et al. 2017; Nagarajan and Kolter 2017, sec. 5): data `N(mean, deviation^2)`,
/// `G(z) = a z + b` with `z ~ N(0, 1)`, `D(x) = w2 x^2 + w1 x`.
///
/// A quadratic D sees exactly what a linear G can get wrong, the mean and the variance. The equilibrium is `a = deviation`, `b = mean`,
/// `w2 = w1 = 0`.
#[derive(Debug, Clone)]
pub struct Gaussian {
    mean: f64,
    deviation: f64,
    latent: Vec<(f64, f64)>,
}

impl Gaussian {
    /// The game of these data, with `nodes` of Gauss and Hermite for its expectations.
    ///
    /// # Errors
    /// [`TheoryError::Setting`] for a mean that is not finite or a deviation that is not positive;
    /// [`DynamicsError::Nodes`](crate::theory::DynamicsError::Nodes).
    pub fn new(mean: f64, deviation: f64, nodes: usize) -> Result<Gaussian, TheoryError> {
        if !mean.is_finite() {
            return Err(TheoryError::Setting { name: "mean", expected: "a finite number", found: mean });
        }
        if !(deviation > 0.0 && deviation.is_finite()) {
            return Err(TheoryError::Setting { name: "deviation", expected: "a finite number > 0", found: deviation });
        }
        Ok(Gaussian { mean, deviation, latent: gauss_hermite(nodes)? })
    }
}

impl Model for Gaussian {
    fn parameters(&self) -> &'static [&'static str] {
        &["a", "b", "w2", "w1"]
    }
    fn generator_parameters(&self) -> usize {
        2
    }
    fn equilibrium(&self) -> Vec<f64> {
        vec![self.deviation, self.mean, 0.0, 0.0]
    }
    fn data(&self, noise: f64) -> Weighted<f64> {
        // a normal variable with normal noise is normal
        let deviation = self.deviation.hypot(noise);
        self.latent.iter().map(|&(n, p)| (self.mean + deviation * n, p)).collect()
    }
    fn fakes(&self, generator: &[Hyper], noise: f64) -> Weighted<Hyper> {
        let (a, b) = (parameter(generator, 0), parameter(generator, 1));
        // without noise a itself, which may be 0 or below
        let scale = if noise == 0.0 { a } else { (a.square() + Hyper::constant(noise * noise)).sqrt() };
        self.latent.iter().map(|&(z, p)| (scale * z + b, p)).collect()
    }
    fn discriminator(&self, discriminator: &[Hyper], x: Hyper) -> Hyper {
        (parameter(discriminator, 0) * x + parameter(discriminator, 1)) * x
    }
    fn slope(&self, discriminator: &[Hyper], x: Hyper) -> Hyper {
        parameter(discriminator, 0) * x * 2.0 + parameter(discriminator, 1)
    }
}

pub(super) const ENTRY: GameEntry = GameEntry {
    name: "gaussian",
    doc: "data N(mean, deviation^2), G(z) = a z + b, D(x) = w2 x^2 + w1 x. mean (0), deviation (1), nodes (32): of the quadrature",
    build: |f| {
        let (mean, deviation) = (f.f64_or("mean", 0.0)?, f.positive("deviation", 1.0)?);
        let nodes = f.count_or("nodes", 32)?;
        let found = Gaussian::new(mean, deviation, nodes).map_err(|e| f.fault("nodes", "1 to 256", format!("{nodes} ({e})")))?;
        Ok(Box::new(found))
    },
};
