use nalgebra::DMatrix;

use crate::theory::{TheoryError, TransportError};

/// By how much an arc must undercut the potentials to enter the tree, for costs up to 1. Below it lies rounding.
const TOLERANCE: f64 = 1e-14;

pub(super) struct Solution {
    /// What flows on the arcs of the optimal tree: (source, sink, mass).
    pub(super) flows: Vec<(usize, usize, f64)>,
    /// Potentials of the sources.
    pub(super) potential: Vec<f64>,
}

/// The transportation problem by the network simplex method: a spanning tree of arcs from sources to sinks carries the flow, and
/// an arc that is cheaper than the tree's potentials say replaces one of the cycle that it closes.
///
/// `costs` is `[sources, sinks]` in [0, 1]; all masses are positive and both kinds have the same sum, to rounding.
///
/// The tree stays strongly feasible (Cunningham 1976): every arc without flow points to the root, which rules cycling out. The arc
/// that leaves is the last one that blocks, on the way round the cycle from its apex.
pub(super) fn solve(costs: &DMatrix<f64>, supply: &[f64], demand: &[f64]) -> Result<Solution, TheoryError> {
    let mut tree = Tree::north_west_corner(costs, supply, demand);
    let arcs = costs.len();
    let block = (arcs as f64).sqrt().ceil() as usize;
    let limit = arcs.saturating_mul(100).saturating_add(1000);
    let (mut at, mut pivots) = (0, 0);
    loop {
        // the best arc of the first block that has one
        let mut best = (-TOLERANCE, None);
        let (mut seen, mut in_block) = (0, 0);
        let (mut i, mut j) = (at % costs.nrows(), at / costs.nrows());
        while seen < arcs {
            let reduced = costs[(i, j)] - tree.potential[i] - tree.potential[tree.sources + j];
            if reduced < best.0 {
                best = (reduced, Some((i, tree.sources + j)));
            }
            (seen, in_block, i) = (seen + 1, in_block + 1, i + 1);
            if i == costs.nrows() {
                (i, j) = (0, if j + 1 == costs.ncols() { 0 } else { j + 1 });
            }
            if in_block == block {
                if best.1.is_some() {
                    break;
                }
                in_block = 0;
            }
        }
        at = j * costs.nrows() + i;
        let Some((source, sink)) = best.1 else { break };
        if pivots == limit {
            return Err(TransportError::Stalled { pivots }.into());
        }
        tree.pivot(costs, source, sink);
        pivots += 1;
    }
    Ok(tree.solution())
}

/// A spanning tree over the sources `0..sources` and the sinks after them; its root is source 0.
struct Tree {
    sources: usize,
    parent: Vec<usize>,
    depth: Vec<usize>,
    /// What flows on the arc between a node and its parent, from whichever of them is the source.
    flow: Vec<f64>,
    neighbours: Vec<Vec<usize>>,
    /// Of a source and a sink joined by an arc of the tree, the potentials add up to its cost.
    potential: Vec<f64>,
}

impl Tree {
    /// Fills the table from its first cell, going down where a row is used up and right where a column is.
    fn north_west_corner(costs: &DMatrix<f64>, supply: &[f64], demand: &[f64]) -> Tree {
        let (sources, nodes) = (supply.len(), supply.len() + demand.len());
        let mut tree = Tree {
            sources,
            parent: vec![0; nodes],
            depth: vec![0; nodes],
            flow: vec![0.0; nodes],
            neighbours: vec![Vec::new(); nodes],
            potential: vec![0.0; nodes],
        };
        let (mut i, mut j) = (0, 0);
        let (mut left, mut wanted) = (Rest::of(supply[0]), Rest::of(demand[0]));
        // the node that the next arc adds to the tree: a sink below its source, or a source below its sink
        let mut child = sources;
        loop {
            let last = (i + 1 == sources, j + 1 == demand.len());
            // the sums differ by rounding, which the last row and column take
            let mass = match last {
                (true, _) => wanted.mass(),
                (_, true) => left.mass(),
                _ => left.mass().min(wanted.mass()),
            };
            let parent = if child == i { sources + j } else { i };
            (tree.parent[child], tree.flow[child]) = (parent, mass);
            tree.neighbours[child].push(parent);
            tree.neighbours[parent].push(child);
            // At a tie the row is left: the empty arc that follows then points from the new source to its sink, to the root.
            if last == (true, true) {
                break;
            } else if last.0 || (!last.1 && wanted.mass() < left.mass()) {
                left.take(mass);
                j += 1;
                wanted = Rest::of(demand[j]);
                child = sources + j;
            } else {
                wanted.take(mass);
                i += 1;
                left = Rest::of(supply[i]);
                child = i;
            }
        }
        tree.refresh(costs, 0);
        tree
    }

