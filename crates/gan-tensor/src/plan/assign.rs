//! Liveness and the assignment of memory.
//!
//! A value lives from the operation that makes it to its last use. Its buffer then goes back to a free list, from
//! which later values take the best fit. An operation works in place where the operand dies with it. The
//! new value of a parameter is computed in the parameter's own memory where every read of the old value
//! comes earlier, or is by an operation that may overwrite what it reads; otherwise it is copied there at the end.

use super::Place;
use super::ir::Ir;
use crate::Param;

pub(super) struct Assignment {
    pub places: Vec<Option<Place>>,
    /// Size of each slot, in elements.
    pub slots: Vec<usize>,
    /// For each node, which operands are seen through a result.
    pub aliased: Vec<u16>,
    /// Values copied into a store at the end.
    pub copies: Vec<(usize, Param)>,
}

const NEVER: usize = usize::MAX;

struct Liveness<'a> {
    ir: &'a Ir,
    root: Vec<usize>,
    /// The node of each root's last use; `NEVER` dies.
    last: Vec<usize>,
    producer: Vec<Option<usize>>,
}

impl Liveness<'_> {
    /// Operand `i` of node `n`, if the node may overwrite it with a result as long as `len`.
    fn dies_in(&self, n: usize, i: usize, len: usize) -> Option<usize> {
        let ins = &self.ir.nodes[n].ins;
        let u = self.root[ins[i]];
        let once = ins.iter().filter(|&&v| self.root[v] == u).count() == 1;
        (once && self.last[u] == n && self.ir.shapes[u].len() == len).then_some(u)
    }

    /// The values up to `v` that may lie in parameter `p`, each computed over the one before, the first over the parameter or
    /// after its last use; empty if there is no such chain.
    fn chain(&self, p: usize, v: usize) -> Vec<usize> {
        let Some(n) = self.producer[v] else { return Vec::new() };
        let node = &self.ir.nodes[n];
        let shapes: Vec<_> = node.ins.iter().map(|&i| self.ir.shapes[i]).collect();
        for &(i, o) in node.op.aliases(&shapes) {
            if node.outs[o] != v {
                continue;
            }
            let Some(u) = self.dies_in(n, i, self.ir.shapes[v].len()) else { continue };
            if u == p {
                return vec![v];
            }
            let mut rest = self.chain(p, u);
            if !rest.is_empty() {
                rest.push(v);
                return rest;
            }
        }
        if self.last[p] < n { vec![v] } else { Vec::new() }
    }
}

pub(super) fn assign(ir: &Ir) -> Assignment {
    let values = ir.shapes.len();
    let root = ir.roots();
    let mut live = Liveness { ir, last: vec![0; values], producer: vec![None; values], root };
    for (n, node) in ir.nodes.iter().enumerate() {
        for &o in &node.outs {
            live.last[live.root[o]] = n;
            if !node.op.is_view() {
                live.producer[o] = Some(n);
            }
        }
        node.ins.iter().for_each(|&i| live.last[live.root[i]] = n);
    }
    ir.outputs.iter().for_each(|&v| live.last[live.root[v]] = NEVER);
    ir.writes.iter().for_each(|w| live.last[live.root[w.2]] = NEVER);

    let mut places = ir.leaves.clone();
    let mut copies = Vec::new();
    for &(param, p, v) in &ir.writes {
        let v = live.root[v];
        // a value written to two parameters lies in the first and is copied to the second
        let chain = if places[v].is_none() { live.chain(p, v) } else { Vec::new() };
        if chain.is_empty() && v != p {
            copies.push((v, param));
        }
        chain.into_iter().for_each(|u| places[u] = Some(Place::Store(param)));
    }

    let mut slots: Vec<usize> = Vec::new();
    let mut free: Vec<usize> = Vec::new();
    let mut aliased = vec![0u16; ir.nodes.len()];
    for (n, node) in ir.nodes.iter().enumerate() {
        if node.op.is_view() {
            continue;
        }
        let (mut given_on, mut received): (Vec<usize>, Vec<usize>) = Default::default();
        let shapes: Vec<_> = node.ins.iter().map(|&i| ir.shapes[i]).collect();
        for &(i, o) in node.op.aliases(&shapes) {
            let v = node.outs[o];
            let Some(u) = live.dies_in(n, i, ir.shapes[v].len()) else { continue };
            let same_store = places[v].is_some() && places[v] == places[u];
            let reusable = places[v].is_none() && matches!(places[u], Some(Place::Slot(_)));
            if (same_store || reusable) && !given_on.contains(&u) && !received.contains(&v) {
                places[v] = places[u];
                aliased[n] |= 1 << i;
                given_on.push(u);
                received.push(v);
            }
        }
        for &v in &node.outs {
            if places[v].is_none() {
                places[v] = Some(Place::Slot(take_slot(&mut slots, &mut free, ir.shapes[v].len())));
            }
        }
        let mut dead: Vec<usize> =
            node.ins.iter().chain(&node.outs).map(|&v| live.root[v]).filter(|&u| live.last[u] == n).collect();
        dead.sort_unstable();
        dead.dedup();
        for u in dead {
            if let (Some(Place::Slot(s)), false) = (places[u], given_on.contains(&u)) {
                free.push(s);
            }
        }
    }
    for v in 0..values {
        if places[v].is_none() {
            places[v] = places[live.root[v]];
        }
    }
    Assignment { places, slots, aliased, copies }
}

/// The smallest free slot that is large enough, else the largest one, enlarged, else a new one.
fn take_slot(slots: &mut Vec<usize>, free: &mut Vec<usize>, len: usize) -> usize {
    let fits = (0..free.len()).filter(|&k| slots[free[k]] >= len).min_by_key(|&k| slots[free[k]]);
    match fits.or_else(|| (0..free.len()).max_by_key(|&k| slots[free[k]])) {
        Some(k) => {
            let slot = free.swap_remove(k);
            slots[slot] = slots[slot].max(len);
            slot
        }
        None => {
            slots.push(len);
            slots.len() - 1
        }
    }
}
