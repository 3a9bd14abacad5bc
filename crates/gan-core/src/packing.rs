//! Packing (Lin et al. 2018, "PacGAN: the power of two samples in generative adversarial networks").

use gan_tensor::{Shape, Var};

use crate::CoreError;

/// D judges packs of `m` samples at once, joined along their last axis (pictures by channels): a generator without variety shows in a pack,
/// not in a single sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packing(usize);

impl Default for Packing {
    fn default() -> Self {
        Packing(1)
    }
}

impl Packing {
    /// Packs of `m` samples; 1 for none.
    ///
    /// # Errors
    /// [`CoreError::Packing`] for packs of nothing.
    pub fn new(m: usize) -> Result<Packing, CoreError> {
        if m == 0 { Err(CoreError::Packing { packing: m, batch: 0 }) } else { Ok(Packing(m)) }
    }

    /// Samples of a pack.
    pub fn size(self) -> usize {
        self.0
    }

    /// Shape of a pack of samples: what D must be built for.
    ///
    /// # Errors
    /// Packs larger than any tensor.
    pub fn shape(self, sample: &Shape) -> Result<Shape, CoreError> {
        let Some((last, rest)) = sample.split_last() else { return Ok(*sample) };
        let sizes: Vec<usize> = rest.iter().copied().chain([last.saturating_mul(self.0)]).collect();
        Ok(Shape::new(&sizes)?)
    }

    /// Refuses batches that are no whole number of packs.
    pub(crate) fn check(self, batch: usize) -> Result<(), CoreError> {
        if batch.is_multiple_of(self.0) { Ok(()) } else { Err(CoreError::Packing { packing: self.0, batch }) }
    }

    /// `[n, sample...]` as `[n / m, pack...]`: each pack is made of samples that follow each other.
    pub(crate) fn pack(self, x: Var<'_>) -> Var<'_> {
        let (m, shape) = (self.0, x.shape());
        if m == 1 {
            return x;
        }
        let &[n, ref middle @ .., last] = &shape[..] else { return x };
        let sizes = |parts: [&[usize]; 3]| Shape::new(&parts.concat()).ok();
        let apart = sizes([&[n / m, m], middle, &[last]]);
        let packed = sizes([&[n / m], middle, &[last * m]]);
        // a sample of so many axes that none is left for the packs is refused where D is built
        let Some((apart, packed)) = apart.zip(packed) else { return x };
        let order: Vec<usize> = [0].into_iter().chain(2..apart.rank() - 1).chain([1, apart.rank() - 1]).collect();
        x.reshape(apart).permute(&order).reshape(packed)
    }
}
