//! Reverse-mode differentiation on the trace itself.

use std::sync::Arc;

use crate::graph::{Source, Trace, ValueId};
use crate::op::DynOp;
use crate::{Graph, Op, Var};

impl Graph {
    /// The gradients of `y`'s sum with respect to each of `xs`, as ordinary variables of this graph; zeros where
    /// `y` does not depend on one.
    ///
    /// Only paths from the `xs` to `y` are followed, and the result can be differentiated again.
    pub fn grad<'g>(&'g self, y: Var<'g>, xs: &[Var<'g>]) -> Vec<Var<'g>> {
        let one = self.constant(1.0, y.shape());
        let cts = self.vjp(&[y], &[Some(one)], xs);
        xs.iter().zip(cts).map(|(x, ct)| ct.unwrap_or_else(|| self.constant(0.0, x.shape()))).collect()
    }

    /// The vector-Jacobian product: cotangents of `ys` to cotangents of `xs`, `None` where it is zero.
    pub fn vjp<'g>(&'g self, ys: &[Var<'g>], cts: &[Option<Var<'g>>], xs: &[Var<'g>]) -> Vec<Option<Var<'g>>> {
        let Some(last) = ys.iter().map(|y| y.id as usize + 1).max() else { return vec![None; xs.len()] };
        let reached = self.depends_on(xs, last);
        let mut ct: Vec<Option<Var<'g>>> = vec![None; last];
        for (y, &c) in ys.iter().zip(cts) {
            if let Some(c) = c {
                add(&mut ct[y.id as usize], c);
            }
        }
        let nodes = self.trace.borrow().values[last - 1].node as usize + 1;
        for n in (0..nodes).rev() {
            let Some((op, ins, outs)) = self.differentiable(n, &reached, last) else { continue };
            let cts: Vec<_> = outs.clone().map(|v| ct.get(v as usize).copied().flatten()).collect();
            if cts.iter().all(Option::is_none) {
                continue;
            }
            let scope = self.scope_of(n);
            let vars = |ids: &[ValueId]| -> Vec<Var<'g>> { ids.iter().map(|&id| Var { graph: self, id }).collect() };
            let outs: Vec<ValueId> = outs.collect();
            let results = self.in_scope(scope, || op.vjp(&vars(&ins), &vars(&outs), &cts));
            for (&i, c) in ins.iter().zip(results) {
                if let (true, Some(c)) = (reached[i as usize], c) {
                    add(&mut ct[i as usize], c);
                }
            }
        }
        xs.iter().map(|x| ct.get(x.id as usize).copied().flatten()).collect()
    }

    /// For each of the first `n` values: does it depend on one of `xs`?
    fn depends_on(&self, xs: &[Var<'_>], n: usize) -> Vec<bool> {
        let t = self.trace.borrow();
        let mut reached = vec![false; n];
        for x in xs {
            if let Some(r) = reached.get_mut(x.id as usize) {
                *r = true;
            }
        }
        for node in &t.nodes {
            if node.first as usize >= n {
                break;
            }
            if node.ins.iter().any(|&i| reached[i as usize]) {
                Trace::results(node).filter(|&v| (v as usize) < n).for_each(|v| reached[v as usize] = true);
            }
        }
        reached
    }

    #[allow(clippy::type_complexity)]
    fn differentiable(
        &self,
        n: usize,
        reached: &[bool],
        last: usize,
    ) -> Option<(Arc<dyn DynOp>, Box<[ValueId]>, std::ops::Range<ValueId>)> {
        let t = self.trace.borrow();
        let node = &t.nodes[n];
        let Source::Op(op) = &node.source else { return None };
        let outs = Trace::results(node);
        let live =
            outs.clone().any(|v| (v as usize) < last && reached[v as usize]) && node.ins.iter().any(|&i| reached[i as usize]);
        live.then(|| (op.clone(), node.ins.clone(), outs))
    }
}

fn add<'g>(slot: &mut Option<Var<'g>>, c: Var<'g>) {
    *slot = Some(match *slot {
        Some(before) => before + c,
        None => c,
    });
}

/// The gradient rule of an operation that is defined by its decomposition.
pub(crate) fn vjp_of_decomposition<'g, O: Op>(op: &O, ins: &[Var<'g>], cts: &[Option<Var<'g>>]) -> Vec<Option<Var<'g>>> {
    let Some(first) = ins.first() else { return Vec::new() };
    let graph = first.graph;
    // stand-ins, so that an operand that depends on another is not followed into it
    let ins: Vec<Var<'g>> = ins.iter().map(|x| x.identity()).collect();
    match op.decompose(&ins) {
        Some(ys) => graph.vjp(&ys, cts, &ins),
        None => vec![None; ins.len()],
    }
}
