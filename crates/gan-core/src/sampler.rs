//! Samples of a trained generator.

use gan_layers::{ParamStore, Weights};
use gan_tensor::{Cx, Graph, Plan, Pool, Store, derive};

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
    /// More samples than the memory holds, or a store that does not belong to the generator.
    pub fn sample(&mut self, generator: &mut ParamStore, n: usize, seed: u64, pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        chunks(&mut self.plan, &mut [generator.values_mut()], (n, self.sample), seed, pool)
    }
}

/// An empty vector with room for `n` samples of `len` values.
fn room(n: usize, len: usize) -> Result<Vec<f32>, CoreError> {
    let mut all = Vec::new();
    let room = n.checked_mul(len).filter(|_| u32::try_from(n / CHUNK).is_ok());
    match room.is_some_and(|room| all.try_reserve_exact(room).is_ok()) {
        true => Ok(all),
        false => Err(CoreError::TooManySamples { n, len }),
    }
}

/// The first `n` rows, of `len` values each, of what `plan` draws `CHUNK` by `CHUNK` in the key space of samples.
fn chunks(
    plan: &mut Plan<f32>,
    stores: &mut [&mut Store<f32>],
    (n, len): (usize, usize),
    seed: u64,
    pool: &mut Pool,
) -> Result<Vec<f32>, CoreError> {
    let mut all = room(n, len)?;
    let seed = derive(seed, "sample");
    for (draw, start) in (0u32..).zip((0..n).step_by(CHUNK)) {
        pool.region(|team| plan.run(stores, &[], &Cx::new(team, seed, draw)))?;
        all.extend_from_slice(&plan.output(0)[..CHUNK.min(n - start) * len]);
    }
    Ok(all)
}

/// Decodes given latent vectors.
///
/// As many at a time as the [`Sampler`], so that the latent vectors that it draws become the same samples, and the memory
/// does not depend on how many there are.
pub struct Decoder {
    plan: Plan<f32>,
    prior: Plan<f32>,
    latent: usize,
    sample: usize,
}

impl Decoder {
    /// A decoder of a game's generator.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn new(game: &Game, weights: Weights) -> Result<Decoder, CoreError> {
        let latent = game.players().generator.input().len();
        let graph = Graph::new();
        let z = graph.input("latent", [CHUNK, latent]);
        let plan = graph.compile(&[game.trace_decoder(&graph, z, weights)?])?;
        let graph = Graph::new();
        let prior = graph.compile(&[game.players().draw_latent(&graph, CHUNK)])?;
        Ok(Decoder { plan, prior, latent, sample: game.players().sample.len() })
    }

    /// `n` latent vectors from the prior: those with which [`Sampler`] makes its first samples of this seed.
    ///
    /// # Errors
    /// More than the memory holds.
    pub fn draw(&mut self, n: usize, seed: u64, pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        chunks(&mut self.prior, &mut [], (n, self.latent), seed, pool)
    }

    /// Decodes latent vectors, one after the other, to as many samples.
    ///
    /// # Errors
    /// No whole number of vectors, more samples than the memory holds, or a store that does not belong to the generator.
    pub fn decode(&mut self, generator: &mut ParamStore, z: &[f32], pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        if !z.len().is_multiple_of(self.latent) {
            return Err(CoreError::Latent { expected: self.latent, found: z.len() });
        }
        let n = z.len().checked_div(self.latent).unwrap_or(0);
        let mut all = room(n, self.sample)?;
        let mut padded = vec![0.0; CHUNK * self.latent];
        for part in z.chunks(padded.len().max(1)) {
            padded[..part.len()].copy_from_slice(part);
            pool.region(|team| self.plan.run(&mut [generator.values_mut()], &[&padded], &Cx::new(team, 0, 0)))?;
            all.extend_from_slice(&self.plan.output(0)[..part.len() / self.latent * self.sample]);
        }
        Ok(all)
    }

    /// Values of one latent vector.
    pub fn latent(&self) -> usize {
        self.latent
    }
}
