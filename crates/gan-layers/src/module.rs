//! What a layer is.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

use gan_tensor::{Graph, Shape, Var};

use crate::{Init, Kind, LayerError, ParamId, ParamStore};

/// A part of a network: holds its parameters' names, not their values, and traces what it computes.
pub trait Module: Debug + Send + Sync {
    /// Traces the layer: `x` is `[batch, ...]` with the shape the layer was built for.
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g>;

    /// Whether an example's result depends on the rest of its batch (batch normalisation).
    fn couples_batch(&self) -> bool {
        false
    }

    /// Whether it reads the classes of the examples.
    fn reads_labels(&self) -> bool {
        false
    }

    /// Values that layers within it yield for an example.
    fn held_within(&self) -> usize {
        0
    }

    /// Why no gradient passes, if none does.
    fn blocks_gradient(&self) -> Option<&'static str> {
        None
    }
}

/// Whether layers behave as in training or as in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Dropout drops, noise is added, batch statistics are used.
    Train,
    /// Dropout and noise are off, running statistics are used.
    Eval,
}

/// Which weights a network is traced with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// The trained ones.
    Raw,
    /// Their moving averages, where there are any.
    Averaged,
}

/// What surrounds a layer while it is traced.
pub struct Cx<'g, 's> {
    graph: &'g Graph,
    params: &'s ParamStore,
    mode: Mode,
    weights: Weights,
    labels: Option<Var<'g>>,
    /// Shared by the contexts that differ in labels only.
    updated: Rc<RefCell<BTreeMap<ParamId, Var<'g>>>>,
    /// What was made of weights.
    derived: Rc<RefCell<BTreeMap<ParamId, Var<'g>>>>,
}

impl<'g, 's> Cx<'g, 's> {
    /// A context for tracing with the trained weights.
    pub fn new(graph: &'g Graph, params: &'s ParamStore, mode: Mode) -> Self {
        Self { graph, params, mode, weights: Weights::Raw, labels: None, updated: Rc::default(), derived: Rc::default() }
    }

    /// The same with a choice of weights.
    #[must_use]
    pub fn with_weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// The same with the class of each example, `[batch]`.
    #[must_use]
    pub fn with_labels(mut self, labels: Option<Var<'g>>) -> Self {
        self.labels = labels;
        self
    }

    /// The same with other values for some parameters: of a network as it will be, or might have been.
    #[must_use]
    pub fn with_values(mut self, ids: &[ParamId], values: &[Var<'g>]) -> Self {
        self.updated.borrow_mut().extend(ids.iter().copied().zip(values.iter().copied()));
        self.derived = Rc::default();
        self
    }

    /// This context for examples of other classes: what one of the two learns of buffers, the other knows.
    #[must_use]
    pub fn relabelled(&self, labels: Option<Var<'g>>) -> Self {
        Self { labels, updated: self.updated.clone(), derived: self.derived.clone(), ..*self }
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// Training or use.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The class of each example, where there are classes.
    pub fn labels(&self) -> Option<Var<'g>> {
        self.labels
    }

    /// The class of each of `batch` examples, for a layer that cannot do without; their absence is a fault of the trace.
    pub fn expect_labels(&self, batch: usize) -> Var<'g> {
        self.labels.unwrap_or_else(|| {
            self.graph
                .refuse("labels", "the network is conditional: its context must be given the classes of the examples, `[batch]`");
            self.graph.constant(0.0, [batch])
        })
    }

    /// A parameter's value: a buffer's latest within this trace, a weight's average where averages are asked for.
    pub fn param(&self, id: ParamId) -> Var<'g> {
        if let Some(&v) = self.updated.borrow().get(&id) {
            return v;
        }
        let id = match self.weights {
            Weights::Averaged => self.params.find(&average_name(&self.params.spec(id).name)).unwrap_or(id),
            Weights::Raw => id,
        };
        self.params.var(self.graph, id)
    }

    /// Gives a buffer a new value, seen by later uses of it in this trace and kept if the trace is
    /// [committed](Cx::commit).
    pub fn update(&self, buffer: ParamId, value: Var<'g>) {
        self.updated.borrow_mut().insert(buffer, value.detach());
    }

    /// What `make` makes of a parameter, made once in this trace however often the network is applied.
    pub fn once(&self, id: ParamId, make: impl FnOnce() -> Var<'g>) -> Var<'g> {
        let made = self.derived.borrow().get(&id).copied();
        made.unwrap_or_else(|| {
            let value = make();
            self.derived.borrow_mut().insert(id, value);
            value
        })
    }

    /// Writes the buffers' new values to the store when the plan runs. The networks that a plan does not train leave this out.
    pub fn commit(&self) {
        for (&id, &value) in self.updated.borrow().iter() {
            self.graph.write(self.params.var(self.graph, id), value);
        }
    }
}

/// The name under which a parameter's moving average is kept.
pub(crate) fn average_name(name: &str) -> String {
    format!("average/{name}")
}

/// What a layer is built with.
pub struct Build<'a> {
    params: &'a mut ParamStore,
    path: String,
    input: Shape,
    classes: Option<usize>,
}

impl<'a> Build<'a> {
    /// A layer at `path` (`layers[2]`) whose examples have shape `input`.
    pub fn new(params: &'a mut ParamStore, path: &str, input: Shape) -> Self {
        Self { params, path: path.to_owned(), input, classes: None }
    }

    /// The same for examples of so many classes.
    #[must_use]
    pub fn with_classes(self, classes: Option<usize>) -> Self {
        Self { classes, ..self }
    }

    /// A layer within this one, at `path` (`layers[1]`) below it.
    pub(crate) fn within(&mut self, path: &str, input: Shape) -> Build<'_> {
        Build { path: format!("{}.{path}", self.path), params: self.params, input, classes: self.classes }
    }

    /// Shape of an example, without the batch.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Classes of the examples, where they have classes.
    pub fn classes(&self) -> Option<usize> {
        self.classes
    }

    pub(crate) fn trainable_len(&self) -> usize {
        self.params.trainable_len()
    }

    /// Adds a parameter of this layer.
    ///
    /// # Errors
    /// The name is taken.
    pub fn param(&mut self, name: &str, shape: impl Into<Shape>, kind: Kind, init: &dyn Init) -> Result<ParamId, LayerError> {
        self.params.add(&format!("{}.{name}", self.path), shape, kind, init)
    }

    /// The initial values of a parameter, row-major.
    pub(crate) fn values(&self, id: ParamId) -> Cow<'_, [f32]> {
        self.params.read(id)
    }

    /// Tells that a matrix is the right operand of products: it is kept in the order in which they read it.
    pub fn operand(&mut self, id: ParamId) {
        self.params.pack(id);
    }

    /// Bounds the column norms of a weight.
    pub fn constrain(&mut self, id: ParamId, max_column_norm: Option<f64>) {
        self.params.constrain(id, max_column_norm);
    }
}
