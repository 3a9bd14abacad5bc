//! The trace as the compiler sees it: live operations only, values numbered as in the trace.

use std::sync::Arc;

use super::Place;
use crate::graph::{Source, Trace, ValueId};
use crate::op::DynOp;
use crate::ops::identity::Same;
use crate::ops::packed::Repack;
use crate::{Param, Shape};

pub(super) struct IrNode {
    pub op: Arc<dyn DynOp>,
    pub ins: Vec<usize>,
    pub outs: Vec<usize>,
    pub scope: u32,
}

pub(super) struct Ir {
    pub nodes: Vec<IrNode>,
    pub shapes: Vec<Shape>,
    /// Inputs and parameters have their place already.
    pub leaves: Vec<Option<Place>>,
    pub outputs: Vec<usize>,
    /// `(parameter, its value, the new value)`, as they lie in the store.
    pub writes: Vec<(Param, usize, usize)>,
}

/// For the parameters that are kept as panels, the value in the store; the trace's own is the row-major one made from it.
struct Packed {
    stored: Vec<Option<usize>>,
    unpacked: Vec<bool>,
}

impl Packed {
    /// Makes the row-major value `v` where it is first used.
    fn unpack(&mut self, ir: &mut Ir, v: usize, scope: u32) {
        if let (Some(q), false) = (self.stored[v], self.unpacked[v]) {
            self.unpacked[v] = true;
            ir.nodes.push(IrNode { op: Arc::new(Repack::Unpack), ins: vec![q], outs: vec![v], scope });
        }
    }
}

impl Ir {
    pub fn lower(t: &Trace, outputs: &[ValueId]) -> Ir {
        let node_of = |v: ValueId| t.values[v as usize].node as usize;
        let mut live = vec![false; t.nodes.len()];
        outputs.iter().for_each(|&o| live[node_of(o)] = true);
        t.writes.iter().for_each(|&(_, v)| live[node_of(v)] = true);
        for n in (0..t.nodes.len()).rev() {
            if live[n] {
                t.nodes[n].ins.iter().for_each(|&i| live[node_of(i)] = true);
            }
        }
        let mut ir = Ir {
            nodes: Vec::new(),
            shapes: t.values.iter().map(|v| v.shape).collect(),
            leaves: vec![None; t.values.len()],
            outputs: outputs.iter().map(|&o| o as usize).collect(),
            writes: Vec::new(),
        };
        let mut packed = Packed { stored: vec![None; t.values.len()], unpacked: vec![false; t.values.len()] };
        for (n, node) in t.nodes.iter().enumerate() {
            let first = node.first as usize;
            match &node.source {
                Source::Input(i) => ir.leaves[first] = Some(Place::Input(*i)),
                Source::Param(p) => {
                    let v = if p.packed { ir.value(ir.shapes[first]) } else { first };
                    ir.leaves[v] = Some(Place::Store(p.place));
                    packed.stored[first] = p.packed.then_some(v);
                }
                Source::Op(op) if live[n] => {
                    let ins: Vec<usize> = node.ins.iter().map(|&i| i as usize).collect();
                    ins.iter().for_each(|&i| packed.unpack(&mut ir, i, node.scope));
                    let outs = Trace::results(node).map(|v| v as usize).collect();
                    ir.nodes.push(IrNode { op: op.clone(), ins, outs, scope: node.scope });
                }
                Source::Op(_) => {}
            }
        }
        outputs.iter().for_each(|&o| packed.unpack(&mut ir, o as usize, 0));
        for &(p, v) in &t.writes {
            let Source::Param(stored) = t.node_of(p).source else { continue };
            let (p, mut v) = (p as usize, v as usize);
            packed.unpack(&mut ir, v, 0);
            if stored.packed {
                v = ir.packed(v);
            }
            ir.writes.push((stored.place, packed.stored[p].unwrap_or(p), v));
        }
        ir
    }

    /// A value without a place.
    fn value(&mut self, shape: Shape) -> usize {
        self.shapes.push(shape);
        self.leaves.push(None);
        self.shapes.len() - 1
    }

    /// The matrix `v` as panels, made as soon as it exists.
    pub fn packed(&mut self, v: usize) -> usize {
        let is = |n: &IrNode| n.ins == [v] && matches!(n.op.as_any().downcast_ref(), Some(Repack::Pack));
        if let Some(n) = self.nodes.iter().find(|n| is(n)) {
            return n.outs[0];
        }
        let at = self.nodes.iter().position(|n| n.outs.contains(&v));
        let scope = at.map_or(0, |n| self.nodes[n].scope);
        let out = self.value(self.shapes[v]);
        let node = IrNode { op: Arc::new(Repack::Pack), ins: vec![v], outs: vec![out], scope };
        self.nodes.insert(at.map_or(0, |n| n + 1), node);
        out
    }

    /// Removes the nodes whose results nobody uses.
    pub fn sweep(&mut self) {
        let mut uses = self.uses();
        for n in (0..self.nodes.len()).rev() {
            if self.nodes[n].outs.iter().all(|&o| uses[o] == 0) {
                self.nodes.remove(n).ins.iter().for_each(|&i| uses[i] -= 1);
            }
        }
    }

    /// For each value, the one whose memory it shares through views.
    pub fn roots(&self) -> Vec<usize> {
        let mut root: Vec<usize> = (0..self.shapes.len()).collect();
        for n in self.nodes.iter().filter(|n| n.op.is_view()) {
            root[n.outs[0]] = root[n.ins[0]];
        }
        root
    }

    /// Gives a value of its own to what is written to one parameter and lies in another that changes too: a swap
    /// must not read what it has just written.
    pub fn separate_writes(&mut self) {
        let root = self.roots();
        for w in 0..self.writes.len() {
            let (_, p, v) = self.writes[w];
            if root[v] != p && self.writes.iter().any(|other| other.1 == root[v]) {
                self.writes[w].2 = self.copied(v, root[v], 0);
            }
        }
    }

    /// Gives an output a value of its own where it would lie in a store or an input.
    pub fn separate_outputs(&mut self) {
        let root = self.roots();
        for o in 0..self.outputs.len() {
            let v = self.outputs[o];
            if self.writes.iter().any(|w| w.1 == root[v]) {
                self.outputs[o] = self.copied(v, root[v], 0);
            } else if self.leaves[root[v]].is_some() || self.writes.iter().any(|w| root[w.2] == root[v]) {
                self.outputs[o] = self.copied(v, v, self.nodes.len());
            }
        }
    }

    /// The values `from` in the shape of `v` and in memory of their own, copied before node `at`: a parameter's old
    /// value at the start, so that the new one may take its place.
    fn copied(&mut self, v: usize, from: usize, at: usize) -> usize {
        let copy = self.value(self.shapes[v]);
        self.nodes.insert(at, IrNode { op: Arc::new(Same::Copy), ins: vec![from], outs: vec![copy], scope: 0 });
        copy
    }

    /// How many operations, outputs and writes use each value itself.
    pub fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.shapes.len()];
        self.nodes.iter().flat_map(|n| &n.ins).for_each(|&v| uses[v] += 1);
        self.outputs.iter().for_each(|&v| uses[v] += 1);
        self.writes.iter().for_each(|w| uses[w.2] += 1);
        uses
    }
}
