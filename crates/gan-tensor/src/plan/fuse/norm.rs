//! Activations behind normalisations, and their share in the gradient.

use std::sync::Arc;

use super::super::ir::IrNode;
use super::gate::share;
use super::{Fused, View};
use crate::ops::epilogue::Activation;
use crate::ops::gate::Gate;
use crate::ops::norm::Norm;
use crate::ops::norm_backward::NormBackward;
use crate::ops::scale_shift::ScaleShift;

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
    let fits = match (activation, share.gate) {
        (Activation::Relu(_), Gate::Mask { slope }) => slope == 0.0,
        // with a negative slope the result has another sign than the operand
        (Activation::LeakyRelu(p), Gate::Mask { slope }) => slope == p.slope && p.slope >= 0.0,
        (Activation::Tanh(_), Gate::OneMinusSquare) | (Activation::Sigmoid(_), Gate::TimesComplement) => true,
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
