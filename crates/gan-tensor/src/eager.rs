//! Node by node: the plain reading of a trace, for debugging and as the plan's yardstick.

use std::fmt;

use gan_kernels::panels;

use crate::graph::{Source, Trace, ValueId};
use crate::io::{MAX_INS, MAX_OUTS};
use crate::op::DynOp;
use crate::{Buffer, Cx, Element, Graph, Io, Shape, Store, Tensor, TensorError, Var};

/// The first operation of a run whose result holds a NaN or an infinity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonFinite {
    /// The operation.
    pub op: String,
    /// The part of the model it belongs to (`generator.layers[2]`); empty at top level.
    pub scope: String,
    /// Position of the first such element in the result.
    pub element: usize,
}

impl fmt::Display for NonFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.scope.is_empty() { String::new() } else { format!(" in {}", self.scope) };
        write!(f, "{}{place} (element {})", self.op, self.element)
    }
}

impl Graph {
    /// Computes `outputs` node by node, without changing the stores (writes are left out).
    ///
    /// # Errors
    /// The first fault of the trace, or an input or store that does not fit.
    pub fn eval<E: Element>(
        &self,
        outputs: &[Var<'_>],
        stores: &[&Store<E>],
        inputs: &[&[E]],
        cx: &Cx<'_>,
    ) -> Result<Vec<Tensor<E>>, TensorError> {
        let values = self.interpret(outputs, stores, inputs, cx, |_, _| true)?;
        outputs.iter().map(|o| Tensor::new(o.shape(), values[o.id as usize].as_deref().unwrap_or_default())).collect()
    }

    /// Looks for the first result that is not finite on the way to `outputs`.
    ///
    /// # Errors
    /// As [`eval`](Graph::eval).
    pub fn find_non_finite<E: Element>(
        &self,
        outputs: &[Var<'_>],
        stores: &[&Store<E>],
        inputs: &[&[E]],
        cx: &Cx<'_>,
    ) -> Result<Option<NonFinite>, TensorError> {
        let mut found = None;
        self.interpret(outputs, stores, inputs, cx, |name: (&str, &str), values: &[E]| {
            found = values.iter().position(|x| !x.is_finite()).map(|element| NonFinite {
                op: name.0.to_owned(),
                scope: name.1.to_owned(),
                element,
            });
            found.is_none()
        })?;
        Ok(found)
    }

    /// Evaluates the live nodes in order; `visit((op, scope), result)` returns whether to go on.
    fn interpret<E: Element>(
        &self,
        outputs: &[Var<'_>],
        stores: &[&Store<E>],
        inputs: &[&[E]],
        cx: &Cx<'_>,
        mut visit: impl FnMut((&str, &str), &[E]) -> bool,
    ) -> Result<Vec<Option<Buffer<E>>>, TensorError> {
        self.check()?;
        let t = self.trace.borrow();
        let mut live = vec![false; t.nodes.len()];
        outputs.iter().for_each(|o| live[t.values[o.id as usize].node as usize] = true);
        for n in (0..t.nodes.len()).rev() {
            if live[n] {
                t.nodes[n].ins.iter().for_each(|&i| live[t.values[i as usize].node as usize] = true);
            }
        }
        let mut values: Vec<Option<Buffer<E>>> = vec![None; t.values.len()];
        for (node, _) in t.nodes.iter().zip(&live).filter(|(_, live)| **live) {
            let scope = &t.scopes[node.scope as usize];
            let go_on = match &node.source {
                Source::Input(i) => {
                    let x = checked_input(*i, &t.inputs[*i].0, &t.shape(node.first), inputs)?;
                    values[node.first as usize] = Some(Buffer::from_slice(x));
                    let name = format!("input `{}`", t.inputs[*i].0);
                    visit((&name, scope), x)
                }
                Source::Param(stored) => {
                    let (p, shape) = (stored.place, t.shape(node.first));
                    let x = stores.get(p.store).and_then(|s| s.get(p.slot)).unwrap_or_default();
                    if x.len() != shape.len() {
                        let (expected, found) = (shape.len(), x.len());
                        return Err(TensorError::Parameter { store: p.store, slot: p.slot, expected, found });
                    }
                    let mut value = Buffer::from_slice(x);
                    if stored.packed {
                        panels::unpack(cx.team, shape[0], shape[1], x, &mut value);
                    }
                    let name = format!("parameter {} of store {}", p.slot, p.store);
                    let go_on = visit((&name, scope), &value);
                    values[node.first as usize] = Some(value);
                    go_on
                }
                Source::Op(op) => {
                    let outs = eval_node(&t, &**op, &node.ins, Trace::results(node), &values, cx);
                    let go_on = outs.iter().all(|o| visit((op.name(), scope), o));
                    for (v, o) in Trace::results(node).zip(outs) {
                        values[v as usize] = Some(o);
                    }
                    go_on
                }
            };
            if !go_on {
                break;
            }
        }
        Ok(values)
    }
}

pub(crate) fn checked_input<'a, E>(index: usize, name: &str, shape: &Shape, inputs: &[&'a [E]]) -> Result<&'a [E], TensorError> {
    let x = inputs.get(index).copied().unwrap_or_default();
    if x.len() == shape.len() {
        return Ok(x);
    }
    Err(TensorError::Input { index, name: name.to_owned(), expected: shape.len(), found: x.len() })
}

fn eval_node<E: Element>(
    t: &Trace,
    op: &dyn DynOp,
    ins: &[ValueId],
    results: std::ops::Range<ValueId>,
    values: &[Option<Buffer<E>>],
    cx: &Cx<'_>,
) -> Vec<Buffer<E>> {
    let in_shapes: Vec<_> = ins.iter().map(|&i| t.shape(i)).collect();
    let out_shapes: Vec<_> = results.map(|v| t.shape(v)).collect();
    let mut outs: Vec<Buffer<E>> = out_shapes.iter().map(|s| Buffer::zeros(s.len())).collect();
    let mut scratch = Buffer::zeros(op.scratch(&in_shapes));
    let mut in_slices: [&[E]; MAX_INS] = [&[]; MAX_INS];
    for (slot, &i) in in_slices.iter_mut().zip(ins) {
        *slot = values[i as usize].as_deref().unwrap_or_default();
    }
    let mut out_slices: [&mut [E]; MAX_OUTS] = Default::default();
    for (slot, o) in out_slices.iter_mut().zip(&mut outs) {
        *slot = o;
    }
    let mut io = Io {
        ins: in_slices,
        outs: out_slices,
        aliased: 0,
        in_shapes: &in_shapes,
        out_shapes: &out_shapes,
        scratch: &mut scratch,
    };
    E::dispatch(op, &mut io, cx);
    outs
}
