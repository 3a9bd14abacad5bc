//! Products and convolutions with what follows them: bias, activation, the gradient of an activation, dropout.

use super::{View, gate};
use crate::ops::add::Add;
use crate::ops::conv_linear::Convolution;
use crate::ops::dropout::Dropout;
use crate::ops::elementwise::Binary;
use crate::ops::epilogue::{Activation, Then};
use crate::ops::matmul::MatMul;

/// Most steps of an epilogue.
const STEPS: usize = 4;

/// A product or a convolution with an epilogue.
pub(super) struct Chain {
    /// The node of the product.
    pub product: usize,
    pub then: Vec<Then>,
    /// The operands, those of the steps last.
    pub ins: Vec<usize>,
    pub nodes: Vec<usize>,
}

/// Whether node `n` is a product or a convolution.
fn is_product(view: &View<'_>, n: usize) -> bool {
    view.node::<MatMul>(n).is_some() || Convolution::of(&view.ir.nodes[n].op).is_some()
}

impl Chain {
    /// What node `n` computes, if that is a product or a step after one.
    pub fn of(view: &View<'_>, n: usize) -> Option<Chain> {
        if is_product(view, n) {
            return Some(Chain { product: n, then: Vec::new(), ins: view.ir.nodes[n].ins.clone(), nodes: vec![n] });
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
        if let Some((node, &dropout)) = view.node::<Dropout>(n) {
            // a mask is drawn for a row, and only of a matrix the rows are those of the product
            let made = view.sole(n, 0).filter(|_| view.ir.shapes[node.ins[0]].rank() == 2)?;
            return Chain::of(view, made)?.then(Then::Dropout(dropout), None, &[n]);
        }
        let gated = gate::share(view, n)?;
        let shapes = &view.ir.shapes;
        let made = view.sole(n, 0).filter(|_| shapes[gated.ct] == shapes[gated.result])?;
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
        let made = view.sole(n, i).filter(|&m| is_product(view, m))?;
        let (sum, shapes) = (&view.ir.nodes[n], &view.ir.shapes);
        let (out, bias) = (shapes[sum.outs[0]], sum.ins[bias]);
        let is_row = Some(&shapes[bias].len()) == out.last() && shapes[bias].last() == out.last();
        let step = Then::Activate { bias: true, activation: Activation::Identity };
        (is_row && shapes[sum.ins[i]] == out).then(|| Chain::of(view, made)?.then(step, Some(bias), &[n]))?
    }

    /// The nodes but for `last`.
    pub fn others(&self, last: usize) -> Vec<usize> {
        self.nodes.iter().copied().filter(|&n| n != last).collect()
    }
}
