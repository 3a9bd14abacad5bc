//! Work on matrices in the order in which they are kept.
//!
//! `pack(f(unpack(a), unpack(b), g)) = f(a, b, pack(g))` where `f` treats all elements alike, as optimisers and averages do: then a
//! parameter that is kept as panels is updated where it lies, and only its gradient is packed.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::super::ir::Ir;
use crate::Shape;
use crate::ops::column_norm::MaxColumnNorm;
use crate::ops::matmul::MatMul;

use crate::ops::packed::{PackedMaxColumnNorm, Repack};

/// What is known about the values and nodes.
struct Facts {
    producer: Vec<Option<usize>>,
    consumers: Vec<Vec<usize>>,
    /// Values that must stay row-major for an output or a store.
    kept: Vec<bool>,
    /// The shape of the matrices that a node could as well be given as panels.
    matrix: Vec<Option<Shape>>,
    /// Whether a node's matrices can all become panels.
    can: Vec<bool>,
}

fn repack(ir: &Ir, n: usize) -> Option<Repack> {
    ir.nodes[n].op.as_any().downcast_ref().copied()
}

/// The shape of the matrices of node `n`, if their order is all the same to it.
fn matrix(ir: &Ir, n: usize) -> Option<Shape> {
    let node = &ir.nodes[n];
    let ins: Vec<Shape> = node.ins.iter().map(|&v| ir.shapes[v]).collect();
    if node.op.as_any().is::<MaxColumnNorm>() {
        return Some(ins[0]);
    }
    let all = || node.outs.iter().chain(&node.ins).map(|&v| ir.shapes[v]);
    let shape = all().find(|s| s.len() != 1)?;
    let fits = shape.rank() == 2 && all().all(|s| s == shape || s.len() == 1);
    (fits && node.op.any_order(&ins)).then_some(shape)
}

impl Facts {
    /// `left` are nodes that are to stay as they are.
    fn new(ir: &Ir, left: &HashSet<usize>) -> Facts {
        let (values, nodes) = (ir.shapes.len(), ir.nodes.len());
        let mut facts = Facts {
            producer: vec![None; values],
            consumers: vec![Vec::new(); values],
            kept: vec![false; values],
            matrix: (0..nodes).map(|n| matrix(ir, n).filter(|_| !left.contains(&n))).collect(),
            can: vec![false; nodes],
        };
        for (n, node) in ir.nodes.iter().enumerate() {
            node.outs.iter().for_each(|&o| facts.producer[o] = Some(n));
            node.ins.iter().for_each(|&i| facts.consumers[i].push(n));
        }
        ir.outputs.iter().for_each(|&v| facts.kept[v] = true);
        ir.writes.iter().for_each(|w| facts.kept[w.2] = true);
        for n in (0..nodes).rev() {
            facts.can[n] = facts.matrix[n].is_some() && facts.matrices(ir, n, &ir.nodes[n].outs).all(|o| facts.free(ir, o));
        }
        facts
    }

    /// Those of the values that are matrices of node `n`.
    fn matrices<'a>(&self, ir: &'a Ir, n: usize, values: &'a [usize]) -> impl Iterator<Item = usize> + use<'a> {
        let shape = self.matrix[n];
        values.iter().copied().filter(move |&v| Some(ir.shapes[v]) == shape)
    }

    /// Whether everybody who uses value `v` would take it as panels.
    fn free(&self, ir: &Ir, v: usize) -> bool {
        !self.kept[v] && self.consumers[v].iter().all(|&c| self.can[c] || repack(ir, c) == Some(Repack::Pack))
    }

    /// The nodes that can only change their order together.
    fn groups(&self, ir: &Ir) -> Vec<Vec<usize>> {
        let mut of: Vec<usize> = (0..ir.nodes.len()).collect();
        fn find(of: &mut [usize], mut n: usize) -> usize {
            while of[n] != n {
                of[n] = of[of[n]];
                n = of[n];
            }
            n
        }
        for v in 0..ir.shapes.len() {
            let made = self.producer[v].filter(|&n| self.can[n] && Some(ir.shapes[v]) == self.matrix[n]);
            if made.is_none() && !self.free(ir, v) {
                continue;
            }
            let takes = |&c: &usize| self.can[c] && Some(ir.shapes[v]) == self.matrix[c];
            let mut members = made.into_iter().chain(self.consumers[v].iter().copied().filter(takes));
            if let Some(first) = members.next() {
                for other in members {
                    let (a, b) = (find(&mut of, first), find(&mut of, other));
                    of[a] = b;
                }
            }
        }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for n in (0..ir.nodes.len()).filter(|&n| self.can[n]) {
            groups.entry(find(&mut of, n)).or_default().push(n);
        }
        groups.into_values().collect()
    }

