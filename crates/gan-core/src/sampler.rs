//! Samples of a trained generator.

use gan_layers::{ParamStore, Weights};
use gan_tensor::{Cx, Graph, Plan, Pool, Store, Var, derive};

use crate::classes::Asked;
use crate::{Classes, CoreError, Game};

/// Latent vectors that are drawn and decoded at a time. Fixed, so that the first samples are the same however many are asked
/// for.
pub(crate) const CHUNK: usize = 100;

/// What is left, down to a single vector, goes through the least plan that holds it: up to 16 rows take as long as the
/// weights take to be read, and more are worth a whole chunk.
const SIZES: [usize; 4] = [1, 4, 16, CHUNK];

/// The same trace compiled for every size of [`SIZES`].
pub(crate) struct Plans(Vec<Plan<f32>>);

impl Plans {
    pub(crate) fn new(trace: impl for<'g> Fn(&'g Graph, usize) -> Result<Var<'g>, CoreError>) -> Result<Plans, CoreError> {
        let compiled = SIZES.iter().map(|&size| {
            let graph = Graph::new();
            let out = trace(&graph, size)?;
            Ok(graph.compile(&[out])?)
        });
        compiled.collect::<Result<_, _>>().map(Plans)
    }

    /// The least plan for `rows` of at most [`CHUNK`], and its size.
    pub(crate) fn fitting(&mut self, rows: usize) -> (&mut Plan<f32>, usize) {
        let at = SIZES.iter().position(|&size| size >= rows).unwrap_or(SIZES.len() - 1);
        (&mut self.0[at], SIZES[at])
    }
}

/// Draws latent vectors from the prior and decodes them.
///
/// Sampling has a key space of its own: it never repeats the noise of training, and no observer that samples changes
/// what training draws. Sample `i` depends on the seed and `i` alone; how many are asked for shows in the rounding of the last
/// hundred at most.
pub struct Sampler {
    plans: Plans,
    sample: usize,
    classes: Option<usize>,
}

impl Sampler {
    /// A sampler of a game's generator.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn new(game: &Game, weights: Weights) -> Result<Sampler, CoreError> {
        let plans = Plans::new(|graph, n| game.trace_samples(graph, n, weights))?;
        Ok(Sampler { plans, sample: game.players().sample.len(), classes: game.players().generator.asked_classes() })
    }

    /// `n` samples, one after the other, row-major; of a conditional generator, all its classes in turn.
    ///
    /// # Errors
    /// More samples than the memory holds, or a store that does not belong to the generator.
    pub fn sample(&mut self, generator: &mut ParamStore, n: usize, seed: u64, pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        self.sample_of(generator, n, &Classes::InTurn, seed, pool)
    }

    /// As [`sample`](Sampler::sample), of the classes asked for.
    ///
    /// # Errors
    /// As [`sample`](Sampler::sample), and classes that a conditional generator does not know, or that are asked of another.
    pub fn sample_of(
        &mut self,
        generator: &mut ParamStore,
        n: usize,
        classes: &Classes,
        seed: u64,
        pool: &mut Pool,
    ) -> Result<Vec<f32>, CoreError> {
        let asked = Asked::new(classes, self.classes, n)?;
        draw(&mut self.plans, &mut [generator.values_mut()], (n, self.sample), &asked, seed, pool)
    }
}

/// An empty vector with room for `n` samples of `len` values.
pub(crate) fn room(n: usize, len: usize) -> Result<Vec<f32>, CoreError> {
    let mut all = Vec::new();
    let room = n.checked_mul(len).filter(|_| u32::try_from(n / CHUNK).is_ok());
    match room.is_some_and(|room| all.try_reserve_exact(room).is_ok()) {
        true => Ok(all),
        false => Err(CoreError::TooManySamples { n, len }),
    }
}

