//! What an objective sees: the two players, the data and the fakes of one step.

use std::cell::OnceCell;

use gan_layers::{Cx, Kind, Number, Numbers, ParamStore};
use gan_tensor::{Graph, Shape, Var};

use crate::game::Parts;
use crate::views::ViewCx;

/// One step of the game while it is traced. Everything is made on demand and once: an objective that never
/// asks for the fakes does not pay for them.
pub struct Scene<'g, 'p> {
    parts: &'p Parts,
    g: &'p Cx<'g, 'p>,
    d: &'p Cx<'g, 'p>,
    numbers: &'p Numbers,
    real: Var<'g>,
    labels: Option<Var<'g>>,
    latent: OnceCell<Var<'g>>,
    fake: OnceCell<Var<'g>>,
    joint: OnceCell<Joint<'g>>,
    pair: OnceCell<(Var<'g>, Var<'g>)>,
    d_fake: OnceCell<Var<'g>>,
    slopes: OnceCell<Var<'g>>,
}

/// Data and fakes as one batch of D.
#[derive(Clone, Copy)]
struct Joint<'g> {
    x: Var<'g>,
    logits: Var<'g>,
}

/// What surrounds a scene while it is traced.
#[derive(Clone, Copy)]
pub(crate) struct Around<'g, 'p> {
    pub g: &'p Cx<'g, 'p>,
    pub d: &'p Cx<'g, 'p>,
    pub numbers: &'p Numbers,
}

impl<'g, 'p> Scene<'g, 'p> {
    pub(crate) fn new(parts: &'p Parts, around: Around<'g, 'p>, real: Var<'g>, labels: Option<Var<'g>>) -> Self {
        Self {
            parts,
            g: around.g,
            d: around.d,
            numbers: around.numbers,
            real,
            labels,
            latent: OnceCell::new(),
            fake: OnceCell::new(),
            joint: OnceCell::new(),
            pair: OnceCell::new(),
            d_fake: OnceCell::new(),
            slopes: OnceCell::new(),
        }
    }

