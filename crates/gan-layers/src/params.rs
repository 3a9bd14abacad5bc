//! Named parameters with their values.

use std::borrow::Cow;
use std::collections::HashMap;

use gan_tensor::{Buffer, Graph, Param, Shape, Store, Team, Var, panels};

use crate::{Init, LayerError};

/// Most values that a store may hold (8 GiB of them): a slip in a description is told, not allocated.
pub const MAX_VALUES: usize = 1 << 31;

/// What a stored value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Changed by the optimiser.
    Trainable,
    /// Changed by the network itself (running statistics).
    Buffer,
    /// Belongs to the optimiser (velocities, moments).
    OptimizerState,
    /// A moving average of a trainable parameter.
    Average,
}

/// Identifies a parameter within its store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParamId(pub(crate) usize);

/// What is known about a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// Its name, unique in the store (`layers[0].weight`).
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// What it is for.
    pub kind: Kind,
    /// Largest L2 norm of a column, restored after each update.
    pub max_column_norm: Option<f64>,
    /// Whether the values are kept as panels of columns.
    packed: bool,
}

/// Fewest values of a matrix that is kept as panels: with fewer, nothing is gained.
const PACKED_LEN: usize = 4096;

/// The parameters, buffers, optimiser states and averages of one network.
///
/// Values are read and written as row-major `f32`. Plans run on [`values_mut`](ParamStore::values_mut), where a large matrix may lie
/// in the order in which products read it; nobody else needs to know.
#[derive(Clone, Debug)]
pub struct ParamStore {
    position: usize,
    seed: u64,
    specs: Vec<ParamSpec>,
    by_name: HashMap<String, ParamId>,
    values: Store<f32>,
}

impl ParamStore {
    /// An empty store, number `position` among the stores of a run, whose initial values follow from `seed`.
    pub fn new(position: usize, seed: u64) -> Self {
        Self { position, seed, specs: Vec::new(), by_name: HashMap::new(), values: Store::new() }
    }

    /// Its number among the stores of a run.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Adds a parameter with initial values.
    ///
    /// # Errors
    /// The name is taken, or the store would hold more than [`MAX_VALUES`].
    pub fn add(&mut self, name: &str, shape: impl Into<Shape>, kind: Kind, init: &dyn Init) -> Result<ParamId, LayerError> {
        let shape = shape.into();
        if self.by_name.contains_key(name) {
            return Err(LayerError::DuplicateParameter { name: name.to_owned() });
        }
        let held: usize = self.specs.iter().map(|s| s.shape.len()).sum();
        let fits = shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= MAX_VALUES - held);
        let Some(len) = fits else {
            return Err(LayerError::TooLarge { name: name.to_owned(), sizes: shape.to_vec(), held, limit: MAX_VALUES });
        };
        let mut values = Buffer::zeros(len);
        init.fill(&shape, gan_tensor::derive(self.seed, name), &mut values);
        let id = ParamId(self.values.push(values));
        self.specs.push(ParamSpec { name: name.to_owned(), shape, kind, max_column_norm: None, packed: false });
        self.by_name.insert(name.to_owned(), id);
        Ok(id)
    }

    /// Bounds the L2 norm of a matrix's columns.
    pub fn constrain(&mut self, id: ParamId, max_column_norm: Option<f64>) {
        self.specs[id.0].max_column_norm = max_column_norm;
    }

    /// Keeps a matrix that products read as their right operand in the order in which they do, if it is large enough.
    pub fn pack(&mut self, id: ParamId) {
        let spec = &mut self.specs[id.0];
        let worthwhile = spec.shape.rank() == 2 && spec.shape[1] > panels::WIDTH && spec.shape.len() >= PACKED_LEN;
        if worthwhile && !spec.packed {
            spec.packed = true;
            let (shape, values) = (spec.shape, self.values.get_mut(id.0).unwrap_or_default());
            let row_major = values.to_vec();
            panels::pack(&Team::serial(), shape[0], shape[1], &row_major, values);
        }
    }

    /// Keeps a matrix in the same order as another, whose state or average it is.
    pub(crate) fn pack_like(&mut self, id: ParamId, other: ParamId) {
        if self.specs[other.0].packed {
            self.pack(id);
        }
    }

    /// The parameter of that name.
    pub fn find(&self, name: &str) -> Option<ParamId> {
        self.by_name.get(name).copied()
    }

    /// What is known about a parameter.
    pub fn spec(&self, id: ParamId) -> &ParamSpec {
        &self.specs[id.0]
    }

    /// All of a kind, in the order in which they were added.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = ParamId> + '_ {
        (0..self.specs.len()).map(ParamId).filter(move |id| self.specs[id.0].kind == kind)
    }

    /// All parameters with their values, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (&ParamSpec, Cow<'_, [f32]>)> {
        self.specs.iter().enumerate().map(|(i, s)| (s, self.read(ParamId(i))))
    }

    /// What is known about the parameters, in the order in which they were added.
    pub fn specs(&self) -> impl Iterator<Item = &ParamSpec> {
        self.specs.iter()
    }

    /// Values of a parameter, row-major.
    pub fn read(&self, id: ParamId) -> Cow<'_, [f32]> {
        let (spec, values) = (&self.specs[id.0], self.values.get(id.0).unwrap_or_default());
        if !spec.packed {
            return Cow::Borrowed(values);
        }
        let mut out = vec![0.0; values.len()];
        panels::unpack(&Team::serial(), spec.shape[0], spec.shape[1], values, &mut out);
        Cow::Owned(out)
    }

    /// Replaces the values of a parameter.
    ///
    /// # Errors
    /// No parameter has that name, or another size.
    pub fn write(&mut self, name: &str, values: &[f32]) -> Result<(), LayerError> {
        let id = self.find(name).ok_or_else(|| LayerError::NoParameter { name: name.to_owned() })?;
        let target = self.values.get_mut(id.0).unwrap_or_default();
        if target.len() != values.len() {
            return Err(LayerError::ParameterLength { name: name.to_owned(), expected: target.len(), found: values.len() });
        }
        match &self.specs[id.0] {
            spec if spec.packed => panels::pack(&Team::serial(), spec.shape[0], spec.shape[1], values, target),
            _ => target.copy_from_slice(values),
        }
        Ok(())
    }

    /// The slot of a parameter in [`values`](ParamStore::values).
    pub fn slot(&self, id: ParamId) -> usize {
        id.0
    }

    /// Where an element of a parameter, counted row-major, lies in its slot of [`values`](ParamStore::values): for harnesses that
    /// move single values.
    pub fn offset(&self, id: ParamId, element: usize) -> usize {
        match &self.specs[id.0] {
            spec if spec.packed => panels::index(spec.shape[0], spec.shape[1], element / spec.shape[1], element % spec.shape[1]),
            _ => element,
        }
    }

    /// The parameter as a variable of a graph.
    pub fn var<'g>(&self, graph: &'g Graph, id: ParamId) -> Var<'g> {
        let (place, spec) = (Param { store: self.position, slot: id.0 }, &self.specs[id.0]);
        if spec.packed { graph.packed_param(place, spec.shape) } else { graph.param(place, spec.shape) }
    }

    /// Number of trainable values.
    pub fn trainable_len(&self) -> usize {
        self.specs.iter().filter(|s| s.kind == Kind::Trainable).map(|s| s.shape.len()).sum()
    }

    /// The values as plans keep them.
    pub fn values(&self) -> &Store<f32> {
        &self.values
    }

    /// The values as plans keep them, for a plan to run on.
    pub fn values_mut(&mut self) -> &mut Store<f32> {
        &mut self.values
    }
}
