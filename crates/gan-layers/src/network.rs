//! Layers one after the other, with their parameters.

use gan_tensor::{Graph, Shape, Var};

use crate::sequence::{Layer, Sequence};
use crate::{Cx, LayerError, Module, NetworkBuilder, ParamStore, Spec};

/// A feed-forward network built from descriptions of its layers.
///
/// ```
/// use gan_layers::{Network, Spec};
/// let specs = [Spec::new("linear").with("units", 16), Spec::new("relu"), Spec::new("linear").with("units", 2)];
/// let net = Network::build("generator", &specs, [8], 0, 1)?;
/// assert_eq!(net.output(), [2].into());
/// assert_eq!(net.params().trainable_len(), 8 * 16 + 16 + 16 * 2 + 2);
/// # Ok::<(), gan_layers::LayerError>(())
/// ```
#[derive(Debug)]
pub struct Network {
    pub(crate) name: String,
    pub(crate) body: Sequence,
    pub(crate) input: Shape,
    pub(crate) params: ParamStore,
    /// Of the examples.
    pub(crate) classes: Option<usize>,
}

/// A layer as listings show it.
#[derive(Clone, Debug)]
pub struct LayerInfo<'a> {
    /// Its place, `layers[2]`.
    pub path: &'a str,
    /// Its type.
    pub kind: &'a str,
    /// Shape of one example behind it.
    pub output: Shape,
    /// Its trainable values.
    pub trainable: usize,
    /// Values that it and the layers within it yield for an example.
    pub held: usize,
}

impl Network {
    /// Builds the network `name`, number `position` among the stores of a run, for examples of shape `input` that have no classes;
    /// [`builder`](Network::builder) knows others.
    ///
    /// # Errors
    /// The first layer that is unknown, ill described or does not fit the one before it.
    pub fn build(name: &str, specs: &[Spec], input: impl Into<Shape>, position: usize, seed: u64) -> Result<Network, LayerError> {
        Ok(Network::builder(name, input, position, seed)?.layers(specs)?.finish())
    }

    /// Starts a network that is put together layer by layer, which may be [layers of one's own](NetworkBuilder::module).
    ///
    /// # Errors
    /// An example with as many dimensions as a tensor may have leaves none for the batch.
    pub fn builder(name: &str, input: impl Into<Shape>, position: usize, seed: u64) -> Result<NetworkBuilder, LayerError> {
        NetworkBuilder::new(name, input.into(), position, seed)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Shape of an example that goes in.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Shape of what comes out for an example.
    pub fn output(&self) -> Shape {
        self.body.layers.last().map_or(self.input, |l| l.output)
    }

    /// Traces the network on a batch `x: [batch, input...]`.
    pub fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        let _name = cx.graph().scope(&self.name);
        self.body.forward(cx, x)
    }

    /// Traces the network on a batch; returns what comes out of each layer, the last one's being the result.
    pub fn forward_through<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Vec<Var<'g>> {
        let _name = cx.graph().scope(&self.name);
        let through = self.body.layers.iter().scan(x, |x, layer| {
            let _layer = cx.graph().scope(&layer.path);
            *x = layer.module.forward(cx, *x);
            Some(*x)
        });
        through.collect()
    }

    /// Whether an example's result depends on the rest of its batch.
    pub fn couples_batch(&self) -> bool {
        self.body.couples_batch()
    }

    /// Whether it is conditional: a layer reads the classes of the examples.
    pub fn conditional(&self) -> bool {
        self.body.reads_labels()
    }

    /// The number of classes that it tells apart, if a layer reads them.
    pub fn asked_classes(&self) -> Option<usize> {
        self.classes.filter(|_| self.conditional())
    }

    /// Whether gradients reach every trainable parameter.
    ///
    /// # Errors
    /// [`LayerError::NotTrainable`] names the layer that stops them and says why.
    pub fn check_trainable(&self) -> Result<(), LayerError> {
        let learning = self.body.layers.iter().position(|l| l.trainable > 0).unwrap_or(self.body.layers.len());
        self.refuse_blocking(&self.body.layers[learning..])
    }

    /// Whether gradients pass from its output to its input: a generator is taught through the discriminator.
    ///
    /// # Errors
    /// As [`check_trainable`](Network::check_trainable).
    pub fn check_transparent(&self) -> Result<(), LayerError> {
        self.refuse_blocking(&self.body.layers)
    }

    fn refuse_blocking(&self, layers: &[Layer]) -> Result<(), LayerError> {
        match layers.iter().find_map(|l| l.module.blocks_gradient().map(|r| (l, r))) {
            Some((layer, reason)) => Err(LayerError::NotTrainable {
                path: format!("{}.{} ({})", self.name, layer.path, layer.kind),
                reason: reason.to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Its layers.
    pub fn layers(&self) -> impl Iterator<Item = LayerInfo<'_>> {
        self.body.layers.iter().map(|l| LayerInfo {
            path: &l.path,
            kind: &l.kind,
            output: l.output,
            trainable: l.trainable,
            held: l.held(),
        })
    }

    /// Its parameters.
    pub fn params(&self) -> &ParamStore {
        &self.params
    }

    /// Its parameters, to be changed.
    pub fn params_mut(&mut self) -> &mut ParamStore {
        &mut self.params
    }

    /// Floating-point operations of a forward pass for `batch` examples.
    ///
    /// # Errors
    /// A fault of the trace.
    pub fn flops(&self, batch: usize) -> Result<u64, LayerError> {
        let graph = Graph::new();
        let x = graph.input("x", batched(batch, &self.input)?);
        let labels = self.conditional().then(|| graph.input("labels", [batch]));
        let y = self.forward(&Cx::new(&graph, &self.params, crate::Mode::Eval).with_labels(labels), x);
        Ok(graph.compile::<f32>(&[y])?.flops())
    }
}

/// `[batch, example...]`.
pub(crate) fn batched(batch: usize, example: &Shape) -> Result<Shape, LayerError> {
    let sizes: Vec<usize> = std::iter::once(batch).chain(example.iter().copied()).collect();
    Ok(Shape::new(&sizes)?)
}