/// The first `n` rows, of `len` values each, of what the plans draw `CHUNK` by `CHUNK` in the key space of samples.
fn draw(
    plans: &mut Plans,
    stores: &mut [&mut Store<f32>],
    (n, len): (usize, usize),
    asked: &Asked<'_>,
    seed: u64,
    pool: &mut Pool,
) -> Result<Vec<f32>, CoreError> {
    let mut all = room(n, len)?;
    let seed = derive(seed, "sample");
    for (draw, start) in (0u32..).zip((0..n).step_by(CHUNK)) {
        let rows = CHUNK.min(n - start);
        let (plan, size) = plans.fitting(rows);
        let labels = asked.labels(start, rows, size);
        let inputs: Vec<&[f32]> = labels.iter().map(|l| &l[..]).collect();
        pool.region(|team| plan.run(stores, &inputs, &Cx::new(team, seed, draw)))?;
        all.extend_from_slice(&plan.output(0)[..rows * len]);
    }
    Ok(all)
}

/// Decodes given latent vectors.
///
/// By the same plans as the [`Sampler`], so that the latent vectors that it draws become the same samples, a single vector
/// does not wait for others, and the memory does not depend on how many there are.
pub struct Decoder {
    plans: Plans,
    prior: Plans,
    /// Latent vectors that fill the plan they go through.
    padded: Vec<f32>,
    latent: usize,
    sample: usize,
    classes: Option<usize>,
}

impl Decoder {
    /// A decoder of a game's generator.
    ///
    /// # Errors
    /// A fault of the network.
    pub fn new(game: &Game, weights: Weights) -> Result<Decoder, CoreError> {
        let latent = game.players().generator.input().len();
        let plans = Plans::new(|graph, n| game.trace_decoder(graph, graph.input("latent", [n, latent]), weights))?;
        let prior = Plans::new(|graph, n| Ok(game.players().draw_latent(graph, n)))?;
        let (sample, classes) = (game.players().sample.len(), game.players().generator.asked_classes());
        Ok(Decoder { plans, prior, padded: Vec::new(), latent, sample, classes })
    }

    /// `n` latent vectors from the prior: those with which [`Sampler`] makes its first samples of this seed.
    ///
    /// # Errors
    /// More than the memory holds.
    pub fn draw(&mut self, n: usize, seed: u64, pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        draw(&mut self.prior, &mut [], (n, self.latent), &Asked::nothing(), seed, pool)
    }

    /// Decodes latent vectors, one after the other, to as many samples; of a conditional generator, all its classes in turn.
    ///
    /// # Errors
    /// No whole number of vectors, more samples than the memory holds, or a store that does not belong to the generator.
    pub fn decode(&mut self, generator: &mut ParamStore, z: &[f32], pool: &mut Pool) -> Result<Vec<f32>, CoreError> {
        self.decode_of(generator, z, &Classes::InTurn, pool)
    }

    /// As [`decode`](Decoder::decode), to samples of the classes asked for.
    ///
    /// # Errors
    /// As [`decode`](Decoder::decode), and classes that a conditional generator does not know, or that are asked of another.
    pub fn decode_of(
        &mut self,
        generator: &mut ParamStore,
        z: &[f32],
        classes: &Classes,
        pool: &mut Pool,
    ) -> Result<Vec<f32>, CoreError> {
        if !z.len().is_multiple_of(self.latent) {
            return Err(CoreError::Latent { expected: self.latent, found: z.len() });
        }
        let n = z.len().checked_div(self.latent).unwrap_or(0);
        let mut all = room(n, self.sample)?;
        let asked = Asked::new(classes, self.classes, n)?;
        for (start, part) in (0..).step_by(CHUNK).zip(z.chunks((CHUNK * self.latent).max(1))) {
            let rows = part.len() / self.latent;
            let (plan, size) = self.plans.fitting(rows);
            let z = if rows == size {
                part
            } else {
                self.padded.clear();
                self.padded.extend_from_slice(part);
                self.padded.resize(size * self.latent, 0.0);
                &self.padded
            };
            let labels = asked.labels(start, rows, size);
            let inputs: Vec<&[f32]> = std::iter::once(z).chain(labels.iter().map(|l| &l[..])).collect();
            pool.region(|team| plan.run(&mut [generator.values_mut()], &inputs, &Cx::new(team, 0, 0)))?;
            all.extend_from_slice(&plan.output(0)[..rows * self.sample]);
        }
        Ok(all)
    }

    /// Values of one latent vector.
    pub fn latent(&self) -> usize {
        self.latent
    }
}
