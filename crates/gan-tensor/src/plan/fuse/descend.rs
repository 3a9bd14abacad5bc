//! The gradient of a weight matrix that only its update reads, the bound of the columns, and the moving average of the new weight.

use std::sync::Arc;

use super::{Fused, View};
use crate::ops::adam::Adam;
use crate::ops::add::Add;
use crate::ops::affine::Affine;
use crate::ops::column_norm::MaxColumnNorm;
use crate::ops::descend::{After, Descend, Rule};
use crate::ops::elementwise::{Binary, Unary};
use crate::ops::matmul::MatMul;
use crate::ops::momentum::Momentum;
use crate::ops::packed::PackedMaxColumnNorm;

pub(super) fn update(view: &View<'_>, n: usize) -> Option<Fused> {
    // operand of the gradient
    let (rule, gradient) = match (view.node::<Momentum>(n), view.node::<Adam>(n)) {
        (Some((_, &p)), _) => (Rule::Momentum(p), 2),
        (_, Some((_, &p))) => (Rule::Adam(p), 3),
        _ => return None,
    };
    let node = &view.ir.nodes[n];
    // the update may work on panels, with the gradient packed for it
    let (made, packing) = match view.sole_packed(n, gradient) {
        Some([made, packing]) => (made, Some(packing)),
        None => (view.sole(n, gradient)?, None),
    };
    let (matmul, &product) = view.node::<MatMul>(made)?;
    let packed = packing.is_some();
    let shapes = &view.ir.shapes;
    let (_, _, terms) = product.sizes(&shapes[matmul.ins[0]], &shapes[matmul.ins[1]]).ok()?;
    // few columns leave most of a tile's vectors empty
    if product.packed_b || terms > Descend::MOST_TERMS || shapes[node.ins[0]].last().is_none_or(|&columns| columns < 16) {
        return None;
    }
    let mut ins: Vec<usize> = matmul.ins.iter().chain(&node.ins[..gradient]).chain(&node.ins[gradient + 1..]).copied().collect();
    let (mut outs, mut absorbed, mut after) = (node.outs.clone(), vec![made], After::Nothing);
    absorbed.extend(packing);
    if let Some((bound, max)) = column_norm(view, outs[0]) {
        outs[0] = view.ir.nodes[bound].outs[0];
        absorbed.push(bound);
        after = After::MaxColumnNorm(max);
    } else if let Some(average) = average(view, outs[0]) {
        ins.push(average.old);
        outs.push(average.new);
        absorbed.extend(average.nodes);
        after = After::Average(average.keep, average.take);
    }
    let mut fused = view.instead_of(n, Arc::new(Descend { product, rule, after, packed }), ins, absorbed);
    fused.node.outs = outs;
    Some(fused)
}

/// The node that bounds the columns of `weight`, where nothing else reads that.
fn column_norm(view: &View<'_>, weight: usize) -> Option<(usize, f64)> {
    let &[user] = &view.users(weight)[..] else { return None };
    let plain = view.node::<MaxColumnNorm>(user).map(|(_, bound)| bound.max);
    let max = plain.or_else(|| view.node::<PackedMaxColumnNorm>(user).map(|(_, bound)| bound.max))?;
    view.used_once(weight).then_some((user, max))
}

struct Average {
    old: usize,
    new: usize,
    keep: f64,
    take: f64,
    nodes: Vec<usize>,
}

/// `keep old + take weight`, where `old` is there from the start.
fn average(view: &View<'_>, weight: usize) -> Option<Average> {
    view.users(weight).into_iter().find_map(|scaled| {
        let take = gain(view, scaled)?;
        let (value, shape) = (view.ir.nodes[scaled].outs[0], view.ir.shapes[weight]);
        let &[sum] = &view.users(value)[..] else { return None };
        let (node, _) = view.node::<Binary<Add>>(sum)?;
        let operand = node.ins.iter().position(|&v| v != value)?;
        let other = view.sole(sum, operand)?;
        let (keep, old) = (gain(view, other)?, view.ir.nodes[other].ins[0]);
        let ready = view.is_leaf(old) && view.ir.shapes[old] == shape && view.used_once(value);
        ready.then(|| Average { old, new: node.outs[0], keep, take, nodes: vec![scaled, other, sum] })
    })
}

/// The factor, if the node multiplies by a number.
fn gain(view: &View<'_>, n: usize) -> Option<f64> {
    view.node::<Unary<Affine>>(n).filter(|(_, op)| op.0.shift == 0.0).map(|(_, op)| op.0.gain)
}
