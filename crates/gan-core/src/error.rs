//! What can go wrong when a game is set up.

use gan_layers::LayerError;
use gan_tensor::{Shape, TensorError};

/// Faults of games and samplers.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CoreError {
    /// The generator does not make what the data are.
    #[error("the generator makes {found} ({} values), the data are {expected} ({} values): change `units` of its last linear layer", .found.len(), .expected.len())]
    GeneratorOutput {
        /// Shape of a data sample.
        expected: Shape,
        /// What the generator yields.
        found: Shape,
    },
    /// The discriminator does not end in one number.
    #[error(
        "the discriminator must end in one number, the logit of D(x), for example with a linear layer of 1 unit; found {found}"
    )]
    DiscriminatorOutput {
        /// What it yields.
        found: Shape,
    },
    /// The discriminator ends in a probability.
    #[error(
        "the discriminator ends in a sigmoid: leave it out; objectives take the logit and apply the sigmoid themselves, where it cannot overflow"
    )]
    DiscriminatorSigmoid,
    /// Latent vectors of the wrong size.
    #[error("a latent vector has {expected} values, found {found}")]
    Latent {
        /// The generator's input.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// A fault of a network.
    #[error(transparent)]
    Layer(#[from] LayerError),
    /// A fault of the graph.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}
