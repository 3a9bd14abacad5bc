//! A compiled trace: buffers assigned like registers, no allocation while it runs.

mod assign;
mod fuse;
mod ir;
mod profile;

use std::sync::Arc;

use crate::eager::checked_input;
use crate::io::{MAX_INS, MAX_OUTS};
use crate::op::DynOp;
use crate::{Buffer, Cx, Element, Graph, Io, Param, Shape, Store, TensorError, Var};

pub use profile::{Profile, StepProfile};

/// What the compiler may do.
#[derive(Clone, Copy, Debug)]
pub struct PlanOptions {
    /// Replace patterns (linear + bias + activation, linear + maxout) by one operation each. Results may
    /// then differ from the eager ones in the last bits.
    pub fuse: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { fuse: true }
    }
}

/// Where a value lies while the plan runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Slot(usize),
    Store(Param),
    Input(usize),
}

struct Step {
    op: Arc<dyn DynOp>,
    ins: Box<[(Place, usize)]>,
    outs: Box<[(Place, usize)]>,
    aliased: u16,
    in_shapes: Box<[Shape]>,
    out_shapes: Box<[Shape]>,
    scope: u32,
}

/// What a step of a plan does, for listings and profiles.
#[derive(Clone, Debug)]
pub struct StepInfo<'a> {
    /// The operation.
    pub op: &'static str,
    /// The part of the model.
    pub scope: &'a str,
    /// Shapes of the operands.
    pub ins: &'a [Shape],
    /// Shapes of the results.
    pub outs: &'a [Shape],
    /// Floating-point operations, a multiply-add counting two.
    pub flops: u64,
    /// Whether a result overwrites an operand.
    pub in_place: bool,
}

/// A compiled graph: a list of steps over buffers that are assigned like registers.
///
/// It owns its buffers, can be sent to another thread, and allocates nothing while it runs.
pub struct Plan<E> {
    steps: Vec<Step>,
    slots: Vec<Buffer<E>>,
    scratch: Buffer<E>,
    outputs: Vec<(usize, Shape)>,
    copies: Vec<(Place, Param, usize)>,
    inputs: Vec<(String, Shape)>,
    params: Vec<(Param, usize)>,
    scopes: Vec<String>,
    timings: Option<profile::Timings>,
}

impl Graph {
    /// Compiles the trace for `outputs` and all writes.
    ///
    /// # Errors
    /// The first fault of the trace.
    pub fn compile<E: Element>(&self, outputs: &[Var<'_>]) -> Result<Plan<E>, TensorError> {
        self.compile_with(outputs, PlanOptions::default())
    }

    /// As [`compile`](Graph::compile), with options.
    ///
    /// # Errors
    /// The first fault of the trace.
    pub fn compile_with<E: Element>(&self, outputs: &[Var<'_>], options: PlanOptions) -> Result<Plan<E>, TensorError> {
        self.check()?;
        let t = self.trace.borrow();
        let mut ir = ir::Ir::lower(&t, &outputs.iter().map(|o| o.id).collect::<Vec<_>>());
        if options.fuse {
            fuse::fuse(&mut ir);
        }
        ir.separate_writes();
        ir.separate_outputs();
        let a = assign::assign(&ir);
        let place = |v: usize| (a.places[v].expect("every live value has a place"), ir.shapes[v].len());
        let steps: Vec<Step> = ir
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, n)| !n.op.is_view())
            .map(|(i, n)| Step {
                op: n.op.clone(),
                ins: n.ins.iter().map(|&v| place(v)).collect(),
                outs: n.outs.iter().map(|&v| place(v)).collect(),
                aliased: a.aliased[i],
                in_shapes: n.ins.iter().map(|&v| ir.shapes[v]).collect(),
                out_shapes: n.outs.iter().map(|&v| ir.shapes[v]).collect(),
                scope: n.scope,
            })
            .collect();
        let scratch = steps.iter().map(|s| s.op.scratch(&s.in_shapes)).max().unwrap_or(0);
        let slot = |v: usize| match place(v).0 {
            Place::Slot(s) => (s, ir.shapes[v]),
            _ => unreachable!("outputs were given values of their own"),
        };
        let mut params: Vec<_> = t.params.iter().map(|(&p, &v)| (p, t.shape(v).len())).collect();
        params.sort_by_key(|(p, _)| (p.store, p.slot));
        Ok(Plan {
            steps,
            slots: a.slots.iter().map(|&n| Buffer::zeros(n)).collect(),
            scratch: Buffer::zeros(scratch),
            outputs: ir.outputs.iter().map(|&v| slot(v)).collect(),
            copies: a.copies.iter().map(|&(v, p)| (place(v).0, p, ir.shapes[v].len())).collect(),
            inputs: t.inputs.iter().map(|(n, v)| (n.clone(), t.shape(*v))).collect(),
            params,
            scopes: t.scopes.clone(),
            timings: None,
        })
    }
}

