use gan_layers::{Kind, Numbers, ParamStore};
use gan_tensor::{Cx, Graph, Plan, Pool, Store, Var};
use nalgebra::DMatrix;

use super::{Leading, Search, leading_eigenvalues};
use crate::theory::{SpectrumError, TheoryError};
use crate::{CoreError, Game};

/// Most parameters whose Jacobian is stored whole.
const DENSE_LIMIT: usize = 2000;

/// A trainable parameter: where it lies, and which of the coordinates are its.
struct Place {
    store: usize,
    slot: usize,
    start: usize,
    /// Where each of its values, counted row-major, lies in its slot.
    offsets: Vec<usize>,
}

/// The gradient vector field `v` of a real game, in f64: `v_G = -grad L_G` and `v_D = -grad (L_D + penalties)`, over all trainable
/// parameters of both players, the generator's first.
///
/// Batch, noise and masks are held fixed: the same data, and what one seed and draw yield. So `v` is a function, and it has a Jacobian.
/// Both losses come from one forward pass; layers behave as in training. The optimiser (momentum, Adam), bounds of norms and clipping are
/// no part of it: it is what plain gradient descent follows.
///
/// The Jacobian is known by its products `u^T v'`, a gradient of `v . u`; its eigenvalues are those of its transpose.
///
/// ```
/// use gan_core::theory::spectrum::{GameField, Search, Stability};
/// use gan_core::{objectives, testing};
/// use gan_layers::Spec;
/// use gan_tensor::Pool;
///
/// let game = testing::game(objectives::build(&Spec::new("non_saturating"), "objective")?, Vec::new())?;
/// // 4 examples of 3 values, seed 7, draw 0
/// let data: Vec<f32> = (0..12).map(|i| (i as f32).sin()).collect();
/// let mut field = GameField::new(&game, &data, 7, 0)?;
/// let found = field.leading_eigenvalues(&Search::default(), &mut Pool::new(1))?;
/// assert!(found.converged && found.pairs[0].residual < 1e-9);
/// let values: Vec<_> = found.pairs.iter().map(|p| p.value).collect();
/// println!("{:?}", Stability::of(&values));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct GameField {
    field: Plan<f64>,
    product: Plan<f64>,
    stores: [Store<f64>; 2],
    places: Vec<Place>,
    dimension: usize,
    generator: usize,
    real: Vec<f64>,
    seed: u64,
    draw: u32,
}