    /// The same data, latent vectors and fakes before another D. They are stand-ins: that D may be a function of them, and its slopes are
    /// taken with its weights as they are.
    pub(crate) fn before<'q>(&self, d: &'q Cx<'g, 'q>) -> Scene<'g, 'q>
    where
        'p: 'q,
    {
        let around = Around { g: self.g, d, numbers: self.numbers };
        let (latent, fake) = (self.latent().into(), self.fake().identity().into());
        Scene { latent, fake, ..Scene::new(self.parts, around, self.real.identity(), self.labels) }
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph {
        self.real.graph()
    }

    /// Number of examples of each kind.
    pub fn batch(&self) -> usize {
        self.real.shape().first().copied().unwrap_or(0)
    }

    /// Number of packs of each kind, which D judges: the examples, unless they are packed.
    pub fn packs(&self) -> usize {
        self.batch() / self.parts.packing.size()
    }

    /// A batch of the data, `[batch, sample...]`.
    pub fn real(&self) -> Var<'g> {
        self.real
    }

    /// The class of each example of the data, where there are classes; the fakes are asked to be of the same.
    pub fn labels(&self) -> Option<Var<'g>> {
        self.labels
    }

    /// The step's latent vectors, `[batch, latent]`.
    pub fn latent(&self) -> Var<'g> {
        *self.latent.get_or_init(|| self.parts.players.draw_latent(self.graph(), self.batch()))
    }

    /// The step's fakes, `G(latent)`, in the shape of the data.
    pub fn fake(&self) -> Var<'g> {
        *self.fake.get_or_init(|| self.g(self.latent()))
    }

    /// The generator on latent vectors, `[n, latent]` with as many for each example.
    pub fn g(&self, z: Var<'g>) -> Var<'g> {
        let labels = self.labels_of(z.shape().first().copied().unwrap_or(0), 1);
        self.parts.players.generate(&self.g.relabelled(labels), z)
    }

    /// The discriminator's logits, `[n, 1]`, on samples `[n, sample...]`: `D(x) = sigmoid(d(x))`. It sees them through the views, and in packs
    /// (`[n / m, 1]`) if there are such; `n` is a multiple of the batch, and so many times the labels repeat.
    pub fn d(&self, x: Var<'g>) -> Var<'g> {
        let Parts { players, views, packing, .. } = self.parts;
        let labels = self.labels_of(x.shape().first().copied().unwrap_or(0), packing.size());
        let seen = views.iter().fold(x, |x, view| view.show(&self.view_cx(), x));
        players.discriminator.forward(&self.d.relabelled(labels), packing.pack(seen))
    }

    /// What a view is traced with.
    pub(crate) fn view_cx(&self) -> ViewCx<'g, 'p> {
        ViewCx::new(self.d, self.numbers)
    }

    /// The labels for a whole number of batches, of the first sample of each pack of `m`.
    fn labels_of(&self, rows: usize, m: usize) -> Option<Var<'g>> {
        let labels = self.labels?;
        let batch = self.batch();
        let times = rows.checked_div(batch).unwrap_or(1).max(1);
        let all = if times == 1 { labels } else { self.graph().concat(&vec![labels; times], 0) };
        Some(if m == 1 { all } else { all.reshape([times * batch / m, m]).slice(1, 0, 1).reshape([times * batch / m]) })
    }

    /// Logits of the data and of the step's fakes.
    ///
    /// Both go through D as one batch, unless a layer of D makes an example's result depend on its batch, or a penalty takes D's slope at
    /// one kind only.
    pub fn d_pair(&self) -> (Var<'g>, Var<'g>) {
        *self.pair.get_or_init(|| match self.joint() {
            Some(Joint { logits, .. }) => (logits.slice(0, 0, self.packs()), logits.slice(0, self.packs(), self.packs())),
            None => (self.d(self.real), *self.d_fake.get_or_init(|| self.d(self.fake()))),
        })
    }

    fn joint(&self) -> Option<Joint<'g>> {
        let (real, fake) =
            self.parts.penalties.iter().map(|p| p.slopes()).fold((false, false), |a, s| (a.0 | s.real, a.1 | s.fake));
        if self.parts.players.discriminator.couples_batch() || real != fake {
            return None;
        }
        Some(*self.joint.get_or_init(|| {
            let x = self.graph().concat(&[self.real, self.fake()], 0);
            Joint { x, logits: self.d(x) }
        }))
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

    /// Gradient of D's logits by the data, `[batch, sample...]`, from the pass that [`d_pair`](Scene::d_pair) makes.
    pub fn slope_at_real(&self) -> Var<'g> {
        match self.joint_slopes() {
            Some(both) => both.slice(0, 0, self.batch()),
            None => self.graph().grad(self.d_pair().0.sum(), &[self.real])[0],
        }
    }

    /// Gradient of D's logits by the step's fakes, `[batch, sample...]`, from the pass that [`d_pair`](Scene::d_pair) makes.
    pub fn slope_at_fake(&self) -> Var<'g> {
        match self.joint_slopes() {
            Some(both) => both.slice(0, self.batch(), self.batch()),
            None => self.graph().grad(self.d_pair().1.sum(), &[self.fake()])[0],
        }
    }

    fn joint_slopes(&self) -> Option<Var<'g>> {
        let Joint { x, logits } = self.joint()?;
        Some(*self.slopes.get_or_init(|| self.graph().grad(logits.sum(), &[x])[0]))
    }

    /// Squared norm of a slope of D, one for each pack that D judges.
    pub fn squared_norm(&self, slope: Var<'g>) -> Var<'g> {
        let values = slope.shape().len() / self.packs().max(1);
        slope.square().reshape([self.packs(), values]).sum_axes(&[1])
    }

    /// Squared norm of the gradient vector field `v`: of both losses, without penalties, by the parameters of the player whose loss it is.
    pub fn squared_field(&self) -> Var<'g> {
        let objective = &*self.parts.objective;
        let players = &self.parts.players;
        let weights = |cx: &Cx<'g, '_>, params: &ParamStore| -> Vec<Var<'g>> {
            params.of_kind(Kind::Trainable).map(|id| cx.param(id)).collect()
        };
        let of_d = self.graph().grad(objective.discriminator(self), &weights(self.d, players.discriminator.params()));
        // by G's parameters through the fakes, not through weights of D that may depend on them
        let fake = self.fake();
        let by_fake = self.graph().grad(objective.generator(self), &[fake]);
        let by_fake: Vec<Option<Var<'g>>> = by_fake.into_iter().map(Some).collect();
        let of_g = self.graph().vjp(&[fake], &by_fake, &weights(self.g, players.generator.params()));
        let squares = of_d.into_iter().chain(of_g.into_iter().flatten()).map(|g| g.square().sum());
        squares.fold(self.graph().constant(0.0, []), |sum, s| sum + s)
    }

    /// `number factor x`, where the number may be on a schedule and is called `name` then.
    pub fn weigh(&self, name: &str, number: &Number, x: Var<'g>, factor: f64) -> Var<'g> {
        match number {
            Number::Fixed(fixed) => x * (fixed * factor),
            scheduled => x * factor * self.numbers.var(self.graph(), name, scheduled),
        }
    }

    /// Shape of the data, without the batch.
    pub fn sample_shape(&self) -> Shape {
        self.parts.players.sample
    }
}
