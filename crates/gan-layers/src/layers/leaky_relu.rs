//! The leaky rectifier (Maas et al. 2013).

use gan_tensor::Var;

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

#[derive(Debug)]
struct LeakyRelu {
    slope: f64,
}

impl Module for LeakyRelu {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        x.leaky_relu(self.slope)
    }
}

pub(super) const ENTRY: LayerEntry = LayerEntry {
    name: "leaky_relu",
    doc: "x, or slope x below 0. slope (0.2)",
    build: |f, b| Built::new(LeakyRelu { slope: f.f64_in("slope", 0.2, 0.0, 1.0)? }, b.input()),
    cases: || vec![Case::same(Spec::new("leaky_relu"), [5]), Case::same(Spec::new("leaky_relu").with("slope", 0.5), [2, 3])],
};
