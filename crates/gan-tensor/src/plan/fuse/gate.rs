//! An activation's share of a gradient.

use super::View;
use crate::ops::affine::Affine;
use crate::ops::elementwise::{Binary, Unary};
use crate::ops::gate::Gate;
use crate::ops::mul::Mul;
use crate::ops::where_positive::WherePositive;

/// An activation's share of a gradient: the cotangent it is applied to, the activation's result, the nodes.
pub(super) struct Share {
    pub gate: Gate,
    pub ct: usize,
    pub result: usize,
    pub nodes: Vec<usize>,
}

/// The share that node `p` computes, if it does.
pub(super) fn share(view: &View<'_>, p: usize) -> Option<Share> {
    if let Some((node, mask)) = view.node::<Binary<WherePositive>>(p) {
        let gate = Gate::Mask { slope: mask.0.slope };
        return Some(Share { gate, ct: node.ins[0], result: node.ins[1], nodes: vec![p] });
    }
    let (node, _) = view.node::<Binary<Mul>>(p)?;
    let ct = node.ins[0];
    let second = view.sole(p, 1)?;
    let one_minus = |m: usize| {
        let (node, line) = view.node::<Unary<Affine>>(m)?;
        (line.0.gain == -1.0 && line.0.shift == 1.0).then_some(node.ins[0])
    };
    let (gate, result, third) = if one_minus(second).is_some() {
        let square = view.sole(second, 0)?;
        let (node, _) = view.node::<Binary<Mul>>(square)?;
        (node.ins[0] == node.ins[1]).then_some((Gate::OneMinusSquare, node.ins[0], square))?
    } else {
        let (node, _) = view.node::<Binary<Mul>>(second)?;
        let complement = view.sole(second, 1)?;
        (one_minus(complement)? == node.ins[0]).then_some((Gate::TimesComplement, node.ins[0], complement))?
    };
    Some(Share { gate, ct, result, nodes: vec![p, second, third] })
}
