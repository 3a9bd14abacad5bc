//! The game: two players, what they want, and the traces of their steps.

use gan_layers::{Cx, Kind, Mode, Numbers, ParamStore, Updates, Weights};
use gan_tensor::{Graph, Var};

use crate::scene::Around;
use crate::{CoreError, Objective, Packing, Penalty, Players, Scene, Unrolling, View};

/// What a game is made of.
#[derive(Debug)]
pub struct Parts {
    /// The players.
    pub players: Players,
    /// What they want.
    pub objective: Box<dyn Objective>,
    /// Terms of the players' losses.
    pub penalties: Vec<Box<dyn Penalty>>,
    /// What D is shown of a sample.
    pub views: Vec<Box<dyn View>>,
    /// How many samples D judges at once.
    pub packing: Packing,
    /// How many steps of D the generator looks ahead.
    pub unrolling: Unrolling,
    /// How the generator's weights are updated.
    pub generator: Updates,
    /// How the discriminator's weights are updated.
    pub discriminator: Updates,
}

impl Parts {
    /// A game without penalties, views, packing or unrolling.
    pub fn new(players: Players, objective: Box<dyn Objective>, generator: Updates, discriminator: Updates) -> Parts {
        let (penalties, views) = (Vec::new(), Vec::new());
        let (packing, unrolling) = (Packing::default(), Unrolling::default());
        Parts { players, objective, penalties, views, packing, unrolling, generator, discriminator }
    }

    pub(crate) fn discriminator_loss<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let loss = self.objective.discriminator(scene);
        self.penalties.iter().fold(loss, |loss, p| loss + p.term(scene))
    }

    fn generator_loss<'g>(&self, scene: &Scene<'g, '_>) -> Var<'g> {
        let loss = self.objective.generator(scene);
        self.penalties.iter().filter_map(|p| p.generator_term(scene)).fold(loss, |loss, term| loss + term)
    }
}

/// A game that is ready to be traced.
///
/// The inputs of its steps are: the batch of data, `[batch, sample...]`; its classes, `[batch]`, if a network reads them; the scalars of
/// the optimisers; and the scheduled numbers that the trace asked for, which the caller's [`Numbers`] remember.
#[derive(Debug)]
pub struct Game {
    parts: Parts,
}

/// What a traced phase yields, each a scalar.
#[derive(Clone, Copy, Debug)]
pub struct Phase<'g> {
    /// The player's loss.
    pub loss: Var<'g>,
    /// Sum of the squared changes of its weights.
    pub squared_change: Var<'g>,
    /// Mean of D(x) over the data, where D saw them and judges by a probability.
    pub d_real: Option<Var<'g>>,
    /// Mean of D(G(z)).
    pub d_fake: Option<Var<'g>>,
    /// The value V(D, G), where D saw both.
    pub value: Option<Var<'g>>,
    /// Share of both kinds of sample that D judges rightly, a logit of the data above 0 and of a fake below, where D saw both.
    pub accuracy: Option<Var<'g>>,
}

/// The gradients of both losses, as [`Game::trace_gradients`] traces them.
#[derive(Clone, Debug)]
pub struct Gradients<'g> {
    /// Of G's loss, with its penalties, by each of G's trainable parameters, in the order of its store.
    pub generator: Vec<Var<'g>>,
    /// Of D's loss, with the penalties, by each of D's.
    pub discriminator: Vec<Var<'g>>,
}

/// The data of a step, as inputs of a graph.
struct Given<'g> {
    real: Var<'g>,
    labels: Option<Var<'g>>,
}

impl Game {
    /// A game of these parts: checks the players and adds the optimisers' states to their stores.
    ///
    /// # Errors
    /// What does not fit, and what to change.
    pub fn new(mut parts: Parts) -> Result<Game, CoreError> {
        parts.players.check(parts.packing)?;
        let Parts { players, views, .. } = &mut parts;
        let params = players.discriminator.params_mut();
        views.iter_mut().enumerate().try_for_each(|(i, v)| v.prepare(params, &players.sample, &format!("views[{i}]")))?;
        parts.generator.register(parts.players.generator.params_mut())?;
        parts.discriminator.register(parts.players.discriminator.params_mut())?;
        Ok(Game { parts })
    }

    /// The players.
    pub fn players(&self) -> &Players {
        &self.parts.players
    }

    /// The players, to be changed.
    pub fn players_mut(&mut self) -> &mut Players {
        &mut self.parts.players
    }

    /// What they want.
    pub fn objective(&self) -> &dyn Objective {
        &*self.parts.objective
    }

    /// How many samples D judges at once.
    pub fn packing(&self) -> Packing {
        self.parts.packing
    }

    /// How many steps of D the generator looks ahead.
    pub fn unrolling(&self) -> Unrolling {
        self.parts.unrolling
    }

