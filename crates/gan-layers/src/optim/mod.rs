//! Optimisers, one file each, and how a step's updates are traced.

mod adam;
mod clip;
mod ema;
mod rmsprop;
mod sgd;

pub use clip::Clip;
pub use ema::Average;

use std::fmt::Debug;

use gan_tensor::{Graph, Var};

use crate::{Kind, LayerError, Number, ParamId, ParamSpec, ParamStore, Progress, Schedule, Spec, init, spec};

/// A rule that turns gradients into updates, written in variables so that a plan runs it and a gradient can
/// pass through it.
pub trait Optimizer: Debug + Send + Sync {
    /// Names of the states that each weight needs (`velocity`).
    fn states(&self) -> &'static [&'static str];

    /// Names of the scalars that each step is given (`lr`).
    fn scalars(&self) -> &'static [&'static str];

    /// The scalars' values for the next step.
    fn values(&self, progress: Progress) -> Vec<f64>;

    /// The update of one weight.
    fn update<'g>(&self, graph: &'g Graph, w: Var<'g>, g: Var<'g>, states: &[Var<'g>], scalars: &[Var<'g>]) -> Update<'g>;
}

/// The new value of a weight and of its states.
#[derive(Debug)]
pub struct Update<'g> {
    /// The new weight.
    pub weight: Var<'g>,
    /// Its new states, in the order of [`Optimizer::states`].
    pub states: Vec<Var<'g>>,
    /// Sum of the squared changes of the weight, a scalar.
    pub squared_change: Var<'g>,
}

/// The trainable parameters of a store and the states of their optimiser, in a trace.
#[derive(Clone, Debug)]
pub struct Place<'g> {
    /// Which parameters.
    pub ids: Vec<ParamId>,
    /// Their values.
    pub weights: Vec<Var<'g>>,
    states: Vec<Vec<Var<'g>>>,
}

/// An optimiser as the registry lists it.
pub type OptimizerEntry = spec::Entry<dyn Optimizer>;

/// Every optimiser.
pub const ALL: &[OptimizerEntry] = &[sgd::ENTRY, adam::ENTRY, rmsprop::ENTRY];

/// Builds the optimiser that `spec` describes.
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn Optimizer>, LayerError> {
    spec::build("optimiser", ALL, spec, path)
}

/// Everything that happens to a network's weights in a step: clipping of gradients, the optimiser, bounds of columns and of weights,
/// averages.
///
/// ```
/// use gan_layers::{Cx, Mode, Network, Progress, Spec, Updates, optim};
/// use gan_tensor::{Cx as RunCx, Graph, Pool};
///
/// let mut net = Network::build("net", &[Spec::new("linear").with("units", 1)], [2], 0, 7)?;
/// let updates = Updates::new(optim::build(&Spec::new("sgd"), "optimizer")?);
/// updates.register(net.params_mut())?;
///
/// // the loss, its gradients and the updates in one plan
/// let g = Graph::new();
/// let x = g.input("x", [4, 2]);
/// let loss = net.forward(&Cx::new(&g, net.params(), Mode::Train), x).square().mean();
/// let scalars = updates.inputs(&g, "net"); // lr and momentum
/// let change = updates.trace(net.params(), loss, &scalars)?;
/// let mut plan = g.compile::<f32>(&[loss, change])?;
///
/// let mut losses = Vec::new();
/// for step in 0..20 {
///     let values = updates.values(Progress { step, epoch: 0.0 });
///     let (lr, momentum) = ([values[0] as f32], [values[1] as f32]);
///     let x = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, -1.0, 1.0];
///     let stores = &mut [net.params_mut().values_mut()];
///     Pool::new(1).region(|team| plan.run(stores, &[&x, &lr, &momentum], &RunCx::new(team, 0, step as u32)))?;
///     losses.push(plan.output(0)[0]);
/// }
/// assert!(losses[19] < 0.01 * losses[0]);
/// # Ok::<(), gan_layers::LayerError>(())
/// ```
#[derive(Debug)]
pub struct Updates {
    /// The rule.
    pub optimizer: Box<dyn Optimizer>,
    /// Bounds on gradients.
    pub clip: Option<Clip>,
    /// Moving averages of the weights.
    pub average: Option<Average>,
    /// Holds each weight within `-c..=c` after its update (Arjovsky et al. 2017, algorithm 1).
    pub weight_clip: Option<f64>,
}

