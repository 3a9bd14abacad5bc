use nalgebra::DMatrix;

use super::{State, StepMap};

/// Optimistic gradient descent (Daskalakis et al. 2018, eq. 4): `x_{t+1} = x_t + 2 h v(x_t) - h v(x_{t-1})`.
pub(super) const ENTRY: StepMap = StepMap {
    name: "optimistic",
    doc: "the last gradient twice, less the one before: x + 2 h v(x) - h v(x before)",
    step: |game, state, h| {
        let field = game.field(state.now.as_slice())?;
        let before = state.field_before.as_ref().unwrap_or(&field);
        let now = &state.now + &field * (2.0 * h) - before * h;
        Ok(State { now, field_before: Some(field) })
    },
    linear: |jacobian, _, h| {
        let n = jacobian.nrows();
        DMatrix::from_fn(2 * n, 2 * n, |i, j| {
            let same = f64::from(u8::from(i % n == j % n));
            match (i < n, j < n) {
                (true, true) => same + 2.0 * h * jacobian[(i, j)],
                (true, false) => -h * jacobian[(i, j - n)],
                (false, true) => same,
                (false, false) => 0.0,
            }
        })
    },
};