    /// How the generator's weights are updated.
    pub fn generator_updates(&self) -> &Updates {
        &self.parts.generator
    }

    /// How the discriminator's weights are updated.
    pub fn discriminator_updates(&self) -> &Updates {
        &self.parts.discriminator
    }

    /// The data of a step as inputs of a graph, the first ones.
    fn given<'g>(&self, graph: &'g Graph, batch: usize) -> Result<Given<'g>, CoreError> {
        if batch == 0 {
            return Err(CoreError::EmptyBatch);
        }
        self.parts.packing.check(batch)?;
        let real = graph.input("real", self.parts.players.batch_shape(batch)?);
        let labels = self.parts.players.conditional().then(|| graph.input("labels", [batch]));
        Ok(Given { real, labels })
    }

    /// Traces a step of the discriminator: it ascends V (descends its loss and the penalties), G stands still.
    ///
    /// Inputs: the data, the scalars of D's optimiser, the scheduled numbers.
    ///
    /// # Errors
    /// An empty batch, one that is no whole number of packs, or a fault of a network.
    pub fn trace_discriminator<'g>(&self, graph: &'g Graph, batch: usize, numbers: &Numbers) -> Result<Phase<'g>, CoreError> {
        let Parts { players, discriminator, .. } = &self.parts;
        let given = self.given(graph, batch)?;
        let scalars = discriminator.inputs(graph, players.discriminator.name());
        let (g, d) = self.contexts(graph);
        let scene = Scene::new(&self.parts, Around { g: &g, d: &d, numbers }, given.real, given.labels);
        let loss = self.parts.discriminator_loss(&scene);
        self.adapt_views(&scene);
        let squared_change = discriminator.trace(players.discriminator.params(), loss, &scalars)?;
        d.commit();
        Ok(self.phase(&scene, loss, squared_change))
    }

    /// Traces a step of the generator on fresh noise; D stands still, or is [unrolled](Unrolling).
    ///
    /// Inputs: the data (read only by objectives that compare fakes with them, and by an unrolled D), the scalars of G's optimiser,
    /// those of D's optimiser for each step that is unrolled, the scheduled numbers.
    ///
    /// # Errors
    /// As [`trace_discriminator`](Game::trace_discriminator).
    pub fn trace_generator<'g>(&self, graph: &'g Graph, batch: usize, numbers: &Numbers) -> Result<Phase<'g>, CoreError> {
        let Parts { players, generator, unrolling, .. } = &self.parts;
        let given = self.given(graph, batch)?;
        let scalars = generator.inputs(graph, players.generator.name());
        let (g, d) = self.contexts(graph);
        let present = Scene::new(&self.parts, Around { g: &g, d: &d, numbers }, given.real, given.labels);
        let later = unrolling.play(&self.parts, &present)?;
        let ahead = later.as_ref().map(|d| present.before(d));
        let scene = ahead.as_ref().unwrap_or(&present);
        let loss = self.parts.generator_loss(scene);
        let squared_change = generator.trace(players.generator.params(), loss, &scalars)?;
        g.commit();
        Ok(self.phase(scene, loss, squared_change))
    }

    /// Traces a step of both players from one forward pass: the same noise, fakes and masks, as in the published code
    /// of 2014. Returns the phases of D and G.
    ///
    /// Inputs: the data, the scalars of D's optimiser, those of G's, those of D's for each step that is unrolled, the scheduled numbers.
    ///
    /// # Errors
    /// As [`trace_discriminator`](Game::trace_discriminator).
    pub fn trace_simultaneous<'g>(&self, graph: &'g Graph, batch: usize, numbers: &Numbers) -> Result<[Phase<'g>; 2], CoreError> {
        let Parts { players, generator, discriminator, .. } = &self.parts;
        let given = self.given(graph, batch)?;
        let d_scalars = discriminator.inputs(graph, players.discriminator.name());
        let g_scalars = generator.inputs(graph, players.generator.name());
        let (g, d) = self.contexts(graph);
        let scene = Scene::new(&self.parts, Around { g: &g, d: &d, numbers }, given.real, given.labels);
        let d_loss = self.parts.discriminator_loss(&scene);
        let later = self.parts.unrolling.play(&self.parts, &scene)?;
        let ahead = later.as_ref().map(|d| scene.before(d));
        let g_scene = ahead.as_ref().unwrap_or(&scene);
        let g_loss = self.parts.generator_loss(g_scene);
        self.adapt_views(&scene);
        // G first: its gradient reads D's weights, which D's update then overwrites in place
        let g_change = generator.trace(players.generator.params(), g_loss, &g_scalars)?;
        let d_change = discriminator.trace(players.discriminator.params(), d_loss, &d_scalars)?;
        g.commit();
        d.commit();
        Ok([self.phase(&scene, d_loss, d_change), self.phase(g_scene, g_loss, g_change)])
    }

    /// Traces the gradients of both losses from one forward pass, and no update: the gradient vector field of the game, to be
    /// evaluated or differentiated again.
    ///
    /// Inputs: the data, the scheduled numbers. Layers behave as in training; statistics of batches are used and not kept.
    ///
    /// # Errors
    /// As [`trace_discriminator`](Game::trace_discriminator).
    pub fn trace_gradients<'g>(&self, graph: &'g Graph, batch: usize, numbers: &Numbers) -> Result<Gradients<'g>, CoreError> {
        let players = &self.parts.players;
        let given = self.given(graph, batch)?;
        let (g, d) = self.contexts(graph);
        let scene = Scene::new(&self.parts, Around { g: &g, d: &d, numbers }, given.real, given.labels);
        let d_loss = self.parts.discriminator_loss(&scene);
        let g_loss = self.parts.generator_loss(&scene);
        let gradients = |params: &ParamStore, loss: Var<'g>| {
            let weights: Vec<Var<'g>> = params.of_kind(Kind::Trainable).map(|id| params.var(graph, id)).collect();
            graph.grad(loss, &weights)
        };
        Ok(Gradients {
            generator: gradients(players.generator.params(), g_loss),
            discriminator: gradients(players.discriminator.params(), d_loss),
        })
    }

    fn contexts<'g, 's>(&'s self, graph: &'g Graph) -> (Cx<'g, 's>, Cx<'g, 's>) {
        let Players { generator, discriminator, .. } = &self.parts.players;
        (Cx::new(graph, generator.params(), Mode::Train), Cx::new(graph, discriminator.params(), Mode::Train))
    }

    /// Lets the views learn from what D said of the data.
    fn adapt_views(&self, scene: &Scene<'_, '_>) {
        if !self.parts.views.is_empty() {
            let (real, _) = scene.d_pair();
            self.parts.views.iter().for_each(|v| v.adapt(&scene.view_cx(), real));
        }
    }

    /// Traces G on `n` latent vectors drawn from the prior, in use (no dropout, running statistics).
    ///
    /// Inputs: the classes wanted, `[n]`, if G is conditional.
    ///
    /// # Errors
    /// A fault of a network.
    pub fn trace_samples<'g>(&self, graph: &'g Graph, n: usize, weights: Weights) -> Result<Var<'g>, CoreError> {
        let z = self.parts.players.draw_latent(graph, n);
        self.trace_decoder(graph, z, weights)
    }

    /// Traces G on given latent vectors `[n, latent]`, in use.
    ///
    /// Inputs: the classes wanted, `[n]`, if G is conditional.
    ///
    /// # Errors
    /// A fault of a network.
    pub fn trace_decoder<'g>(&self, graph: &'g Graph, z: Var<'g>, weights: Weights) -> Result<Var<'g>, CoreError> {
        let players = &self.parts.players;
        let n = z.shape().first().copied().unwrap_or(0);
        let labels = players.generator.conditional().then(|| graph.input("labels", [n]));
        let cx = Cx::new(graph, players.generator.params(), Mode::Eval).with_weights(weights).with_labels(labels);
        Ok(players.generate(&cx, z))
    }

    /// Traces D on given samples `[n, sample...]`, in use: logits `[n, 1]`.
    ///
    /// Inputs: their classes, `[n]`, if D is conditional.
    ///
    /// # Errors
    /// [`CoreError::JudgesPacks`]: then there is no D(x) of a single x.
    pub fn trace_judge<'g>(&self, graph: &'g Graph, x: Var<'g>) -> Result<Var<'g>, CoreError> {
        let packing = self.parts.packing.size();
        if packing > 1 {
            return Err(CoreError::JudgesPacks { packing });
        }
        let d = &self.parts.players.discriminator;
        let n = x.shape().first().copied().unwrap_or(0);
        let labels = d.conditional().then(|| graph.input("labels", [n]));
        Ok(d.forward(&Cx::new(graph, d.params(), Mode::Eval).with_labels(labels), x))
    }

    /// What the console shows of a phase: V and the mean of D on both kinds of sample.
    fn phase<'g>(&self, scene: &Scene<'g, '_>, loss: Var<'g>, squared_change: Var<'g>) -> Phase<'g> {
        let (real, fake) = if self.parts.objective.judges_by_probability() { scene.seen() } else { (None, None) };
        let value = real.zip(fake).map(|(r, f)| -((-r).softplus().mean() + f.softplus().mean()));
        let accuracy = real.zip(fake).map(|(r, f)| (r.step().mean() + (-f).step().mean()) / 2.0);
        let believed = |logits: Option<Var<'g>>| logits.map(|l| l.sigmoid().mean());
        Phase { loss, squared_change, d_real: believed(real), d_fake: believed(fake), value, accuracy }
    }
}
