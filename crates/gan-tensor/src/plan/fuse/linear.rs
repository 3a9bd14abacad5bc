//! `activation(x w + bias)` and `maxout(x w + bias)`.

use std::sync::Arc;

use super::{Fused, View};
use crate::ops::add::Add;
use crate::ops::elementwise::Binary;
use crate::ops::linear::{Activation, Linear};
use crate::ops::linear_maxout::LinearMaxout;
use crate::ops::matmul::MatMul;
use crate::ops::maxout::Maxout;

/// A product, or a product and a bias: the product, its operands (the bias last), and the nodes.
type Affine = (MatMul, Vec<usize>, Vec<usize>);

/// What node `p` computes, if that is `x w` or `x w + bias`.
fn affine(view: &View<'_>, p: usize) -> Option<Affine> {
    if let Some((node, &product)) = view.node::<MatMul>(p) {
        return Some((product, node.ins.clone(), vec![p]));
    }
    let (sum, _) = view.node::<Binary<Add>>(p)?;
    let shapes = &view.ir.shapes;
    let out = shapes[sum.outs[0]];
    [(0, 1), (1, 0)].into_iter().find_map(|(a, b)| {
        let m = view.sole(p, a)?;
        let (node, &product) = view.node::<MatMul>(m)?;
        let bias = sum.ins[b];
        let is_row = shapes[bias].len() == out[1] && shapes[bias].last() == Some(&out[1]);
        let same = shapes[sum.ins[a]] == out;
        (is_row && same).then(|| {
            let mut ins = node.ins.clone();
            ins.push(bias);
            (product, ins, vec![p, m])
        })
    })
}

pub(super) fn maxout(view: &View<'_>, n: usize) -> Option<Fused> {
    let (_, maxout) = view.node::<Maxout>(n)?;
    let (product, ins, absorbed) = affine(view, view.sole(n, 0)?)?;
    Some(view.instead_of(n, Arc::new(LinearMaxout { product, pieces: maxout.pieces }), ins, absorbed))
}

pub(super) fn activation(view: &View<'_>, n: usize) -> Option<Fused> {
    let activation = Activation::of(&view.ir.nodes[n].op)?;
    let (product, ins, absorbed) = affine(view, view.sole(n, 0)?)?;
    Some(view.instead_of(n, Arc::new(Linear { product, activation }), ins, absorbed))
}

pub(super) fn bias(view: &View<'_>, n: usize) -> Option<Fused> {
    view.node::<Binary<Add>>(n)?;
    let (product, ins, mut absorbed) = affine(view, n)?;
    absorbed.retain(|&a| a != n);
    Some(view.instead_of(n, Arc::new(Linear { product, activation: Activation::Identity }), ins, absorbed))
}
