//! The gradient of a weight matrix that only its update reads, the bound of the columns, and the moving average of the new weight.

use std::sync::Arc;

use super::{Fused, View};
use crate::io::MAX_INS;
use crate::ops::adam::Adam;
use crate::ops::add::Add;
use crate::ops::affine::Affine;
use crate::ops::column_norm::MaxColumnNorm;
use crate::ops::descend::{After, Descend, Rule, Term};
use crate::ops::elementwise::{Binary, Unary};
use crate::ops::matmul::MatMul;
use crate::ops::momentum::Momentum;
use crate::ops::packed::PackedMaxColumnNorm;
use crate::ops::sum::Sum;

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
    let mut factors = Factors { terms: Vec::new(), ins: Vec::new(), depth: 0, nodes: Vec::new() };
    factors.add(view, made)?;
    // few columns leave most of a tile's vectors empty
    if view.ir.shapes[node.ins[0]].last().is_none_or(|&columns| columns < 16) {
        return None;
    }
    let (first, others) = factors.ins.split_at(2);
    let mut ins: Vec<usize> = first.iter().chain(&node.ins[..gradient]).chain(&node.ins[gradient + 1..]).copied().collect();
    let (mut outs, mut absorbed, mut after) = (node.outs.clone(), std::mem::take(&mut factors.nodes), After::Nothing);
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
    if let Some((t, sum)) = column_sums(view, n, &factors) {
        factors.terms[t].sums = true;
        outs.push(view.ir.nodes[sum].outs[0]);
        absorbed.push(sum);
    }
    ins.extend(others);
    if ins.len() > MAX_INS {
        return None;
    }
    let mut fused =
        view.instead_of(n, Arc::new(Descend { terms: factors.terms, rule, after, packed: packing.is_some() }), ins, absorbed);
    fused.node.outs = outs;
    Some(fused)
}

/// The products whose sum is a gradient.
struct Factors {
    terms: Vec<Term>,
    /// Two operands of each product.
    ins: Vec<usize>,
    /// Terms of all.
    depth: usize,
    nodes: Vec<usize>,
}

impl Factors {
    /// Adds what node `n` makes: a product, or the sum of such.
    fn add(&mut self, view: &View<'_>, n: usize) -> Option<()> {
        self.nodes.push(n);
        let shapes = &view.ir.shapes;
        if let Some((matmul, &product)) = view.node::<MatMul>(n) {
            let (_, _, terms) = product.sizes(&shapes[matmul.ins[0]], &shapes[matmul.ins[1]]).ok()?;
            self.terms.push(Term { product, sums: false });
            self.ins.extend(&matmul.ins);
            self.depth += terms;
            let fits = self.depth <= Descend::MOST_TERMS && self.terms.len() <= Descend::MOST_PRODUCTS;
            return (fits && !product.packed_b).then_some(());
        }
        let (sum, _) = view.node::<Binary<Add>>(n)?;
        let alike = sum.ins.iter().all(|&v| shapes[v] == shapes[sum.outs[0]]);
        (0..2).try_for_each(|i| self.add(view, view.sole(n, i).filter(|_| alike)?))
    }
}

/// A product, and the node that sums the columns of its right operand: the gradient of the bias, read after node `n` only.
fn column_sums(view: &View<'_>, n: usize, factors: &Factors) -> Option<(usize, usize)> {
    let is_sum = |&sum: &usize| {
        let along_rows = view.node::<Sum>(sum).is_some_and(|(_, s)| (s.from, s.to) == (0, 1));
        along_rows && read_after(view, view.ir.nodes[sum].outs[0], n)
    };
    let right = |t: usize| factors.ins[2 * t + 1];
    (0..factors.terms.len())
        .filter(|&t| !factors.terms[t].product.transpose_b)
        .find_map(|t| view.users(right(t)).into_iter().find(is_sum).map(|sum| (t, sum)))
}

/// Whether whatever computes with `value` comes after node `n`.
fn read_after(view: &View<'_>, value: usize, n: usize) -> bool {
    view.users(value).into_iter().all(|user| {
        let node = &view.ir.nodes[user];
        if node.op.is_view() { read_after(view, node.outs[0], n) } else { user > n }
    })
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