    /// Depths and potentials of everything below `top`, from those of `top`.
    fn refresh(&mut self, costs: &DMatrix<f64>, top: usize) {
        let mut stack = vec![top];
        while let Some(node) = stack.pop() {
            if node != 0 {
                let parent = self.parent[node];
                self.depth[node] = self.depth[parent] + 1;
                let (source, sink) = (node.min(parent), node.max(parent) - self.sources);
                self.potential[node] = costs[(source, sink)] - self.potential[parent];
            }
            stack.extend(self.neighbours[node].iter().copied().filter(|&n| n != self.parent[node]));
        }
    }

    /// Lets the arc from `source` to `sink` into the tree: pushes as much flow round the cycle as it allows.
    fn pivot(&mut self, costs: &DMatrix<f64>, source: usize, sink: usize) {
        let apex = self.apex(source, sink);
        // The flow goes from the apex down to `source`, over the new arc, and from `sink` up to the apex. It runs against an
        // arc where that starts at the lower node on the way down, or at the upper one on the way up.
        let (mut pushed, mut leaving, mut below_source) = (f64::INFINITY, source, true);
        let mut node = source;
        while node != apex {
            if node < self.sources && self.flow[node] < pushed {
                (pushed, leaving) = (self.flow[node], node);
            }
            node = self.parent[node];
        }
        node = sink;
        while node != apex {
            if node >= self.sources && self.flow[node] <= pushed {
                (pushed, leaving, below_source) = (self.flow[node], node, false);
            }
            node = self.parent[node];
        }
        for (start, against_sources) in [(source, true), (sink, false)] {
            node = start;
            while node != apex {
                let against = (node < self.sources) == against_sources;
                self.flow[node] += if against { -pushed } else { pushed };
                node = self.parent[node];
            }
        }
        let old = self.parent[leaving];
        self.neighbours[leaving].retain(|&n| n != old);
        self.neighbours[old].retain(|&n| n != leaving);
        self.neighbours[source].push(sink);
        self.neighbours[sink].push(source);
        // what hung on the arc that left now hangs on the new one: turn the way to it round
        let (top, mut parent) = if below_source { (source, sink) } else { (sink, source) };
        let (mut node, mut flow) = (top, pushed);
        loop {
            let (next, carried) = (self.parent[node], self.flow[node]);
            (self.parent[node], self.flow[node]) = (parent, flow);
            if node == leaving {
                break;
            }
            (parent, flow, node) = (node, carried, next);
        }
        self.refresh(costs, top);
    }

    /// The lowest node above both.
    fn apex(&self, mut a: usize, mut b: usize) -> usize {
        while a != b {
            if self.depth[a] >= self.depth[b] {
                a = self.parent[a];
            } else {
                b = self.parent[b];
            }
        }
        a
    }

    fn solution(self) -> Solution {
        let flows = (1..self.parent.len()).map(|node| {
            let parent = self.parent[node];
            (node.min(parent), node.max(parent) - self.sources, self.flow[node])
        });
        Solution { flows: flows.collect(), potential: self.potential[..self.sources].to_vec() }
    }
}

/// What is left of a mass while parts of it are taken off: thousands of them would add up their rounding.
struct Rest {
    rounded: f64,
    lost: f64,
}

impl Rest {
    fn of(mass: f64) -> Rest {
        Rest { rounded: mass, lost: 0.0 }
    }

    fn take(&mut self, part: f64) {
        let rest = self.rounded - part;
        // exact where the part is the smaller one, as it is here
        self.lost += (self.rounded - rest) - part;
        self.rounded = rest;
    }

    fn mass(&self) -> f64 {
        (self.rounded + self.lost).max(0.0)
    }
}
