//! Networks put together layer by layer, with layers that no registry knows.

use gan_tensor::Shape;

use crate::layers::Built;
use crate::module::Build;
use crate::sequence::Sequence;
use crate::{LayerError, Network, ParamStore, Spec};

/// Puts a network together from descriptions and from layers of one's own; see [`Network::builder`].
///
/// ```
/// use gan_layers::layers::Built;
/// use gan_layers::{Cx, Kind, Module, Network, ParamId, Spec, init};
/// use gan_tensor::Var;
///
/// /// `y = gain x`, one gain for all.
/// #[derive(Debug)]
/// struct Gain(ParamId);
///
/// impl Module for Gain {
///     fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
///         x * cx.param(self.0)
///     }
/// }
///
/// let net = Network::builder("net", [3], 0, 7)?
///     .layer(&Spec::new("linear").with("units", 4))?
///     .module("gain", |b| Built::new(Gain(b.param("gain", [1], Kind::Trainable, &init::Constant(1.0))?), b.input()))?
///     .finish();
/// assert_eq!(net.output(), [4].into());
/// assert!(net.params().find("layers[1].gain").is_some());
/// # Ok::<(), gan_layers::LayerError>(())
/// ```
#[derive(Debug)]
pub struct NetworkBuilder {
    name: String,
    body: Sequence,
    input: Shape,
    shape: Shape,
    params: ParamStore,
    classes: Option<usize>,
}

impl NetworkBuilder {
    /// An empty network.
    pub(crate) fn new(name: &str, input: Shape, position: usize, seed: u64) -> Result<NetworkBuilder, LayerError> {
        if input.rank() >= gan_tensor::MAX_RANK {
            let message = format!(
                "an example of shape {input} leaves no room for the batch: at most {} dimensions",
                gan_tensor::MAX_RANK - 1
            );
            return Err(LayerError::Shape { path: name.to_owned(), message });
        }
        let params = ParamStore::new(position, gan_tensor::derive(seed, name));
        Ok(NetworkBuilder { name: name.to_owned(), body: Sequence::default(), input, shape: input, params, classes: None })
    }

    /// The classes of the examples, for the layers added from here on: `None` if they have none.
    ///
    /// ```
    /// use gan_layers::{Network, Spec};
    /// let d = Network::builder("d", [8], 0, 7)?.with_classes(Some(10)).layers(&[Spec::new("projection")])?.finish();
    /// assert_eq!(d.asked_classes(), Some(10));
    /// # Ok::<(), gan_layers::LayerError>(())
    /// ```
    #[must_use]
    pub fn with_classes(self, classes: Option<usize>) -> NetworkBuilder {
        NetworkBuilder { classes, ..self }
    }

    /// Adds layers of the registry, one after the other.
    ///
    /// # Errors
    /// As [`layer`](NetworkBuilder::layer).
    pub fn layers(self, specs: &[Spec]) -> Result<NetworkBuilder, LayerError> {
        specs.iter().try_fold(self, NetworkBuilder::layer)
    }

    /// Adds a layer of the registry.
    ///
    /// # Errors
    /// It is unknown, ill described or does not fit the one before it.
    pub fn layer(mut self, spec: &Spec) -> Result<NetworkBuilder, LayerError> {
        let name = self.next();
        let place = format!("{}.{name}", self.name);
        self.shape =
            self.body.add(&name, spec, &place, Build::new(&mut self.params, &name, self.shape).with_classes(self.classes))?;
        Ok(self)
    }

    /// The name of the next layer.
    fn next(&self) -> String {
        format!("layers[{}]", self.body.layers.len())
    }

    /// Adds a layer of one's own: `kind` names it in listings and faults, `build` declares its parameters and says what
    /// shape comes out.
    ///
    /// # Errors
    /// Those of `build`, or an output that no tensor can have.
    pub fn module(
        mut self,
        kind: &str,
        build: impl FnOnce(&mut Build<'_>) -> Result<Built, LayerError>,
    ) -> Result<NetworkBuilder, LayerError> {
        let name = self.next();
        let b = Build::new(&mut self.params, &name, self.shape).with_classes(self.classes);
        self.shape = self.body.add_module(&name, kind, b, build)?;
        Ok(self)
    }

    /// Shape of an example behind the layers so far.
    pub fn output(&self) -> Shape {
        self.shape
    }

    /// The network.
    pub fn finish(self) -> Network {
        Network { name: self.name, body: self.body, input: self.input, params: self.params, classes: self.classes }
    }
}