    /// Whether it is cheaper to leave node `n` row-major, where the nodes of `turned` make panels, and pack what it makes: the sum of two
    /// gradients is packed, not both of them.
    fn is_edge(&self, ir: &Ir, n: usize, turned: &HashSet<usize>) -> bool {
        let node = &ir.nodes[n];
        let given: HashSet<usize> = self.matrices(ir, n, &node.ins).collect();
        let is_packed =
            |v: &usize| self.producer[*v].is_some_and(|p| turned.contains(&p) || repack(ir, p) == Some(Repack::Unpack));
        let packed = given.iter().filter(|v| is_packed(v)).count();
        let needed = given.len() - packed;
        needed > self.matrices(ir, n, &node.outs).count() + packed
    }

    /// Whether no more matrices have to be packed for the group than it saves to pack and unpack.
    fn pays(&self, ir: &Ir, group: &[usize]) -> bool {
        let inside: HashSet<usize> = group.iter().copied().collect();
        let (mut saved, mut needed) = (HashSet::new(), HashSet::new());
        for &n in group {
            let node = &ir.nodes[n];
            for o in self.matrices(ir, n, &node.outs) {
                saved.extend(self.consumers[o].iter().filter(|&&c| repack(ir, c) == Some(Repack::Pack)).map(|_| o));
            }
            for v in self.matrices(ir, n, &node.ins) {
                match self.producer[v] {
                    Some(p) if inside.contains(&p) => {}
                    Some(p) if repack(ir, p) == Some(Repack::Unpack) => _ = saved.insert(v),
                    _ => _ = needed.insert(v),
                }
            }
        }
        !saved.is_empty() && saved.len() >= needed.len()
    }
}

/// Turns nodes from row-major matrices to panels where that saves packing and unpacking.
pub(super) fn propagate(ir: &mut Ir) {
    if !(0..ir.nodes.len()).any(|n| repack(ir, n).is_some()) {
        return;
    }
    let mut left = HashSet::new();
    let (facts, turned) = loop {
        let facts = Facts::new(ir, &left);
        let groups = facts.groups(ir).into_iter().filter(|g| facts.pays(ir, g));
        let turned: HashSet<usize> = groups.flatten().collect();
        let before = left.len();
        left.extend(turned.iter().copied().filter(|&n| facts.is_edge(ir, n, &turned)));
        if left.len() == before {
            break (facts, turned);
        }
    };
    // operands that are needed as panels now
    let mut wanted = Vec::new();
    for n in (0..ir.nodes.len()).filter(|n| turned.contains(n)) {
        if let Some(norm) = ir.nodes[n].op.as_any().downcast_ref::<MaxColumnNorm>() {
            ir.nodes[n].op = Arc::new(PackedMaxColumnNorm { max: norm.max });
        }
        for i in 0..ir.nodes[n].ins.len() {
            let v = ir.nodes[n].ins[i];
            let made = facts.producer[v];
            if Some(ir.shapes[v]) != facts.matrix[n] || made.is_some_and(|p| turned.contains(&p)) {
                continue;
            }
            match made.filter(|&p| repack(ir, p) == Some(Repack::Unpack)) {
                Some(p) => ir.nodes[n].ins[i] = ir.nodes[p].ins[0],
                None => wanted.push((ir.nodes[n].outs[0], i, v)),
            }
        }
    }
    // what is packed is panels already
    for n in 0..ir.nodes.len() {
        if repack(ir, n) != Some(Repack::Pack) {
            continue;
        }
        let (v, packed) = (ir.nodes[n].ins[0], ir.nodes[n].outs[0]);
        let Some(p) = facts.producer[v] else { continue };
        let same = match repack(ir, p) {
            Some(Repack::Unpack) => ir.nodes[p].ins[0],
            _ if turned.contains(&p) => v,
            _ => continue,
        };
        ir.writes.iter_mut().filter(|w| w.2 == packed).for_each(|w| w.2 = same);
    }
    for (out, i, v) in wanted {
        let packed = ir.packed(v);
        if let Some(n) = ir.nodes.iter().position(|n| n.outs.contains(&out)) {
            ir.nodes[n].ins[i] = packed;
        }
    }
    ir.sweep();
    read_panels(ir);
}

/// Products that are given a parameter in row-major order read its panels instead.
fn read_panels(ir: &mut Ir) {
    let panels: Vec<(usize, usize)> = (0..ir.nodes.len())
        .filter(|&n| repack(ir, n) == Some(Repack::Unpack))
        .map(|n| (ir.nodes[n].outs[0], ir.nodes[n].ins[0]))
        .collect();
    for node in &mut ir.nodes {
        let Some(&product) = node.op.as_any().downcast_ref::<MatMul>() else { continue };
        if let Some(&(_, kept)) = panels.iter().find(|p| p.0 == node.ins[1]) {
            node.op = Arc::new(MatMul { packed_b: true, ..product });
            node.ins[1] = kept;
        }
    }
    ir.sweep();
}
