//! Products and what is done to their tiles: `activation(x w + bias)`, gradients of activations, dropout, `maxout(x w + bias)`.

use std::sync::Arc;

use super::chain::Chain;
use super::{Fused, View};
use crate::ops::epilogue::{Activation, Epilogue, Then};
use crate::ops::linear::Linear;
use crate::ops::linear_maxout::LinearMaxout;
use crate::ops::matmul::MatMul;
use crate::ops::maxout::Maxout;

pub(super) fn epilogue(view: &View<'_>, n: usize) -> Option<Fused> {
    let chain = Chain::of(view, n).filter(|chain| !chain.then.is_empty())?;
    let (_, &product) = view.node::<MatMul>(chain.product)?;
    let others = chain.others(n);
    Some(view.instead_of(n, Arc::new(Linear { product, then: Epilogue(chain.then) }), chain.ins, others))
}

pub(super) fn maxout(view: &View<'_>, n: usize) -> Option<Fused> {
    let (_, maxout) = view.node::<Maxout>(n)?;
    let Chain { product, then, ins, nodes } = Chain::of(view, view.sole(n, 0)?)?;
    let (_, &product) = view.node::<MatMul>(product)?;
    let bias_at_most = matches!(then[..], [] | [Then::Activate { activation: Activation::Identity, .. }]);
    bias_at_most.then(|| view.instead_of(n, Arc::new(LinearMaxout { product, pieces: maxout.pieces }), ins, nodes))
}
