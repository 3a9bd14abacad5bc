//! Products and what is done to their tiles: `activation(x w + bias)`, gradients of activations, dropout, `maxout(x w + bias)`.

use std::sync::Arc;

use super::{Fused, View, gate};
use crate::ops::add::Add;
use crate::ops::dropout::Dropout;
use crate::ops::elementwise::Binary;
use crate::ops::linear::{Activation, Linear, Then};
use crate::ops::linear_maxout::LinearMaxout;
use crate::ops::matmul::MatMul;
use crate::ops::maxout::Maxout;

/// Most steps of an epilogue.
const STEPS: usize = 4;

/// A product with an epilogue: its operands, those of the steps last, and the nodes.
struct Chain {
    product: MatMul,
    then: Vec<Then>,
    ins: Vec<usize>,
    nodes: Vec<usize>,
}

impl Chain {
    /// What node `n` computes, if that is a product or a step after one.
    fn of(view: &View<'_>, n: usize) -> Option<Chain> {
        if let Some((node, &product)) = view.node::<MatMul>(n) {
            return Some(Chain { product, then: Vec::new(), ins: node.ins.clone(), nodes: vec![n] });
        }
        if view.node::<Binary<Add>>(n).is_some() {
            return [(0, 1), (1, 0)].into_iter().find_map(|(i, bias)| Chain::biased(view, n, i, bias));
        }
        if let Some(activation) = Activation::of(&view.ir.nodes[n].op) {
            let mut chain = Chain::of(view, view.sole(n, 0)?)?;
            match chain.then.last_mut() {
                Some(Then::Activate { activation: Activation::Identity, bias }) => {
                    *chain.then.last_mut()? = Then::Activate { bias: *bias, activation };
                }
                _ => chain.then.push(Then::Activate { bias: false, activation }),
            }
            chain.nodes.push(n);
            return Some(chain);
        }
        if let Some((_, &dropout)) = view.node::<Dropout>(n) {
            return Chain::of(view, view.sole(n, 0)?)?.then(Then::Dropout(dropout), None, &[n]);
        }
        let gated = gate::share(view, n)?;
        let shapes = &view.ir.shapes;
        let whole = shapes[gated.ct] == shapes[gated.result] && shapes[gated.ct].rank() == 2;
        let made = view.sole(n, 0).filter(|_| whole)?;
        Chain::of(view, made)?.then(Then::Gate(gated.gate), Some(gated.result), &gated.nodes)
    }

    fn then(mut self, step: Then, operand: Option<usize>, nodes: &[usize]) -> Option<Chain> {
        self.then.push(step);
        self.ins.extend(operand);
        self.nodes.extend(nodes);
        (self.then.len() <= STEPS).then_some(self)
    }

    /// The sum `n` of a product, operand `i`, and a bias for each column.
    fn biased(view: &View<'_>, n: usize, i: usize, bias: usize) -> Option<Chain> {
        let made = view.sole(n, i).filter(|&m| view.node::<MatMul>(m).is_some())?;
        let (sum, shapes) = (&view.ir.nodes[n], &view.ir.shapes);
        let (out, bias) = (shapes[sum.outs[0]], sum.ins[bias]);
        let is_row = shapes[bias].len() == out[1] && shapes[bias].last() == Some(&out[1]);
        let step = Then::Activate { bias: true, activation: Activation::Identity };
        (is_row && shapes[sum.ins[i]] == out).then(|| Chain::of(view, made)?.then(step, Some(bias), &[n]))?
    }
}

pub(super) fn epilogue(view: &View<'_>, n: usize) -> Option<Fused> {
    let mut chain = Chain::of(view, n)?;
    chain.nodes.retain(|&a| a != n);
    let op = Linear { product: chain.product, then: chain.then };
    (!op.then.is_empty()).then(|| view.instead_of(n, Arc::new(op), chain.ins, chain.nodes))
}

pub(super) fn maxout(view: &View<'_>, n: usize) -> Option<Fused> {
    let (_, maxout) = view.node::<Maxout>(n)?;
    let Chain { product, then, ins, nodes } = Chain::of(view, view.sole(n, 0)?)?;
    let bias_at_most = matches!(then[..], [] | [Then::Activate { activation: Activation::Identity, .. }]);
    bias_at_most.then(|| view.instead_of(n, Arc::new(LinearMaxout { product, pieces: maxout.pieces }), ins, nodes))
}
