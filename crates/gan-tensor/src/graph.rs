//! The trace: an append-only list of operations in single-assignment form.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::io::{MAX_INS, MAX_OUTS};
use crate::op::DynOp;
use crate::ops::constant::Constant;
use crate::{Op, Shape, TensorError, Var};

/// Index of a value in the graph.
pub(crate) type ValueId = u32;

/// Where a value comes from.
#[derive(Clone)]
pub(crate) enum Source {
    /// Given anew to each run.
    Input(usize),
    /// Kept in a store between runs.
    Param(Stored),
    /// Result of an operation.
    Op(Arc<dyn DynOp>),
}

/// A place in a store: which store of the run, which slot of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Param {
    /// Position among the stores given to a run.
    pub store: usize,
    /// Slot within that store.
    pub slot: usize,
}

/// A parameter: where it lies, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub place: Param,
    /// Whether it is a matrix kept as panels of columns, see [`gan_kernels::panels`].
    pub packed: bool,
}

#[derive(Clone)]
pub(crate) struct Node {
    pub source: Source,
    pub ins: Box<[ValueId]>,
    /// The first of its results; they are numbered consecutively.
    pub first: ValueId,
    pub outs: usize,
    pub scope: u32,
}

#[derive(Clone, Copy)]
pub(crate) struct Value {
    pub node: u32,
    pub shape: Shape,
}

#[derive(Default)]
pub(crate) struct Trace {
    pub nodes: Vec<Node>,
    pub values: Vec<Value>,
    pub inputs: Vec<(String, ValueId)>,
    pub params: HashMap<Param, ValueId>,
    /// `(parameter, its new value)`.
    pub writes: Vec<(ValueId, ValueId)>,
    pub scopes: Vec<String>,
}

impl Trace {
    pub fn node_of(&self, v: ValueId) -> &Node {
        &self.nodes[self.values[v as usize].node as usize]
    }

    pub fn results(node: &Node) -> std::ops::Range<ValueId> {
        node.first..node.first + node.outs as ValueId
    }

    pub fn shape(&self, v: ValueId) -> Shape {
        self.values[v as usize].shape
    }
}

