//! A feature net's description: `net.toml`.

use gan_layers::{MAX_VALUES, Network, Spec};
use serde::{Deserialize, Serialize};

use crate::reader::Layer;

/// What a feature net is, beside its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSpec {
    /// What it is called.
    pub name: String,
    /// What it was trained on and how well it does.
    #[serde(default)]
    pub about: String,
    /// Shape of a sample: `[height, width, channels]` for pictures.
    pub input: Vec<usize>,
    /// The interval that the values lie in.
    #[serde(default = "unit")]
    pub range: (f32, f32),
    /// The layer whose result is the features, as `layers[12]`; the one before the last linear layer, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub features: Option<String>,
    /// The layers; the last one yields a logit for each class.
    pub layers: Vec<Spec>,
}

fn unit() -> (f32, f32) {
    (0.0, 1.0)
}

impl NetSpec {
    /// Whether sizes and range make sense.
    pub(super) fn check(&self) -> Result<(), String> {
        let values = self.input.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).unwrap_or(usize::MAX);
        if values == 0 || values > MAX_VALUES {
            return Err(format!("input: expected a shape of 1 to {MAX_VALUES} values, found {:?}", self.input));
        }
        let (low, high) = self.range;
        if !(low < high && low.is_finite() && high.is_finite()) {
            return Err(format!("range: expected two numbers, the lower one first, found [{low}, {high}]"));
        }
        if self.layers.is_empty() {
            return Err("layers: a network needs at least one layer".to_owned());
        }
        Ok(())
    }

    /// The layer whose result is the features: the one that is named, else the one before the last linear layer.
    pub(super) fn layer(&self, network: &Network) -> Option<Layer> {
        let before = |i: usize| i.checked_sub(1).map_or(Layer::Input, Layer::Behind);
        match &self.features {
            Some(name) => network.layers().position(|l| l.path == name).map(Layer::Behind),
            None => {
                let count = network.layers().count();
                let linear = network.layers().enumerate().filter(|(_, l)| l.kind == "linear").last().map(|(i, _)| i);
                Some(before(linear.unwrap_or(count.saturating_sub(1))))
            }
        }
    }
}
