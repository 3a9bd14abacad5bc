use nalgebra::DMatrix;

use super::{State, StepMap};

/// `x + h v(x)`: both players move at once.
pub(super) const ENTRY: StepMap = StepMap {
    name: "simultaneous",
    doc: "both players move at once: x + h v(x)",
    step: |game, state, h| Ok(State { now: &state.now + game.field(state.now.as_slice())? * h, field_before: None }),
    linear: |jacobian, _, h| DMatrix::identity(jacobian.nrows(), jacobian.ncols()) + jacobian * h,
};
