//! Activations behind normalisations, and their share in the gradient.

use std::sync::Arc;

use super::super::ir::IrNode;
use super::{Fused, View};
use crate::ops::affine::Affine;
use crate::ops::elementwise::{Binary, Unary};
use crate::ops::linear::Activation;
use crate::ops::mul::Mul;
use crate::ops::norm::Norm;
use crate::ops::norm_backward::NormBackward;
use crate::ops::scale_shift::ScaleShift;
use crate::ops::where_positive::WherePositive;

/// `activation(norm(x))`. The new node stands where the normalisation stood, since the statistics may be used before the
/// activation.
pub(super) fn activation(view: &View<'_>, n: usize) -> Option<Fused> {
    let (node, &norm) = view.node::<Norm>(n)?;
    let Activation::Identity = norm.activation else { return None };
    let value = node.outs[0];
    if view.uses[value] != 1 {
        return None;
    }
    let behind = (n + 1..view.ir.nodes.len()).find(|&m| view.ir.nodes[m].ins.contains(&value))?;
    let activation = Activation::of(&view.ir.nodes[behind].op)?;
    let outs = vec![view.ir.nodes[behind].outs[0], node.outs[1], node.outs[2]];
    let node = IrNode { op: Arc::new(Norm { activation, ..norm }), ins: node.ins.clone(), outs, scope: node.scope };
    Some(Fused { node, absorbed: vec![behind] })
}

/// `activation(x scale + shift)`.
pub(super) fn scale_shift(view: &View<'_>, n: usize) -> Option<Fused> {
    let activation = Activation::of(&view.ir.nodes[n].op)?;
    let before = view.sole(n, 0)?;
    let (node, line) = view.node::<ScaleShift>(before)?;
    let Activation::Identity = line.activation else { return None };
    Some(view.instead_of(n, Arc::new(ScaleShift { activation }), node.ins.clone(), vec![before]))
}

/// The gradient of a normalisation whose cotangent is that of an activation behind it. What the activation's share needs is
/// computed anew from `x`, so that its result is not read.
pub(super) fn backward(view: &View<'_>, n: usize) -> Option<Fused> {
    let (node, &op) = view.node::<NormBackward>(n)?;
    let Activation::Identity = op.activation else { return None };
    let share = share(view, view.sole(n, 0)?)?;
    let gate = &view.ir.nodes[view.producer[share.result]?];
    let activation = Activation::of(&gate.op)?;
    let fits = match (activation, share.factor) {
        (Activation::Relu(_), Factor::Mask { slope }) => slope == 0.0,
        // with a negative slope the result has another sign than the operand
        (Activation::LeakyRelu(p), Factor::Mask { slope }) => slope == p.slope && p.slope >= 0.0,
        (Activation::Tanh(_), Factor::OneMinusSquare) | (Activation::Sigmoid(_), Factor::TimesComplement) => true,
        _ => false,
    };
    // the activation's operand must be the very normalisation that is differentiated
    let (norm, is) = view.node::<Norm>(view.producer[gate.ins[0]]?)?;
    let operands = [norm.ins[0], norm.outs[1], norm.outs[2], norm.ins[1], norm.ins[2]];
    let same = matches!(is.activation, Activation::Identity) && is.over == op.over && node.ins[1..6] == operands;
    let whole = view.ir.shapes[share.ct] == view.ir.shapes[node.ins[0]];
    let mut ins = node.ins.clone();
    ins[0] = share.ct;
    let this = gate.ins[0] == norm.outs[0];
    (fits && same && whole && this).then(|| view.instead_of(n, Arc::new(NormBackward { activation, ..op }), ins, share.nodes))
}

/// What an activation's gradient multiplies a cotangent by, from its result `y`.
enum Factor {
    /// 1 where `y > 0`, the slope elsewhere.
    Mask { slope: f64 },
    /// `1 - y y`.
    OneMinusSquare,
    /// `y (1 - y)`.
    TimesComplement,
}

/// An activation's share of a gradient: the factor, the cotangent it is applied to, the activation's result, the nodes.
struct Share {
    factor: Factor,
    ct: usize,
    result: usize,
    nodes: Vec<usize>,
}

/// The share that node `p` computes, if it does.
fn share(view: &View<'_>, p: usize) -> Option<Share> {
    if let Some((node, mask)) = view.node::<Binary<WherePositive>>(p) {
        let factor = Factor::Mask { slope: mask.0.slope };
        return Some(Share { factor, ct: node.ins[0], result: node.ins[1], nodes: vec![p] });
    }
    let (node, _) = view.node::<Binary<Mul>>(p)?;
    let ct = node.ins[0];
    let second = view.sole(p, 1)?;
    let one_minus = |m: usize| {
        let (node, line) = view.node::<Unary<Affine>>(m)?;
        (line.0.gain == -1.0 && line.0.shift == 1.0).then_some(node.ins[0])
    };
    let (factor, result, third) = if one_minus(second).is_some() {
        let square = view.sole(second, 0)?;
        let (node, _) = view.node::<Binary<Mul>>(square)?;
        (node.ins[0] == node.ins[1]).then_some((Factor::OneMinusSquare, node.ins[0], square))?
    } else {
        let (node, _) = view.node::<Binary<Mul>>(second)?;
        let complement = view.sole(second, 1)?;
        (one_minus(complement)? == node.ins[0]).then_some((Factor::TimesComplement, node.ins[0], complement))?
    };
    Some(Share { factor, ct, result, nodes: vec![p, second, third] })
}