impl GameField {
    /// The field of a game on a batch of data, row-major, with the noise and masks that training with this seed draws at `draw`. The
    /// parameters are those that the game has now; later changes of the game are not seen.
    ///
    /// # Errors
    /// [`SpectrumError::Game`] for a fault of the networks, [`TheoryError::VectorLength`] for data that are no whole number of samples.
    pub fn new(game: &Game, data: &[f32], seed: u64, draw: u32) -> Result<GameField, TheoryError> {
        let players = game.players();
        let sample = players.sample.len().max(1);
        if !data.len().is_multiple_of(sample) {
            return Err(TheoryError::VectorLength { expected: data.len().next_multiple_of(sample), found: data.len() });
        }
        let batch = data.len() / sample;
        let stores = [&players.generator, &players.discriminator].map(|net| net.params());
        let (places, dimension) = places(stores);
        let generator = places.iter().filter(|p| p.store == 0).map(|p| p.offsets.len()).sum();

        let trace = |multiply: bool| -> Result<Plan<f64>, CoreError> {
            let graph = &Graph::new();
            let gradients = game.trace_gradients(graph, batch, &Numbers::new())?;
            let all: Vec<Var<'_>> = gradients.generator.into_iter().chain(gradients.discriminator).collect();
            let outputs: Vec<Var<'_>> = if multiply {
                let mut dot = graph.constant(0.0, []);
                for g in all {
                    dot = dot - (g * graph.input("u", g.shape())).sum();
                }
                graph.grad(dot, &trainable(graph, stores))
            } else {
                all.into_iter().map(|g| -g).collect()
            };
            Ok(graph.compile(&outputs)?)
        };
        Ok(GameField {
            field: trace(false)?,
            product: trace(true)?,
            stores: stores.map(|s| s.values().cast()),
            places,
            dimension,
            generator,
            real: data.iter().map(|&x| f64::from(x)).collect(),
            seed,
            draw,
        })
    }

    /// Number of trainable values of both players.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// How many of them are the generator's; they come first.
    pub fn generator_parameters(&self) -> usize {
        self.generator
    }

    /// Bytes that the field and a search for eigenvalues need: the buffers of both plans and two Krylov bases, the second one at
    /// restarts.
    pub fn bytes(&self, search: &Search) -> usize {
        let bases =
            search.basis_of(self.dimension).saturating_add(1).saturating_mul(self.dimension).saturating_mul(2 * size_of::<f64>());
        (self.field.memory() + self.product.memory()).saturating_add(bases)
    }

    /// The parameters at which the field is taken.
    pub fn parameters(&self) -> Vec<f64> {
        let mut x = vec![0.0; self.dimension];
        for place in &self.places {
            let values = self.stores[place.store].get(place.slot).unwrap_or_default();
            for (x, &at) in x[place.start..].iter_mut().zip(&place.offsets) {
                *x = values.get(at).copied().unwrap_or_default();
            }
        }
        x
    }

    /// Moves to other parameters.
    ///
    /// # Errors
    /// [`TheoryError::VectorLength`]; nothing is changed then.
    pub fn set_parameters(&mut self, x: &[f64]) -> Result<(), TheoryError> {
        self.check(x.len())?;
        for place in &self.places {
            let values = self.stores[place.store].get_mut(place.slot).unwrap_or_default();
            for (&x, &at) in x[place.start..].iter().zip(&place.offsets) {
                if let Some(value) = values.get_mut(at) {
                    *value = x;
                }
            }
        }
        Ok(())
    }

    /// The field, `[dimension]`.
    ///
    /// # Errors
    /// [`SpectrumError::Game`].
    pub fn field(&mut self, pool: &mut Pool) -> Result<Vec<f64>, TheoryError> {
        let mut out = vec![0.0; self.dimension];
        let [g, d] = &mut self.stores;
        let (plan, real) = (&mut self.field, &self.real);
        pool.region(|team| plan.run(&mut [g, d], &[real], &Cx::new(team, self.seed, self.draw))).map_err(CoreError::from)?;
        collect(plan, &self.places, &mut out);
        Ok(out)
    }

    /// `u^T v'`, written to `out`.
    ///
    /// # Errors
    /// [`TheoryError::VectorLength`], [`SpectrumError::Game`].
    pub fn vector_jacobian(&mut self, u: &[f64], out: &mut [f64], pool: &mut Pool) -> Result<(), TheoryError> {
        self.check(u.len())?;
        self.check(out.len())?;
        let inputs: Vec<&[f64]> =
            std::iter::once(&self.real[..]).chain(self.places.iter().map(|p| &u[p.start..p.start + p.offsets.len()])).collect();
        let [g, d] = &mut self.stores;
        let plan = &mut self.product;
        pool.region(|team| plan.run(&mut [g, d], &inputs, &Cx::new(team, self.seed, self.draw))).map_err(CoreError::from)?;
        collect(plan, &self.places, out);
        Ok(())
    }

    /// The whole Jacobian `v'`, `[dimension, dimension]`, a product for each row.
    ///
    /// # Errors
    /// [`SpectrumError::TooManyParameters`] above 2000, [`SpectrumError::Game`].
    pub fn dense_jacobian(&mut self, pool: &mut Pool) -> Result<DMatrix<f64>, TheoryError> {
        let n = self.dimension;
        if n > DENSE_LIMIT {
            return Err(SpectrumError::TooManyParameters { found: n, limit: DENSE_LIMIT }.into());
        }
        // row by row as columns of the transpose, which lie together
        let mut transposed = DMatrix::zeros(n, n);
        let (mut u, mut row) = (vec![0.0; n], vec![0.0; n]);
        for i in 0..n {
            u[i] = 1.0;
            self.vector_jacobian(&u, &mut row, pool)?;
            u[i] = 0.0;
            transposed.column_mut(i).copy_from_slice(&row);
        }
        Ok(transposed.transpose())
    }

    /// The leading eigenvalues of the Jacobian. The vectors are left eigenvectors `w`: near an equilibrium `w . (x - x*)` grows as
    /// `e^(l t)`, so their entries tell which parameters take part in what the eigenvalue does.
    ///
    /// # Errors
    /// As [`leading_eigenvalues`]; [`SpectrumError::Game`].
    pub fn leading_eigenvalues(&mut self, search: &Search, pool: &mut Pool) -> Result<Leading, TheoryError> {
        self.watched_eigenvalues(search, pool, |_| {})
    }

    /// As [`leading_eigenvalues`](GameField::leading_eigenvalues); `watch` is told the number of each product before it is made, of
    /// which a large game needs many seconds of.
    ///
    /// # Errors
    /// As [`leading_eigenvalues`](GameField::leading_eigenvalues).
    pub fn watched_eigenvalues(
        &mut self,
        search: &Search,
        pool: &mut Pool,
        mut watch: impl FnMut(usize),
    ) -> Result<Leading, TheoryError> {
        let (mut fault, mut product) = (None, 0);
        let found = leading_eigenvalues(
            self.dimension,
            |u, out| {
                product += 1;
                watch(product);
                if let Err(e) = self.vector_jacobian(u, out, pool) {
                    // what follows is of no use; NaN ends it
                    out.fill(f64::NAN);
                    fault.get_or_insert(e);
                }
            },
            search,
        );
        fault.map_or(found, Err)
    }

    /// The leading eigenvalues of a linearised step of size `h` at these parameters; with [`Target::LargestMagnitude`](super::Target) the
    /// magnitude of the first is its spectral radius. Of alternating steps, D first, if `alternating`, where both players see the same
    /// batch and noise; else of simultaneous ones, `I + h v'`.
    ///
    /// # Errors
    /// As [`leading_eigenvalues`](GameField::leading_eigenvalues).
    pub fn step_spectrum(&mut self, h: f64, alternating: bool, search: &Search, pool: &mut Pool) -> Result<Leading, TheoryError> {
        let (n, generator) = (self.dimension, self.generator);
        let mut fault = None;
        let (mut masked, mut product) = (vec![0.0; n], vec![0.0; n]);
        let found = leading_eigenvalues(
            n,
            |u, out| {
                // u^T (I + h P_G J) (I + h P_D J), with P the projections on the players
                let cut = if alternating { generator } else { n };
                out.copy_from_slice(u);
                for player in [0..cut, cut..n].into_iter().filter(|p| !p.is_empty()) {
                    masked.fill(0.0);
                    masked[player.clone()].copy_from_slice(&out[player.clone()]);
                    if let Err(e) = self.vector_jacobian(&masked, &mut product, pool) {
                        out.fill(f64::NAN);
                        fault.get_or_insert(e);
                        return;
                    }
                    out.iter_mut().zip(&product).for_each(|(o, p)| *o += h * p);
                }
            },
            search,
        );
        fault.map_or(found, Err)
    }

    fn check(&self, found: usize) -> Result<(), TheoryError> {
        if found == self.dimension { Ok(()) } else { Err(TheoryError::VectorLength { expected: self.dimension, found }) }
    }
}

/// Every trainable parameter of both players, as coordinates one after the other; and how many there are.
fn places(stores: [&ParamStore; 2]) -> (Vec<Place>, usize) {
    let mut all = Vec::new();
    let mut start = 0;
    for (store, params) in stores.into_iter().enumerate() {
        for id in params.of_kind(Kind::Trainable) {
            let offsets: Vec<usize> = (0..params.spec(id).shape.len()).map(|i| params.offset(id, i)).collect();
            let length = offsets.len();
            all.push(Place { store, slot: params.slot(id), start, offsets });
            start += length;
        }
    }
    (all, start)
}

fn trainable<'g>(graph: &'g Graph, stores: [&ParamStore; 2]) -> Vec<Var<'g>> {
    stores.into_iter().flat_map(|params| params.of_kind(Kind::Trainable).map(|id| params.var(graph, id))).collect()
}

/// The outputs of a plan, one for each parameter, as one vector.
fn collect(plan: &Plan<f64>, places: &[Place], out: &mut [f64]) {
    for (i, place) in places.iter().enumerate() {
        out[place.start..place.start + place.offsets.len()].copy_from_slice(plan.output(i));
    }
}
