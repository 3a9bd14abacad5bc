//! Networks of a configuration: built, and refused where no machine should hold them.

use gan_layers::{LayerError, MAX_VALUES, Network, NetworkBuilder, Spec};
use gan_tensor::Shape;

use crate::TrainError;

/// Builds a network for data of so many classes. Stores know their parameters, not whose they are, so that is added to a fault of theirs.
pub(crate) fn build(
    name: &str,
    layers: &[Spec],
    input: Shape,
    position: usize,
    seed: u64,
    classes: Option<usize>,
) -> Result<Network, TrainError> {
    let empty = Network::builder(name, input, position, seed);
    let built = empty.and_then(|net| net.with_classes(classes).layers(layers));
    built.map(NetworkBuilder::finish).map_err(|fault| match fault {
        LayerError::TooLarge { .. } => TrainError::Config { place: name.to_owned(), message: fault.to_string() },
        other => other.into(),
    })
}

/// Refuses batches whose layers no machine should be asked to hold.
pub(crate) fn check_activations(networks: &[&Network], batch: usize) -> Result<(), TrainError> {
    let mut held = 0usize;
    for network in networks {
        for layer in network.layers() {
            held = held.saturating_add(layer.held.saturating_mul(batch));
            if held > MAX_VALUES {
                let message = format!(
                    "a batch of {batch} examples of shape {} does not fit: the layers up to here would hold {held} values, at most {MAX_VALUES} are allowed; lower train.batch or the layer's size",
                    layer.output
                );
                return Err(TrainError::Config { place: format!("{}.{}", network.name(), layer.path), message });
            }
        }
    }
    Ok(())
}