impl Updates {
    /// Updates by this rule and nothing else.
    pub fn new(optimizer: Box<dyn Optimizer>) -> Updates {
        Updates { optimizer, clip: None, average: None, weight_clip: None }
    }

    /// Adds the states that the updates need to the store. Must be called once before [`trace`](Updates::trace).
    ///
    /// # Errors
    /// The states exist already, or a bound or decay is out of its range; nothing was added then.
    pub fn register(&self, params: &mut ParamStore) -> Result<(), LayerError> {
        self.check()?;
        let trainable: Vec<ParamId> = params.of_kind(Kind::Trainable).collect();
        let states = self.optimizer.states().iter().copied().chain(self.average.as_ref().map(|_| "average"));
        for (state, &id) in states.flat_map(|s| trainable.iter().map(move |id| (s, id))) {
            let name = format!("{state}/{}", params.spec(id).name);
            if params.find(&name).is_some() {
                return Err(LayerError::DuplicateParameter { name });
            }
        }
        for &id in &trainable {
            let spec = params.spec(id).clone();
            for state in self.optimizer.states() {
                let name = format!("{state}/{}", spec.name);
                let state = params.add(&name, spec.shape, Kind::OptimizerState, &init::Constant(0.0))?;
                params.pack_like(state, id);
            }
            if self.average.is_some() {
                let name = crate::module::average_name(&spec.name);
                let values = params.read(id).to_vec();
                let average = params.add(&name, spec.shape, Kind::Average, &init::Constant(0.0))?;
                params.pack_like(average, id);
                params.write(&name, &values)?;
            }
        }
        Ok(())
    }

    /// Whether the bounds and the decay of the averages lie in their ranges.
    ///
    /// # Errors
    /// The one that does not.
    pub fn check(&self) -> Result<(), LayerError> {
        let fault = |key: &str, expected: &str, found: f64| LayerError::Value {
            path: "updates".to_owned(),
            key: key.to_owned(),
            expected: expected.to_owned(),
            found: found.to_string(),
        };
        let bounds = [("clip", self.clip.map(|(Clip::Norm(x) | Clip::Value(x))| x)), ("weight_clip", self.weight_clip)];
        for (key, x) in bounds {
            if let Some(x) = x.filter(|x| !(*x > 0.0 && x.is_finite())) {
                return Err(fault(key, "a number greater than 0", x));
            }
        }
        let average = self.average.as_ref().map_or(Ok(()), Average::check);
        average.map_err(|decay| fault("average.decay", "a number of at least 0 and less than 1", decay))
    }

