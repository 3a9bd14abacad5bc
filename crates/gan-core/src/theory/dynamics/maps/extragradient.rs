use nalgebra::DMatrix;

use super::{State, StepMap};

/// Extragradient (Korpelevich 1976; Gidel et al. 2019): the field at where a step would lead, `x + h v(x + h v(x))`.
pub(super) const ENTRY: StepMap = StepMap {
    name: "extragradient",
    doc: "the gradient at where a step would lead: x + h v(x + h v(x))",
    step: |game, state, h| {
        let ahead = &state.now + game.field(state.now.as_slice())? * h;
        Ok(State { now: &state.now + game.field(ahead.as_slice())? * h, field_before: None })
    },
    linear: |jacobian, _, h| {
        let identity = DMatrix::identity(jacobian.nrows(), jacobian.ncols());
        let scaled = jacobian * h;
        &identity + &scaled * (&identity + &scaled)
    },
};
