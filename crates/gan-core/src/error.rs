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
    /// The discriminator was built for other samples.
    #[error("the discriminator takes {found}, it is shown {expected}: build it for the shape of the data, or of a pack of them")]
    DiscriminatorInput {
        /// Shape of a data sample.
        expected: Shape,
        /// What the discriminator takes.
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
    /// A network whose parameters would be taken for those of the other player.
    #[error("the {player} must be built at position {expected} among the stores of a game, found {found}")]
    Position {
        /// The player.
        player: &'static str,
        /// Where its store belongs.
        expected: usize,
        /// Where it was built.
        found: usize,
    },
    /// A step on no examples, whose mean loss is not defined.
    #[error("a step needs a batch of at least 1 example")]
    EmptyBatch,
    /// A batch that is no whole number of packs.
    #[error(
        "packing of {packing} does not divide the batch of {batch}: take a batch that is a multiple, or another packing of at least 1"
    )]
    Packing {
        /// Samples of a pack.
        packing: usize,
        /// Samples of a batch.
        batch: usize,
    },
    /// A single sample before a discriminator of packs.
    #[error("the discriminator judges packs of {packing} samples: there is no D(x) of a single x")]
    JudgesPacks {
        /// Samples of a pack.
        packing: usize,
    },
    /// Classes that are missing, too many or none.
    #[error("expected a class from 0 to {most} for each of {samples} samples, found {found}")]
    Labels {
        /// The largest class.
        most: usize,
        /// Samples.
        samples: usize,
        /// What was given.
        found: String,
    },
    /// A class asked of a network that knows none.
    #[error("the network knows no classes: ask for samples without one, or train a conditional model")]
    Unconditional,
    /// Samples that no machine can hold.
    #[error("{n} samples of {len} values do not fit the memory: draw fewer at a time")]
    TooManySamples {
        /// Samples asked for.
        n: usize,
        /// Values of one.
        len: usize,
    },
    /// Latent vectors of the wrong size.
    #[error("expected latent vectors of {expected} values each, found {found} values together")]
    Latent {
        /// Values of one latent vector.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// Samples of the wrong size.
    #[error("expected samples of {expected} values each, found {found} values together")]
    Samples {
        /// Values of one sample.
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
