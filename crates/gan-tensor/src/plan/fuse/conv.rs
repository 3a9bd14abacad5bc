//! Convolutions and what is done to their tiles: `activation(x * w + bias)`, gradients of activations.

use std::sync::Arc;

use super::chain::Chain;
use super::{Fused, View};
use crate::ops::conv_linear::{ConvLinear, Convolution};
use crate::ops::epilogue::Epilogue;

pub(super) fn epilogue(view: &View<'_>, n: usize) -> Option<Fused> {
    let chain = Chain::of(view, n).filter(|chain| !chain.then.is_empty())?;
    let product = Convolution::of(&view.ir.nodes[chain.product].op)?;
    let others = chain.others(n);
    Some(view.instead_of(n, Arc::new(ConvLinear { product, then: Epilogue(chain.then) }), chain.ins, others))
}