    /// Where the trainable parameters of a store stand, as a graph reads them.
    ///
    /// # Errors
    /// The states were not registered.
    pub fn place<'g>(&self, graph: &'g Graph, params: &ParamStore) -> Result<Place<'g>, LayerError> {
        let ids: Vec<ParamId> = params.of_kind(Kind::Trainable).collect();
        let weights = ids.iter().map(|&id| params.var(graph, id)).collect();
        let states = ids.iter().map(|&id| self.states(graph, params, id)).collect::<Result<_, _>>()?;
        Ok(Place { ids, weights, states })
    }

    /// Where they stand after an update that descends `loss`, a function of where they stand; nothing is written, and the result can
    /// be differentiated by whatever the loss depends on.
    pub fn advance<'g>(&self, params: &ParamStore, place: &Place<'g>, loss: Var<'g>, scalars: &[Var<'g>]) -> Place<'g> {
        let graph = loss.graph();
        let grads = self.clip_gradients(graph, &graph.grad(loss, &place.weights));
        let each = place.ids.iter().zip(&place.weights).zip(&place.states).zip(&grads);
        let updates = each.map(|(((&id, &w), states), &g)| self.update(params.spec(id), w, g, states, scalars));
        let (weights, states) = updates.map(|u| (u.weight, u.states)).unzip();
        Place { ids: place.ids.clone(), weights, states }
    }

    /// The optimiser's states of a parameter.
    fn states<'g>(&self, graph: &'g Graph, params: &ParamStore, id: ParamId) -> Result<Vec<Var<'g>>, LayerError> {
        self.optimizer.states().iter().map(|s| state(graph, params, s, id)).collect()
    }

    /// The update of one parameter, within its bounds.
    fn update<'g>(&self, spec: &ParamSpec, w: Var<'g>, g: Var<'g>, states: &[Var<'g>], scalars: &[Var<'g>]) -> Update<'g> {
        let update = self.optimizer.update(w.graph(), w, g, states, scalars);
        let weight = spec.max_column_norm.map_or(update.weight, |max| bounded(update.weight, max));
        let weight = self.weight_clip.map_or(weight, |c| weight.clamp(-c, c));
        Update { weight, ..update }
    }

    /// The gradients within their bound, as the optimiser sees them.
    pub fn clip_gradients<'g>(&self, graph: &'g Graph, grads: &[Var<'g>]) -> Vec<Var<'g>> {
        self.clip.map_or_else(|| grads.to_vec(), |clip| clip.apply(graph, grads))
    }

    /// The schedule of the averages' decay, if it has one.
    fn scheduled_decay(&self) -> Option<&dyn Schedule> {
        match self.average.as_ref().map(|a| &a.decay) {
            Some(Number::Scheduled(decay)) => Some(&**decay),
            _ => None,
        }
    }

    /// Declares the inputs that a step is given: one scalar for each of [`Optimizer::scalars`], and the decay of the averages if that is
    /// on a schedule.
    pub fn inputs<'g>(&self, graph: &'g Graph, network: &str) -> Vec<Var<'g>> {
        let decay = self.scheduled_decay().map(|_| "average_decay");
        let names = self.optimizer.scalars().iter().copied().chain(decay);
        names.map(|s| graph.input(&format!("{network}.{s}"), [])).collect()
    }

    /// The values of these inputs for the next step.
    pub fn values(&self, progress: Progress) -> Vec<f64> {
        let decay = self.scheduled_decay().map(|s| s.at(progress));
        self.optimizer.values(progress).into_iter().chain(decay).collect()
    }

    /// Traces the updates of every trainable parameter that descend `loss`; returns the sum of the squared changes that
    /// the optimiser made (before the bounds of columns and weights).
    ///
    /// # Errors
    /// The states were not registered, or as [`check`](Updates::check).
    pub fn trace<'g>(&self, params: &ParamStore, loss: Var<'g>, scalars: &[Var<'g>]) -> Result<Var<'g>, LayerError> {
        self.check()?;
        let graph = loss.graph();
        let ids: Vec<ParamId> = params.of_kind(Kind::Trainable).collect();
        let weights: Vec<Var<'g>> = ids.iter().map(|&id| params.var(graph, id)).collect();
        let mut grads = graph.grad(loss, &weights);
        let _scope = graph.scope("update");
        grads = self.clip_gradients(graph, &grads);
        let mut total: Option<Var<'g>> = None;
        for ((&id, &w), &g) in ids.iter().zip(&weights).zip(&grads) {
            let spec = params.spec(id);
            let _of = graph.scope(&spec.name);
            let before = self.states(graph, params, id)?;
            let update = self.update(spec, w, g, &before, scalars);
            graph.write(w, update.weight);
            before.iter().zip(&update.states).for_each(|(old, new)| graph.write(*old, *new));
            if let Some(average) = &self.average {
                let old = state(graph, params, "average", id)?;
                let decay = scalars.get(self.optimizer.scalars().len()).copied();
                graph.write(old, average.blend(old, update.weight, decay));
            }
            total = Some(total.map_or(update.squared_change, |t| t + update.squared_change));
        }
        Ok(total.unwrap_or_else(|| graph.constant(0.0, [])))
    }
}

/// What is kept of a parameter under the name of a state.
fn state<'g>(graph: &'g Graph, params: &ParamStore, state: &str, id: ParamId) -> Result<Var<'g>, LayerError> {
    let name = format!("{state}/{}", params.spec(id).name);
    params.find(&name).map(|id| params.var(graph, id)).ok_or(LayerError::NoParameter { name })
}

/// The bound on the norms of a weight's columns; a convolution's `[kh, kw, in, out]` has a column for each channel.
fn bounded(weight: Var<'_>, max: f64) -> Var<'_> {
    let shape = weight.shape();
    let columns = shape.last().copied().unwrap_or(1);
    weight.reshape([shape.len() / columns.max(1), columns]).max_column_norm(max).reshape(shape)
}
