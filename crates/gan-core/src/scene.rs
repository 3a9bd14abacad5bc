//! What an objective sees: the two players, the data and the fakes of one step.

use std::cell::OnceCell;

use gan_layers::Cx;
use gan_tensor::{Graph, Shape, Var};

use crate::Players;

/// One step of the game while it is traced. Everything is made on demand and once: an objective that never
/// asks for the fakes does not pay for them.
pub struct Scene<'g, 'p> {
    players: &'p Players,
    g: &'p Cx<'g, 'p>,
    d: &'p Cx<'g, 'p>,
    real: Var<'g>,
    labels: Option<Var<'g>>,
    latent: OnceCell<Var<'g>>,
    fake: OnceCell<Var<'g>>,
    pair: OnceCell<(Var<'g>, Var<'g>)>,
    d_fake: OnceCell<Var<'g>>,
}

impl<'g, 'p> Scene<'g, 'p> {
    pub(crate) fn new(
        players: &'p Players,
        g: &'p Cx<'g, 'p>,
        d: &'p Cx<'g, 'p>,
        real: Var<'g>,
        labels: Option<Var<'g>>,
    ) -> Self {
        Self {
            players,
            g,
            d,
            real,
            labels,
            latent: OnceCell::new(),
            fake: OnceCell::new(),
            pair: OnceCell::new(),
            d_fake: OnceCell::new(),
        }
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph {
        self.real.graph()
    }

    /// Number of examples of each kind.
    pub fn batch(&self) -> usize {
        self.real.shape().first().copied().unwrap_or(0)
    }

    /// A batch of the data, `[batch, sample...]`.
    pub fn real(&self) -> Var<'g> {
        self.real
    }

    /// The class of each example of the data, where there are classes.
    pub fn labels(&self) -> Option<Var<'g>> {
        self.labels
    }

    /// The step's latent vectors, `[batch, latent]`.
    pub fn latent(&self) -> Var<'g> {
        *self.latent.get_or_init(|| self.players.draw_latent(self.graph(), self.batch()))
    }

    /// The step's fakes, `G(latent)`, in the shape of the data.
    pub fn fake(&self) -> Var<'g> {
        *self.fake.get_or_init(|| self.g(self.latent()))
    }

    /// The generator on latent vectors.
    pub fn g(&self, z: Var<'g>) -> Var<'g> {
        self.players.generate(self.g, z)
    }

    /// The discriminator's logits, `[n, 1]`, on samples `[n, sample...]`: `D(x) = sigmoid(d(x))`.
    pub fn d(&self, x: Var<'g>) -> Var<'g> {
        self.players.discriminator.forward(self.d, x)
    }

    /// Logits of the data and of the step's fakes.
    ///
    /// Both go through D as one batch, unless a layer of D makes an example's result depend on its batch.
    pub fn d_pair(&self) -> (Var<'g>, Var<'g>) {
        *self.pair.get_or_init(|| {
            if self.players.discriminator.couples_batch() {
                return (self.d(self.real), self.d(self.fake()));
            }
            let both = self.d(self.graph().concat(&[self.real, self.fake()], 0));
            let n = self.batch();
            (both.slice(0, 0, n), both.slice(0, n, n))
        })
    }

    /// Logits of the step's fakes: those of [`d_pair`](Scene::d_pair) where it was asked for.
    pub fn d_fake(&self) -> Var<'g> {
        match self.pair.get() {
            Some(pair) => pair.1,
            None => *self.d_fake.get_or_init(|| self.d(self.fake())),
        }
    }

    /// Logits of the data and of the fakes, as far as the objective asked for them.
    pub(crate) fn seen(&self) -> (Option<Var<'g>>, Option<Var<'g>>) {
        let pair = self.pair.get();
        (pair.map(|p| p.0), pair.map(|p| p.1).or_else(|| self.d_fake.get().copied()))
    }

    /// Shape of the data, without the batch.
    pub fn sample_shape(&self) -> Shape {
        self.players.sample
    }
}
