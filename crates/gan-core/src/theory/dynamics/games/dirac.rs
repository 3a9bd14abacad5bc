use super::{GameEntry, Model, Weighted, parameter};
use crate::theory::TheoryError;
use crate::theory::dynamics::{Hyper, gauss_hermite};

/// The Dirac-GAN (Mescheder et al. 2018, Def. 2.1): the data are the point 0, the fakes the point `theta`, `D(x) = psi x`.
///
/// The least game in which training circles: two parameters, both 0 at the equilibrium.
#[derive(Debug, Clone)]
pub struct Dirac {
    noise: Vec<(f64, f64)>,
}

impl Dirac {
    /// The game; `nodes` of Gauss and Hermite for the noise that may be added to its points.
    ///
    /// # Errors
    /// [`DynamicsError::Nodes`](crate::theory::DynamicsError::Nodes).
    pub fn new(nodes: usize) -> Result<Dirac, TheoryError> {
        Ok(Dirac { noise: gauss_hermite(nodes)? })
    }
}

impl Model for Dirac {
    fn parameters(&self) -> &'static [&'static str] {
        &["theta", "psi"]
    }
    fn generator_parameters(&self) -> usize {
        1
    }
    fn equilibrium(&self) -> Vec<f64> {
        vec![0.0, 0.0]
    }
    fn data(&self, noise: f64) -> Weighted<f64> {
        if noise == 0.0 {
            return vec![(0.0, 1.0)];
        }
        self.noise.iter().map(|&(n, p)| (noise * n, p)).collect()
    }
    fn fakes(&self, generator: &[Hyper], noise: f64) -> Weighted<Hyper> {
        let theta = parameter(generator, 0);
        if noise == 0.0 {
            return vec![(theta, 1.0)];
        }
        self.noise.iter().map(|&(n, p)| (theta + Hyper::constant(noise * n), p)).collect()
    }
    fn discriminator(&self, discriminator: &[Hyper], x: Hyper) -> Hyper {
        parameter(discriminator, 0) * x
    }
    fn slope(&self, discriminator: &[Hyper], _: Hyper) -> Hyper {
        parameter(discriminator, 0)
    }
}

pub(super) const ENTRY: GameEntry = GameEntry {
    name: "dirac",
    doc: "data at 0, fakes at theta, D(x) = psi x. nodes (32): of the quadrature, where noise is added",
    build: |f| {
        let nodes = f.count_or("nodes", 32)?;
        let found = Dirac::new(nodes).map_err(|e| f.fault("nodes", "1 to 256", format!("{nodes} ({e})")))?;
        Ok(Box::new(found))
    },
};
