//! Fusion: patterns of operations replaced by one that computes the same in fewer passes.
//!
//! A pattern is a file here and a line in [`ALL`]. It looks at one node, the last of the pattern, and at the nodes
//! that make its operands for it alone.

mod chain;
mod conv;
mod descend;
mod gate;
mod linear;
mod norm;
mod packed;

use std::sync::Arc;

use super::ir::{Ir, IrNode};
use crate::op::DynOp;
use crate::ops::packed::Repack;

/// Finds the pattern whose last node is `n`.
type Pattern = fn(&View<'_>, usize) -> Option<Fused>;

/// Every pattern; at a node the first that fits is taken.
const ALL: &[Pattern] =
    &[descend::update, linear::maxout, linear::epilogue, conv::epilogue, norm::activation, norm::scale_shift, norm::backward];

/// What stands in for the nodes of a pattern.
pub(super) struct Fused {
    /// Takes the place of the pattern's last node.
    pub node: IrNode,
    /// The other nodes of the pattern, which it makes superfluous.
    pub absorbed: Vec<usize>,
}

/// The trace as the patterns see it.
pub(super) struct View<'a> {
    pub ir: &'a Ir,
    uses: Vec<usize>,
    producer: Vec<Option<usize>>,
}

impl<'a> View<'a> {
    fn new(ir: &'a Ir) -> Self {
        let mut producer = vec![None; ir.shapes.len()];
        for (n, node) in ir.nodes.iter().enumerate() {
            node.outs.iter().for_each(|&o| producer[o] = Some(n));
        }
        View { ir, uses: ir.uses(), producer }
    }

    /// Node `n` with its operation, if that is a `T`.
    pub fn node<T: 'static>(&self, n: usize) -> Option<(&'a IrNode, &'a T)> {
        let node = &self.ir.nodes[n];
        Some((node, node.op.as_any().downcast_ref()?))
    }

    /// The node that makes operand `i` of node `n`, if nothing else uses what it makes.
    pub fn sole(&self, n: usize, i: usize) -> Option<usize> {
        let v = self.ir.nodes[n].ins[i];
        self.producer[v].filter(|_| self.uses[v] == 1)
    }

    /// The nodes that read `value`.
    pub fn users(&self, value: usize) -> Vec<usize> {
        (0..self.ir.nodes.len()).filter(|&n| self.ir.nodes[n].ins.contains(&value)).collect()
    }

    /// Whether one operation, output or write in all reads `value`.
    pub fn used_once(&self, value: usize) -> bool {
        self.uses[value] == 1
    }

    /// Whether `value` is an input or a parameter.
    pub fn is_leaf(&self, value: usize) -> bool {
        self.ir.leaves[value].is_some()
    }

    /// If operand `i` of node `n` is packed for it alone from what a node makes for that alone: that node, and the one that packs.
    pub fn sole_packed(&self, n: usize, i: usize) -> Option<[usize; 2]> {
        let pack = self.sole(n, i)?;
        let (_, repack) = self.node::<Repack>(pack)?;
        let made = self.sole(pack, 0).filter(|_| *repack == Repack::Pack)?;
        Some([made, pack])
    }

    /// `op` on `ins` with the results of node `n`.
    pub fn instead_of(&self, n: usize, op: Arc<dyn DynOp>, ins: Vec<usize>, absorbed: Vec<usize>) -> Fused {
        let node = &self.ir.nodes[n];
        Fused { node: IrNode { op, ins, outs: node.outs.clone(), scope: node.scope }, absorbed }
    }
}

/// Replaces every pattern that is found, from the last node to the first, so that the longest one wins.
pub(super) fn fuse(ir: &mut Ir) {
    packed::propagate(ir);
    let mut gone = vec![false; ir.nodes.len()];
    let mut found: Vec<(usize, IrNode)> = Vec::new();
    let view = View::new(ir);
    for n in (0..ir.nodes.len()).rev().filter(|&n| !ir.nodes[n].op.is_view()) {
        if gone[n] {
            continue;
        }
        let free = |fused: &Fused| fused.absorbed.iter().all(|&a| !gone[a]);
        if let Some(fused) = ALL.iter().find_map(|pattern| pattern(&view, n).filter(free)) {
            fused.absorbed.into_iter().for_each(|a| gone[a] = true);
            found.push((n, fused.node));
        }
    }
    found.into_iter().for_each(|(n, node)| ir.nodes[n] = node);
    let mut keep = gone.iter().map(|g| !g);
    ir.nodes.retain(|_| keep.next().unwrap_or(true));
    ir.sweep();
}
