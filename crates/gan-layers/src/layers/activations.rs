//! Activations without parameters.

use gan_tensor::Var;

use super::{Built, Case, LayerEntry};
use crate::module::Cx;
use crate::{Module, Spec};

/// A function applied to every value.
struct Activation {
    name: &'static str,
    f: for<'g> fn(Var<'g>) -> Var<'g>,
}

impl std::fmt::Debug for Activation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Module for Activation {
    fn forward<'g>(&self, _: &Cx<'g, '_>, x: Var<'g>) -> Var<'g> {
        (self.f)(x)
    }
}

macro_rules! activations {
    ($($constant:ident, $name:literal, $doc:literal, $f:expr;)*) => {$(
        pub(super) const $constant: LayerEntry = LayerEntry {
            name: $name,
            doc: $doc,
            build: |_, b| Built::new(Activation { name: $name, f: $f }, b.input()),
            cases: || vec![Case::same(Spec::new($name), [5])],
        };
    )*};
}

activations! {
    IDENTITY, "identity", "y = x: the linear activation", |x| x;
    SIGMOID, "sigmoid", "1 / (1 + e^-x): a probability, or a pixel in [0, 1]", |x| x.sigmoid();
    TANH, "tanh", "the hyperbolic tangent", |x| x.tanh();
    RELU, "relu", "max(x, 0)", |x| x.relu();
    SOFTPLUS, "softplus", "ln(1 + e^x)", |x| x.softplus();
}
