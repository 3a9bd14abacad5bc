//! Networks put together layer by layer, with layers that no registry knows.

use gan_tensor::Shape;

use crate::layers::{self, Built};
use crate::module::Build;
use crate::network::Layer;
use crate::spec::{Fields, find};
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
    layers: Vec<Layer>,
    input: Shape,
    shape: Shape,
    params: ParamStore,
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
        Ok(NetworkBuilder { name: name.to_owned(), layers: Vec::new(), input, shape: input, params })
    }

    /// Adds a layer of the registry.
    ///
    /// # Errors
    /// It is unknown, ill described or does not fit the one before it.
    pub fn layer(self, spec: &Spec) -> Result<NetworkBuilder, LayerError> {
        let path = format!("{}.layers[{}]", self.name, self.layers.len());
        let entry = find("layer", layers::ALL, |e| e.name, spec, &path)?;
        let fields = Fields::new(spec, &path);
        let built = self.module(&spec.kind, |b| (entry.build)(&fields, b))?;
        fields.finish()?;
        Ok(built)
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
        let path = format!("layers[{}]", self.layers.len());
        let before = self.params.trainable_len();
        let Built { module, output } = build(&mut Build::new(&mut self.params, &path, self.shape))?;
        self.shape = Shape::new(&output)?;
        let trainable = self.params.trainable_len() - before;
        self.layers.push(Layer { path, kind: kind.to_owned(), output: self.shape, trainable, module });
        Ok(self)
    }

    /// Shape of an example behind the layers so far.
    pub fn output(&self) -> Shape {
        self.shape
    }

    /// The network.
    pub fn finish(self) -> Network {
        Network::from_parts(self.name, self.layers, self.input, self.params)
    }
}
