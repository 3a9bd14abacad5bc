//! Samples of a trained generator.

use gan_layers::{ParamStore, Weights};
use gan_tensor::{Cx, Graph, Plan, Pool, derive};

use crate::{CoreError, Game};

/// Latent vectors that a sampler draws at a time. Fixed, so that the first samples are the same however many are asked
/// for.
const CHUNK: usize = 100;

/// Draws latent vectors from the prior and decodes them.
///
/// Sampling has a key space of its own: it never repeats the noise of training, and no observer that samples changes
/// what training draws. Sample `i` depends on the seed and `i` alone.
pub struct Sampler {
    plan: Plan<f32>,
    sample: usize,
}

impl Sampler {
    /// A sampler of a game's generator.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn new(game: &Game, weights: Weights) -> Result<Sampler, CoreError> {
        let graph = Graph::new();
        let out = game.trace_samples(&graph, CHUNK, weights)?;
        Ok(Sampler { plan: graph.compile(&[out])?, sample: game.players().sample.len() })
    }

    /// `n` samples, one after the other, row-major.
    ///
    /// # Errors
    /// The store does not belong to the generator.
    pub fn sample(&mut self, generator: &mut ParamStore, n: usize, seed: u64, pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        let mut all = Vec::with_capacity(n * self.sample);
        let seed = derive(seed, "sample");
        for chunk in 0..n.div_ceil(CHUNK) {
            let draw = chunk as u32;
            pool.region(|team| self.plan.run(&mut [generator.values_mut()], &[], &Cx::new(team, seed, draw)))?;
            let wanted = CHUNK.min(n - chunk * CHUNK);
            all.extend_from_slice(&self.plan.output(0)[..wanted * self.sample]);
        }
        Ok(all)
    }
}

/// Decodes given latent vectors.
pub struct Decoder {
    plan: Plan<f32>,
    prior: Plan<f32>,
    latent: usize,
}

impl Decoder {
    /// A decoder for batches of `n` latent vectors.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn new(game: &Game, n: usize, weights: Weights) -> Result<Decoder, CoreError> {
        let latent = game.players().generator.input().len();
        let graph = Graph::new();
        let z = graph.input("latent", [n, latent]);
        let plan = graph.compile(&[game.trace_decoder(&graph, z, weights)?])?;
        let graph = Graph::new();
        let prior = graph.compile(&[game.players().draw_latent(&graph, n)])?;
        Ok(Decoder { plan, prior, latent })
    }

    /// `n` latent vectors from the prior: those with which [`Sampler`] makes its first samples of this seed.
    ///
    /// # Errors
    /// None in practice: the plan has no inputs.
    pub fn draw(&mut self, seed: u64, pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        pool.region(|team| self.prior.run(&mut [], &[], &Cx::new(team, derive(seed, "sample"), 0)))?;
        Ok(self.prior.output(0).to_vec())
    }

    /// Decodes `n` latent vectors, one after the other.
    ///
    /// # Errors
    /// Another number of values, or a store that does not belong to the generator.
    pub fn decode(&mut self, generator: &mut ParamStore, z: &[f32], pool: &mut Pool) -> Result<&[f32], CoreError> {
        let expected = self.plan.inputs()[0].1.len();
        if z.len() != expected {
            return Err(CoreError::Latent { expected, found: z.len() });
        }
        pool.region(|team| self.plan.run(&mut [generator.values_mut()], &[z], &Cx::new(team, 0, 0)))?;
        Ok(self.plan.output(0))
    }

    /// Values of one latent vector.
    pub fn latent(&self) -> usize {
        self.latent
    }
}
