use nalgebra::DMatrix;

use super::{State, StepMap};

/// `I + h J` with the rows of one player alone.
fn block(jacobian: &DMatrix<f64>, rows: std::ops::Range<usize>, h: f64) -> DMatrix<f64> {
    let mut map = DMatrix::identity(jacobian.nrows(), jacobian.ncols());
    for i in rows {
        for j in 0..jacobian.ncols() {
            map[(i, j)] += h * jacobian[(i, j)];
        }
    }
    map
}

/// D moves, then G, against the new D (Algorithm 1 of Goodfellow et al. 2014 with k = 1).
pub(super) const ENTRY: StepMap = StepMap {
    name: "alternating",
    doc: "D moves first, then G, who sees the new D",
    step: |game, state, h| {
        let generator = game.model().generator_parameters();
        let mut now = state.now.clone();
        let field = game.field(now.as_slice())?;
        for i in generator..now.len() {
            now[i] += h * field[i];
        }
        let field = game.field(now.as_slice())?;
        for i in 0..generator {
            now[i] += h * field[i];
        }
        Ok(State { now, field_before: None })
    },
    linear: |jacobian, generator, h| {
        let n = jacobian.nrows();
        block(jacobian, 0..generator.min(n), h) * block(jacobian, generator.min(n)..n, h)
    },
};