impl<E: Element> Plan<E> {
    /// Runs the plan: reads the inputs and stores, writes the stores, leaves the outputs.
    ///
    /// # Errors
    /// An input or a store that does not fit; nothing was changed then.
    pub fn run(&mut self, stores: &mut [&mut Store<E>], inputs: &[&[E]], cx: &Cx<'_>) -> Result<(), TensorError> {
        self.check(stores, inputs)?;
        if let Some(t) = &mut self.timings {
            t.start();
        }
        for (n, step) in self.steps.iter().enumerate() {
            let mut taken: [Buffer<E>; MAX_OUTS] = Default::default();
            for (t, &(place, _)) in taken.iter_mut().zip(&step.outs) {
                *t = std::mem::take(match place {
                    Place::Slot(s) => &mut self.slots[s],
                    Place::Store(p) => stores[p.store].buffer_mut(p.slot),
                    Place::Input(_) => unreachable!("inputs are not written"),
                });
            }
            let mut ins: [&[E]; MAX_INS] = [&[]; MAX_INS];
            for (i, (slot, &(place, len))) in ins.iter_mut().zip(&step.ins).enumerate() {
                if step.aliased >> i & 1 == 0 {
                    *slot = &at(&self.slots, stores, inputs, place)[..len];
                }
            }
            let mut outs: [&mut [E]; MAX_OUTS] = Default::default();
            for ((slot, t), &(_, len)) in outs.iter_mut().zip(&mut taken).zip(&step.outs) {
                *slot = &mut t[..len];
            }
            let mut io = Io {
                ins,
                outs,
                aliased: step.aliased,
                in_shapes: &step.in_shapes,
                out_shapes: &step.out_shapes,
                scratch: &mut self.scratch,
            };
            E::dispatch(&*step.op, &mut io, cx);
            for (t, &(place, _)) in taken.into_iter().zip(&step.outs) {
                match place {
                    Place::Slot(s) => self.slots[s] = t,
                    Place::Store(p) => *stores[p.store].buffer_mut(p.slot) = t,
                    Place::Input(_) => {}
                }
            }
            if let Some(t) = &mut self.timings {
                t.lap(n);
            }
        }
        for &(from, to, len) in &self.copies {
            let mut target = std::mem::take(stores[to.store].buffer_mut(to.slot));
            target.copy_from_slice(&at(&self.slots, stores, inputs, from)[..len]);
            *stores[to.store].buffer_mut(to.slot) = target;
        }
        if let Some(t) = &mut self.timings {
            t.lap(self.steps.len());
        }
        Ok(())
    }

    fn check(&self, stores: &[&mut Store<E>], inputs: &[&[E]]) -> Result<(), TensorError> {
        for (i, (name, shape)) in self.inputs.iter().enumerate() {
            checked_input(i, name, shape, inputs)?;
        }
        for &(p, expected) in &self.params {
            let found = stores.get(p.store).and_then(|s| s.get(p.slot)).map_or(0, <[E]>::len);
            if found != expected {
                return Err(TensorError::Parameter { store: p.store, slot: p.slot, expected, found });
            }
        }
        Ok(())
    }

    /// The values of output `i` after a run.
    pub fn output(&self, i: usize) -> &[E] {
        let (slot, shape) = self.outputs[i];
        &self.slots[slot][..shape.len()]
    }

    /// The shape of output `i`.
    pub fn output_shape(&self, i: usize) -> Shape {
        self.outputs[i].1
    }

    /// Names and shapes of the inputs, in the order in which [`run`](Plan::run) takes them.
    pub fn inputs(&self) -> &[(String, Shape)] {
        &self.inputs
    }

    /// Bytes of the plan's own buffers.
    pub fn memory(&self) -> usize {
        (self.slots.iter().map(|s| s.len()).sum::<usize>() + self.scratch.len()) * size_of::<E>()
    }

    /// Floating-point operations of a run, a multiply-add counting two.
    pub fn flops(&self) -> u64 {
        self.steps().map(|s| s.flops).sum()
    }

    /// What it does, in order.
    pub fn steps(&self) -> impl Iterator<Item = StepInfo<'_>> {
        self.steps.iter().map(|s| StepInfo {
            op: s.op.name(),
            scope: &self.scopes[s.scope as usize],
            ins: &s.in_shapes,
            outs: &s.out_shapes,
            flops: s.op.flops(&s.in_shapes, &s.out_shapes),
            in_place: s.aliased != 0,
        })
    }
}

fn at<'a, E: Element>(slots: &'a [Buffer<E>], stores: &'a [&mut Store<E>], inputs: &[&'a [E]], place: Place) -> &'a [E] {
    match place {
        Place::Slot(s) => &slots[s],
        Place::Store(p) => stores[p.store].get(p.slot).unwrap_or_default(),
        Place::Input(i) => inputs[i],
    }
}
