//! Fusion: patterns of operations replaced by one that computes the same in fewer passes.

use std::sync::Arc;

use super::ir::{Ir, IrNode};
use crate::op::DynOp;
use crate::ops::add::Add;
use crate::ops::elementwise::Binary;
use crate::ops::linear::{Activation, Linear};
use crate::ops::linear_maxout::LinearMaxout;
use crate::ops::matmul::MatMul;
use crate::ops::maxout::Maxout;

/// Replaces `activation(x w + bias)` and `maxout(x w + bias)` where the values in between have no other use.
pub(super) fn fuse(ir: &mut Ir) {
    let uses = ir.uses();
    let mut producer: Vec<Option<usize>> = vec![None; ir.shapes.len()];
    for (n, node) in ir.nodes.iter().enumerate() {
        node.outs.iter().for_each(|&o| producer[o] = Some(n));
    }
    let mut gone = vec![false; ir.nodes.len()];
    // from the last to the first, so that the longest pattern wins
    for n in (0..ir.nodes.len()).rev() {
        if gone[n] {
            continue;
        }
        if let Some((node, absorbed)) = match_at(ir, n, &uses, &producer) {
            absorbed.into_iter().for_each(|a| gone[a] = true);
            ir.nodes[n] = node;
        }
    }
    let mut keep = gone.iter().map(|g| !g);
    ir.nodes.retain(|_| keep.next().unwrap_or(true));
}

fn is<T: 'static>(op: &Arc<dyn DynOp>) -> Option<&T> {
    op.as_any().downcast_ref()
}

/// The fused node that can stand at `n`, and the nodes it makes superfluous.
fn match_at(ir: &Ir, n: usize, uses: &[usize], producer: &[Option<usize>]) -> Option<(IrNode, Vec<usize>)> {
    let node = &ir.nodes[n];
    // the node that makes this node's operand `i` for it alone
    let sole = |node: &IrNode, i: usize| {
        let v = node.ins[i];
        producer[v].filter(|_| uses[v] == 1)
    };
    // x w, or x w + bias: operands and absorbed nodes
    let affine = |p: usize| -> Option<(MatMul, Vec<usize>, Vec<usize>)> {
        let candidate = &ir.nodes[p];
        if let Some(&product) = is::<MatMul>(&candidate.op) {
            return Some((product, candidate.ins.clone(), vec![p]));
        }
        is::<Binary<Add>>(&candidate.op)?;
        let out = ir.shapes[candidate.outs[0]];
        [(0, 1), (1, 0)].into_iter().find_map(|(a, b)| {
            let m = sole(candidate, a)?;
            let &product = is::<MatMul>(&ir.nodes[m].op)?;
            let bias = candidate.ins[b];
            let is_row = ir.shapes[bias].len() == out[1] && ir.shapes[bias].last() == Some(&out[1]);
            let same = ir.shapes[candidate.ins[a]] == out;
            (is_row && same).then(|| {
                let mut ins = ir.nodes[m].ins.clone();
                ins.push(bias);
                (product, ins, vec![p, m])
            })
        })
    };
    let fused = |op: Arc<dyn DynOp>, ins: Vec<usize>| IrNode { op, ins, outs: node.outs.clone(), scope: node.scope };
    if let Some(maxout) = is::<Maxout>(&node.op) {
        let (product, ins, absorbed) = affine(sole(node, 0)?)?;
        return Some((fused(Arc::new(LinearMaxout { product, pieces: maxout.pieces }), ins), absorbed));
    }
    if let Some(activation) = Activation::of(&node.op) {
        let (product, ins, absorbed) = affine(sole(node, 0)?)?;
        return Some((fused(Arc::new(Linear { product, activation }), ins), absorbed));
    }
    let (product, ins, absorbed) = affine(n)?;
    let absorbed: Vec<usize> = absorbed.into_iter().filter(|&a| a != n).collect();
    (!absorbed.is_empty()).then(|| (fused(Arc::new(Linear { product, activation: Activation::Identity }), ins), absorbed))
}
