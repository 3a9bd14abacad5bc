//! Moving averages of weights.

use gan_tensor::Var;

/// An exponential moving average: `a = decay a + (1 - decay) w` after every update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Average {
    /// Share of the old average that stays, in [0, 1).
    pub decay: f64,
}

impl Average {
    /// The next average.
    pub(super) fn blend<'g>(&self, average: Var<'g>, weight: Var<'g>) -> Var<'g> {
        average * self.decay + weight * (1.0 - self.decay)
    }
}