/// A graph under construction.
///
/// ```
/// use gan_tensor::{Graph, Pool, Cx};
/// let g = Graph::new();
/// let x = g.input("x", [3]);
/// let y = (x * x).sum();
/// let dx = g.grad(y, &[x])[0];
/// let mut plan = g.compile::<f64>(&[y, dx])?;
/// Pool::new(1).region(|team| plan.run(&mut [], &[&[1.0, 2.0, 3.0]], &Cx::new(team, 0, 0)))?;
/// assert_eq!(plan.output(0), [14.0]);
/// assert_eq!(plan.output(1), [2.0, 4.0, 6.0]);
/// # Ok::<(), gan_tensor::TensorError>(())
/// ```
#[derive(Default)]
pub struct Graph {
    pub(crate) trace: RefCell<Trace>,
    fault: RefCell<Option<TensorError>>,
    streams: RefCell<HashMap<u32, String>>,
    scope: Cell<u32>,
    path: RefCell<String>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        let g = Self::default();
        g.trace.borrow_mut().scopes.push(String::new());
        g
    }

    /// A value that every run is given: the inputs are passed in the order in which they were traced.
    #[track_caller]
    pub fn input(&self, name: &str, shape: impl Into<Shape>) -> Var<'_> {
        let index = self.trace.borrow().inputs.len();
        let v = self.leaf(Source::Input(index), shape.into());
        self.trace.borrow_mut().inputs.push((name.to_owned(), v.id));
        v
    }

    /// A value that lives in a store. Asking twice for the same place gives the same variable; it has one shape.
    #[track_caller]
    pub fn param(&self, place: Param, shape: impl Into<Shape>) -> Var<'_> {
        self.stored(Stored { place, packed: false }, shape.into())
    }

    /// A matrix `[k, n]` that lives in a store as panels of columns ([`gan_kernels::panels`]), the order in which products
    /// read it. The variable is the matrix as any other; only who reads or writes the store itself sees the order.
    #[track_caller]
    pub fn packed_param(&self, place: Param, shape: impl Into<Shape>) -> Var<'_> {
        let shape = shape.into();
        if shape.rank() != 2 {
            self.fail("packed_param", "only a matrix is kept as panels", &[shape], Location::caller());
        }
        self.stored(Stored { place, packed: shape.rank() == 2 }, shape)
    }

    #[track_caller]
    fn stored(&self, stored: Stored, shape: Shape) -> Var<'_> {
        let place = stored.place;
        let known = self.trace.borrow().params.get(&place).copied();
        if let Some(id) = known {
            let v = Var { graph: self, id };
            let slot = || format!("slot {} of store {} was traced", place.slot, place.store);
            if v.shape() != shape && Shape::new(&shape).is_ok() {
                self.fail("param", &format!("{} with another shape before", slot()), &[v.shape(), shape], Location::caller());
            } else if !matches!(self.trace.borrow().node_of(id).source, Source::Param(before) if before == stored) {
                self.fail("param", &format!("{} both packed and row-major", slot()), &[shape], Location::caller());
            }
            return v;
        }
        let v = self.leaf(Source::Param(stored), shape);
        self.trace.borrow_mut().params.insert(place, v.id);
        v
    }

    /// A tensor filled with one number.
    #[track_caller]
    pub fn constant(&self, value: f64, shape: impl Into<Shape>) -> Var<'_> {
        self.push(Constant { value, shape: shape.into() }, &[])
    }

    /// Binds a new value to a parameter: after a run the store holds it.
    ///
    /// The trace stays pure: `param` still means the value from before the run. Where nothing reads that
    /// value after its last change, the plan works in place.
    #[track_caller]
    pub fn write(&self, param: Var<'_>, value: Var<'_>) {
        let (is_param, written) = {
            let t = self.trace.borrow();
            (matches!(t.node_of(param.id).source, Source::Param(_)), t.writes.iter().any(|w| w.0 == param.id))
        };
        let shapes = [param.shape(), value.shape()];
        let problem = if !is_param {
            Some("only a parameter can be written")
        } else if written {
            Some("a parameter is written once in a graph")
        } else if shapes[0] != shapes[1] {
            Some("the new value must have the parameter's shape")
        } else {
            None
        };
        match problem {
            Some(p) => self.fail("write", p, &shapes, Location::caller()),
            None => self.trace.borrow_mut().writes.push((param.id, value.id)),
        }
    }

    /// Applies an operation with one result.
    #[track_caller]
    pub fn push(&self, op: impl Op, ins: &[Var<'_>]) -> Var<'_> {
        Var { graph: self, id: self.node(Arc::new(op), ins).0 }
    }

    /// Applies an operation with several results.
    #[track_caller]
    pub fn push_many(&self, op: impl Op, ins: &[Var<'_>]) -> Vec<Var<'_>> {
        self.push_dyn(Arc::new(op), ins)
    }

    /// As [`push_many`](Graph::push_many), for an operation taken from a trace.
    #[track_caller]
    pub(crate) fn push_dyn(&self, op: Arc<dyn DynOp>, ins: &[Var<'_>]) -> Vec<Var<'_>> {
        let (first, outs) = self.node(op, ins);
        (0..outs as ValueId).map(|i| Var { graph: self, id: first + i }).collect()
    }

    /// What is written: parameters and their new values.
    pub(crate) fn writes(&self) -> Vec<(Stored, Var<'_>)> {
        let t = self.trace.borrow();
        let stored = |p: ValueId| match t.node_of(p).source {
            Source::Param(stored) => Some(stored),
            _ => None,
        };
        t.writes.iter().filter_map(|&(p, id)| Some((stored(p)?, Var { graph: self, id }))).collect()
    }

    #[track_caller]
    fn node(&self, op: Arc<dyn DynOp>, ins: &[Var<'_>]) -> (ValueId, usize) {
        let shapes: Vec<Shape> = ins.iter().map(|v| v.shape()).collect();
        let many = ins.len() > MAX_INS || op.results() > MAX_OUTS;
        let fits = if many { Err(format!("at most {MAX_INS} operands and {MAX_OUTS} results")) } else { op.shapes(&shapes) };
        let outs = fits.and_then(|outs| {
            let possible = outs.iter().all(|s| Shape::new(s).is_ok());
            if possible { Ok(outs) } else { Err(format!("the result {outs:?} would not fit the address space")) }
        });
        match outs {
            Ok(outs) => {
                let ids = ins.iter().map(|v| v.id).collect();
                self.append(Source::Op(op), ids, &outs)
            }
            Err(message) => {
                self.fail(op.name(), &message, &shapes, Location::caller());
                // a stand-in, so that tracing goes on; the fault surfaces at compile
                let stand_in = Constant { value: f64::NAN, shape: Shape::SCALAR };
                self.append(Source::Op(Arc::new(stand_in)), Box::new([]), &vec![Shape::SCALAR; op.results()])
            }
        }
    }

    #[track_caller]
    fn leaf(&self, source: Source, mut shape: Shape) -> Var<'_> {
        if let Err(e) = Shape::new(&shape) {
            let name = if matches!(source, Source::Input(_)) { "input" } else { "param" };
            self.fail(name, &e.to_string(), &[shape], Location::caller());
            shape = Shape::SCALAR;
        }
        Var { graph: self, id: self.append(source, Box::new([]), &[shape]).0 }
    }

    fn append(&self, source: Source, ins: Box<[ValueId]>, outs: &[Shape]) -> (ValueId, usize) {
        let mut t = self.trace.borrow_mut();
        let (node, first) = (t.nodes.len() as u32, t.values.len() as ValueId);
        t.nodes.push(Node { source, ins, first, outs: outs.len(), scope: self.scope.get() });
        t.values.extend(outs.iter().map(|&shape| Value { node, shape }));
        (first, outs.len())
    }

    /// Records a fault of what is traced, for parts that are built of operations and cannot go on: `what` found it. As every fault it
    /// surfaces at [`compile`](Graph::compile) or [`eval`](Graph::eval), and the first one counts.
    #[track_caller]
    pub fn refuse(&self, what: &str, message: &str) {
        self.fail(what, message, &[], Location::caller());
    }

    /// Records the first fault; it surfaces at [`compile`](Graph::compile) or [`eval`](Graph::eval).
    pub(crate) fn fail(&self, op: &str, message: &str, shapes: &[Shape], at: &'static Location<'static>) {
        self.fault.borrow_mut().get_or_insert_with(|| TensorError::Op {
            op: op.to_owned(),
            message: message.to_owned(),
            shapes: shapes.to_vec(),
            scope: self.path.borrow().clone(),
            file: at.file(),
            line: at.line(),
        });
    }

    /// The first fault of the trace, if any.
    ///
    /// # Errors
    /// That fault.
    pub fn check(&self) -> Result<(), TensorError> {
        self.fault.borrow().clone().map_or(Ok(()), Err)
    }

    /// Opens a named part of the model: faults and profiles name it, and streams of random numbers are
    /// told apart by it. It closes when the returned guard is dropped.
    pub fn scope(&self, name: &str) -> Scope<'_> {
        let (before, length) = (self.scope.get(), self.path.borrow().len());
        let mut path = self.path.borrow_mut();
        if !path.is_empty() && !name.starts_with('[') {
            path.push('.');
        }
        path.push_str(name);
        self.set_scope(&path);
        Scope { graph: self, before, length }
    }

    fn set_scope(&self, path: &str) {
        let mut t = self.trace.borrow_mut();
        let id = t.scopes.iter().position(|s| s == path).unwrap_or_else(|| {
            t.scopes.push(path.to_owned());
            t.scopes.len() - 1
        });
        self.scope.set(id as u32);
    }

    /// The scope of a node.
    pub(crate) fn scope_of(&self, node: usize) -> u32 {
        self.trace.borrow().nodes[node].scope
    }

    /// Runs `f` with new nodes put down to the scope `id`: a gradient belongs to the layer it is of.
    pub(crate) fn in_scope<R>(&self, id: u32, f: impl FnOnce() -> R) -> R {
        let before = self.scope.replace(id);
        let result = f();
        self.scope.set(before);
        result
    }

    /// The number of the random stream `name` in the current scope.
    ///
    /// A stream is drawn from once: a second use of the same name in the same scope gets a number of its own
    /// (`name#2`), in the order of the trace.
    #[track_caller]
    pub fn stream(&self, name: &str) -> u32 {
        let path = self.path.borrow();
        let base = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let mut streams = self.streams.borrow_mut();
        let taken = |s: &HashMap<u32, String>, n: &str| s.values().any(|x| x == n);
        let mut full = base.clone();
        let mut uses = 1;
        while taken(&streams, &full) {
            uses += 1;
            full = format!("{base}#{uses}");
        }
        let id = gan_kernels::random::stream_id(&full);
        if let Some(other) = streams.insert(id, full.clone()) {
            let text = format!("the random streams `{other}` and `{full}` have the same number: rename one of them");
            self.fail("stream", &text, &[], Location::caller());
        }
        id
    }

    /// Number of operations traced so far.
    pub fn len(&self) -> usize {
        self.trace.borrow().nodes.len()
    }

    /// Whether nothing was traced.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.trace.borrow();
        for node in &t.nodes {
            let results: Vec<_> = Trace::results(node).map(|v| format!("%{v}: {}", t.shape(v))).collect();
            let name = match &node.source {
                Source::Input(i) => format!("input {i} `{}`", t.inputs.get(*i).map_or("", |x| &x.0)),
                Source::Param(p) => {
                    let order = if p.packed { ", packed" } else { "" };
                    format!("param {}.{}{order}", p.place.store, p.place.slot)
                }
                Source::Op(op) => op.name().to_owned(),
            };
            let ins: Vec<_> = node.ins.iter().map(|v| format!("%{v}")).collect();
            writeln!(f, "{} = {name}({})  {}", results.join(", "), ins.join(", "), t.scopes[node.scope as usize])?;
        }
        Ok(())
    }
}

/// Keeps a named part of the model open; see [`Graph::scope`].
#[must_use = "the scope closes when this is dropped"]
pub struct Scope<'g> {
    graph: &'g Graph,
    before: u32,
    length: usize,
}

impl Drop for Scope<'_> {
    fn drop(&mut self) {
        self.graph.path.borrow_mut().truncate(self.length);
        self.graph.scope.set(self.before);
    }
}
