//! Handles to values of a graph; expressions over them read like the papers.

use std::fmt;

use crate::ops::identity::Same;
use crate::{Graph, Shape};

/// A value in a [`Graph`]: a handle that is copied freely.
///
/// Each operation is a method (or an operator) defined beside the operation in [`ops`](crate::ops). Shapes that
/// do not fit are recorded in the graph and surface when it is compiled; nothing panics.
#[derive(Clone, Copy)]
pub struct Var<'g> {
    pub(crate) graph: &'g Graph,
    pub(crate) id: u32,
}

impl<'g> Var<'g> {
    /// The graph it belongs to.
    pub fn graph(self) -> &'g Graph {
        self.graph
    }

    /// Its shape.
    pub fn shape(self) -> Shape {
        self.graph.trace.borrow().shape(self.id)
    }

    /// The same value as a new node: gradients by it follow what is made from it, not what is made from the old one.
    pub fn identity(self) -> Var<'g> {
        self.graph.push(Same::Identity, &[self])
    }
}

impl fmt::Debug for Var<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{}: {}", self.id, self.shape())
    }
}
