//! Layers one after the other: a network, or a branch within a layer.

use gan_tensor::{Shape, Var};

use crate::layers::{self, Built};
use crate::module::Build;
use crate::spec::{Fields, SpecAt, find};
use crate::{Cx, LayerError, Module, Spec};

/// A layer in its place.
#[derive(Debug)]
pub(crate) struct Layer {
    /// Its name among its neighbours, `layers[2]`.
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) output: Shape,
    pub(crate) trainable: usize,
    pub(crate) module: Box<dyn Module>,
}

impl Layer {
    /// Values that it and the layers within it yield for an example.
    pub(crate) fn held(&self) -> usize {
        self.output.len().saturating_add(self.module.held_within())
    }
}

/// Layers of which each takes what the one before it yields.
#[derive(Debug, Default)]
pub(crate) struct Sequence {
    pub(crate) layers: Vec<Layer>,
}

impl Sequence {
    /// The layers of the list `key` that stands in a layer's description, for the examples that this layer takes; with the shape
    /// of an example behind them.
    pub(crate) fn build(key: &str, specs: &[SpecAt], b: &mut Build<'_>) -> Result<(Sequence, Shape), LayerError> {
        let (mut all, mut shape) = (Sequence::default(), b.input());
        for (i, (spec, place)) in specs.iter().enumerate() {
            let name = format!("{key}[{i}]");
            shape = all.add(&name, spec, place, b.within(&name, shape))?;
        }
        Ok((all, shape))
    }

    /// Adds a layer of the registry, described at `place`; returns the shape of an example behind it.
    pub(crate) fn add(&mut self, name: &str, spec: &Spec, place: &str, b: Build<'_>) -> Result<Shape, LayerError> {
        let entry = find("layer", layers::ALL, |e| e.name, spec, place)?;
        let fields = Fields::new(spec, place);
        let shape = self.add_module(name, &spec.kind, b, |b| (entry.build)(&fields, b))?;
        fields.finish()?;
        Ok(shape)
    }

    /// Adds any layer.
    pub(crate) fn add_module(
        &mut self,
        name: &str,
        kind: &str,
        mut b: Build<'_>,
        build: impl FnOnce(&mut Build<'_>) -> Result<Built, LayerError>,
    ) -> Result<Shape, LayerError> {
        let before = b.trainable_len();
        let Built { module, output } = build(&mut b)?;
        let output = Shape::new(&output)?;
        let trainable = b.trainable_len() - before;
        self.layers.push(Layer { path: name.to_owned(), kind: kind.to_owned(), output, trainable, module });
        Ok(output)
    }
}

impl Module for Sequence {
    fn forward<'g>(&self, cx: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        self.layers.iter().fold(x, |x, layer| {
            let _layer = cx.graph().scope(&layer.path);
            layer.module.forward(cx, x)
        })
    }
    fn couples_batch(&self) -> bool {
        self.layers.iter().any(|l| l.module.couples_batch())
    }
    fn reads_labels(&self) -> bool {
        self.layers.iter().any(|l| l.module.reads_labels())
    }
    fn held_within(&self) -> usize {
        self.layers.iter().fold(0, |n, l| n.saturating_add(l.held()))
    }
    fn blocks_gradient(&self) -> Option<&'static str> {
        self.layers.iter().find_map(|l| l.module.blocks_gradient())
    }
}
