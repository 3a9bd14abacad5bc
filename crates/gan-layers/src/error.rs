//! What can go wrong when a model is described, built or restored.

use gan_tensor::TensorError;

/// Faults of descriptions, networks and parameter stores. Each names the place in the description
/// (`generator.layers[2].units`).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LayerError {
    /// A `type` that no registry lists.
    #[error("{path}.type: there is no {what} `{found}`{}; known: {known}", suggestion(.meant))]
    UnknownType {
        /// Place in the description.
        path: String,
        /// Layer, initialiser, optimiser, ...
        what: &'static str,
        /// The name found.
        found: String,
        /// The nearest known name.
        meant: Option<String>,
        /// All known names.
        known: String,
    },
    /// A key that the description of this type does not have.
    #[error("{path}: unknown key `{found}`{}; known: {known}", suggestion(.meant))]
    UnknownKey {
        /// Place in the description.
        path: String,
        /// The key found.
        found: String,
        /// The nearest known key.
        meant: Option<String>,
        /// All known keys.
        known: String,
    },
    /// A key that must be there.
    #[error("{path}: `{key}` is missing ({expected})")]
    Missing {
        /// Place in the description.
        path: String,
        /// The key.
        key: String,
        /// What it should be.
        expected: String,
    },
    /// A value of the wrong kind or out of its range.
    #[error("{path}.{key}: expected {expected}, found {found}")]
    Value {
        /// Place in the description.
        path: String,
        /// The key.
        key: String,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A layer that cannot take what the layer before it yields.
    #[error("{path}: {message}")]
    Shape {
        /// Place in the description.
        path: String,
        /// What was expected and found.
        message: String,
    },
    /// A layer that reads the classes of examples that have none.
    #[error(
        "{path}: the layer reads the classes of the examples, but the data have none; use data with labels, or leave the layer out"
    )]
    NoClasses {
        /// Place in the description.
        path: String,
    },
    /// A network that gradients cannot train.
    #[error("{path} cannot be trained by gradients: {reason}")]
    NotTrainable {
        /// The layer.
        path: String,
        /// Why.
        reason: String,
    },
    /// A parameter store that was asked for what it does not have.
    #[error("there is no parameter `{name}`")]
    NoParameter {
        /// The name asked for.
        name: String,
    },
    /// Two parameters of one name.
    #[error("the parameter `{name}` exists already")]
    DuplicateParameter {
        /// The name.
        name: String,
    },
    /// A parameter that no machine should be asked to hold.
    #[error(
        "parameter `{name}` of shape {sizes:?} does not fit: the network holds {held} values already, at most {limit} are allowed; use fewer units"
    )]
    TooLarge {
        /// The parameter.
        name: String,
        /// Its shape.
        sizes: Vec<usize>,
        /// Values that the store holds already.
        held: usize,
        /// Most values of a store.
        limit: usize,
    },
    /// Values that do not fit a parameter.
    #[error("parameter `{name}` holds {expected} values, found {found}")]
    ParameterLength {
        /// The parameter.
        name: String,
        /// Values it holds.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A fault of the graph.
    #[error(transparent)]
    Tensor(#[from] TensorError),
}

fn suggestion(meant: &Option<String>) -> String {
    meant.as_ref().map(|m| format!(" (did you mean `{m}`?)")).unwrap_or_default()
}
