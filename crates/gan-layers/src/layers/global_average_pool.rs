//! Means over whole pictures (Lin et al. 2014, "Network in network").

use gan_tensor::{Shape, Var};

use super::picture::behind;
use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

/// `y[c] = mean_{i, j} x[i, j, c]`.
#[derive(Debug)]
struct GlobalAveragePool;

fn mean(x: Var<'_>) -> Var<'_> {
    let shape = x.shape();
    let to = [0, 3].map(|d| shape.get(d).copied().unwrap_or(0));
    x.mean_axes(&[1, 2]).reshape(Shape::from(to))
}

impl Module for GlobalAveragePool {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        mean(x)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "global_average_pool",
    doc: "the mean over all pixels of a picture, a number a channel",
    build: |f, b| Built::new(GlobalAveragePool, behind(f, b, mean)?),
    cases: || vec![Case::new(Spec::new("global_average_pool"), [3, 4, 5], [5])],
};
