//! What D is shown of a sample, one file each: noise, shifts, cuts, colours. A new view is a file here and a line in [`ALL`].
//!
//! Data and fakes go through the same views before D judges them, and G's gradient passes through them: differentiable augmentation
//! (Zhao et al. 2020, eq. 4), which widens a small data set without leaking into what G makes.

mod adaptive;
mod colour;
mod cutout;
mod instance_noise;
mod picture;
mod translation;

use std::fmt::Debug;

use gan_layers::{Cx, LayerError, Number, Numbers, ParamStore, Spec, spec};
use gan_tensor::{Graph, Shape, Var};

/// A change of samples on their way to D, drawn anew for each of them in every run.
pub trait View: Debug + Send + Sync {
    /// Checks that it suits samples of a shape, and adds what it remembers to D's parameters under `path`.
    ///
    /// # Errors
    /// Samples that it does not suit.
    fn prepare(&mut self, params: &mut ParamStore, sample: &Shape, path: &str) -> Result<(), LayerError> {
        let _ = (params, sample, path);
        Ok(())
    }

    /// What D is shown of `x: [n, sample...]`, of the same shape.
    fn show<'g>(&self, cx: &ViewCx<'g, '_>, x: Var<'g>) -> Var<'g>;

    /// Learns from D's logits of the data in D's step.
    fn adapt<'g>(&self, cx: &ViewCx<'g, '_>, d_real: Var<'g>) {
        let _ = (cx, d_real);
    }
}

/// What surrounds a view while it is traced.
#[derive(Clone, Copy)]
pub struct ViewCx<'g, 's> {
    d: &'s Cx<'g, 's>,
    numbers: &'s Numbers,
}

impl<'g, 's> ViewCx<'g, 's> {
    /// For views that are traced by hand, as tests do; a scene makes its own.
    pub fn new(d: &'s Cx<'g, 's>, numbers: &'s Numbers) -> Self {
        Self { d, numbers }
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph {
        self.d.graph()
    }

    /// D's parameters, where views keep what they remember.
    pub fn parameters(&self) -> &'s Cx<'g, 's> {
        self.d
    }

    /// A number that may be on a schedule.
    pub fn number(&self, name: &str, number: &Number) -> Var<'g> {
        self.numbers.var(self.graph(), name, number)
    }

    /// A uniform number in `[lo, hi)` for each of `x`'s samples, `[n, 1...]`.
    pub fn each(&self, name: &str, x: Var<'g>, lo: f64, hi: f64) -> Var<'g> {
        self.graph().uniform(name, one_each(x), lo, hi)
    }
}

/// `[n, 1...]`: the shape of one number for each of `x`'s samples, of as many axes as `x` has.
pub(crate) fn one_each(x: Var<'_>) -> Shape {
    let shape = x.shape();
    let sizes: Vec<usize> = shape.iter().enumerate().map(|(axis, &n)| if axis == 0 { n } else { 1 }).collect();
    // no more axes than x has, and no more values
    Shape::new(&sizes).unwrap_or(shape)
}

/// A view as the registry lists it.
pub type ViewEntry = spec::Entry<dyn View>;

/// Every view.
pub const ALL: &[ViewEntry] = &[instance_noise::ENTRY, translation::ENTRY, cutout::ENTRY, colour::ENTRY, adaptive::ENTRY];

/// Builds the view that `spec`, at `path` in the description, names.
///
/// # Errors
/// It is unknown or ill described.
pub fn build(spec: &Spec, path: &str) -> Result<Box<dyn View>, LayerError> {
    spec::build("view", ALL, spec, path)
}
