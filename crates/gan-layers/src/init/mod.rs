//! Initial values of weights, one file each. A new initialiser is a file here and a line in [`ALL`].

mod constant;
mod normal;
mod orthogonal;
mod scaled;
mod sparse;
mod uniform;

pub use constant::Constant;
pub use normal::Normal;
pub use orthogonal::Orthogonal;
pub use scaled::{He, Xavier};
pub use sparse::Sparse;
pub use uniform::Uniform;

use std::fmt::Debug;

use gan_tensor::Shape;

use crate::spec::{self, Fields};
use crate::{LayerError, Spec};

/// A rule for initial values. The same seed gives the same values on every machine.
pub trait Init: Debug + Send + Sync {
    /// Fills a parameter of shape `[in, out]`, `[kh, kw, in, out]` (or any other) with its initial values.
    fn fill(&self, shape: &Shape, seed: u64, out: &mut [f32]);
}

/// An initialiser as the registry lists it.
pub type InitEntry = spec::Entry<dyn Init>;

/// Every initialiser.
pub const ALL: &[InitEntry] =
    &[uniform::ENTRY, sparse::ENTRY, normal::ENTRY, scaled::XAVIER, scaled::HE, orthogonal::ENTRY, constant::ENTRY];

/// Reads the initialiser at `key`, or takes the one of the name `default`.
///
/// # Errors
/// It is unknown or ill described.
pub fn from_fields(fields: &Fields<'_>, key: &'static str, default: &str) -> Result<Box<dyn Init>, LayerError> {
    from_fields_or(fields, key, Spec::new(default))
}

/// Reads the initialiser at `key`, or takes the one that `default` describes.
///
/// # Errors
/// It is unknown or ill described.
pub fn from_fields_or(fields: &Fields<'_>, key: &'static str, default: Spec) -> Result<Box<dyn Init>, LayerError> {
    let (spec, path) = fields.spec(key)?.unwrap_or_else(|| (default, format!("{}.{key}", fields.path())));
    spec::build("initialiser", ALL, &spec, &path)
}

/// Fan-in and fan-out of a weight `[in, out]` or `[kh, kw, in, out]`, whose taps count each; other shapes count their length as
/// both.
fn fans(shape: &Shape) -> (f64, f64) {
    match shape[..] {
        [inputs, outputs] => (inputs as f64, outputs as f64),
        [kh, kw, inputs, outputs] => ((kh * kw * inputs) as f64, (kh * kw * outputs) as f64),
        _ => (shape.len().max(1) as f64, shape.len().max(1) as f64),
    }
}

/// The matrix `[in, out]` that a weight is: a convolution's `[kh, kw, in, out]` has `kh kw in` rows.
fn matrix(shape: &Shape) -> Option<(usize, usize)> {
    match shape[..] {
        [rows, cols] => Some((rows, cols)),
        [kh, kw, inputs, cols] => Some((kh * kw * inputs, cols)),
        _ => None,
    }
}

/// Uniform numbers in [lo, hi).
fn uniform(seed: u64, (lo, hi): (f64, f64), out: &mut [f32]) {
    let n = out.len().max(1);
    let key = gan_tensor::Key { seed, draw: 0, stream: 0 };
    gan_kernels::random::uniform(&gan_kernels::Team::serial(), key, n, (lo, hi), out);
}

/// Normal numbers with standard deviation `std`.
pub(crate) fn normal(seed: u64, std: f64, out: &mut [f32]) {
    let n = out.len().max(1);
    let key = gan_tensor::Key { seed, draw: 0, stream: 1 };
    gan_kernels::random::normal(&gan_kernels::Team::serial(), key, n, out);
    out.iter_mut().for_each(|x| *x *= std as f32);
}
