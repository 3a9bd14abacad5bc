//! What can go wrong.

use crate::Shape;

/// Faults of tracing, compiling and running.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TensorError {
    /// An operation got operands it cannot take.
    #[error("{op}{}: {message}; operands {shapes:?}, at {file}:{line}", in_scope(.scope))]
    Op {
        /// The operation's name.
        op: String,
        /// What it expected and found.
        message: String,
        /// The operands' shapes.
        shapes: Vec<Shape>,
        /// The part of the model (`discriminator.layers[2]`), empty at top level.
        scope: String,
        /// The caller's file.
        file: &'static str,
        /// The caller's line.
        line: u32,
    },
    /// Sizes that no tensor can have.
    #[error("shape {sizes:?} is not possible: at most {} dimensions whose product fits the address space", crate::MAX_RANK)]
    BadShape {
        /// The sizes asked for.
        sizes: Vec<usize>,
    },
    /// A tensor made from the wrong number of values.
    #[error("shape {shape} holds {} values, found {found}", .shape.len())]
    Length {
        /// The shape asked for.
        shape: Shape,
        /// Number of values given.
        found: usize,
    },
    /// An input of a run has the wrong size, or inputs are missing.
    #[error("input {index} (`{name}`) holds {expected} values, found {found}")]
    Input {
        /// Which one.
        index: usize,
        /// Its name.
        name: String,
        /// Values that its shape asks for.
        expected: usize,
        /// Values given; 0 if it is missing.
        found: usize,
    },
    /// A run was given a store without the parameter it reads or writes.
    #[error("parameter {slot} of store {store} holds {expected} values, found {found}: the stores do not belong to this graph")]
    Parameter {
        /// Which store.
        store: usize,
        /// Which parameter.
        slot: usize,
        /// Values that the graph expects.
        expected: usize,
        /// Values found; 0 if it is missing.
        found: usize,
    },
}

fn in_scope(scope: &str) -> String {
    if scope.is_empty() { String::new() } else { format!(" in {scope}") }
}
