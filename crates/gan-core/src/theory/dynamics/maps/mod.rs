//! How a step is made from the gradient vector field, one file each. A new map is a file here and a line in [`ALL`].

mod alternating;
mod extragradient;
mod optimistic;
mod simultaneous;

use nalgebra::{DMatrix, DVector};

use super::SmallGame;
use crate::theory::TheoryError;

/// A point of a trajectory, and what the step remembers of the one before.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// The parameters.
    pub now: DVector<f64>,
    /// The field at the point before, for maps that use it; `None` at the start, where it counts as that of the start.
    pub field_before: Option<DVector<f64>>,
}

/// A discrete map as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct StepMap {
    /// Its name.
    pub name: &'static str,
    /// The map, in a line.
    pub doc: &'static str,
    /// The step of size `h` from a state.
    pub step: fn(&SmallGame, &State, f64) -> Result<State, TheoryError>,
    /// The linear map of its step of size `h` near an equilibrium, of the Jacobian of the field and the number of the generator's
    /// parameters; on `(x_t, x_{t-1})` where the step remembers.
    pub linear: fn(&DMatrix<f64>, usize, f64) -> DMatrix<f64>,
}

/// Every map.
pub const ALL: &[StepMap] = &[simultaneous::ENTRY, alternating::ENTRY, optimistic::ENTRY, extragradient::ENTRY];

/// The map of this name.
pub fn find(name: &str) -> Option<&'static StepMap> {
    ALL.iter().find(|m| m.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::dynamics::games::Gaussian;

    /// The linear map against differences of the nonlinear step, at a point that is no equilibrium of anything but itself.
    #[test]
    fn each_linear_map_is_the_derivative_of_its_step() {
        const H: f64 = 0.1;
        const MOVE: f64 = 1e-4;
        let game = SmallGame::new(Box::new(Gaussian::new(0.4, 1.2, 24).unwrap()), "non_saturating", "r1", 0.2).unwrap();
        let start = DVector::from_vec(game.equilibrium());
        let n = start.len();
        let jacobian = game.jacobian(start.as_slice()).unwrap();
        for map in ALL {
            let linear = (map.linear)(&jacobian, 2, H);
            let remembers = linear.nrows() == 2 * n;
            for j in 0..linear.ncols() {
                let moved = |d: f64| {
                    let (mut now, mut before) = (start.clone(), start.clone());
                    if j < n {
                        now[j] += d
                    } else {
                        before[j - n] += d
                    }
                    let field_before = remembers.then(|| game.field(before.as_slice()).unwrap());
                    (map.step)(&game, &State { now, field_before }, H).unwrap().now
                };
                let column = (moved(MOVE) - moved(-MOVE)) / (2.0 * MOVE);
                for i in 0..n {
                    let error = (column[i] - linear[(i, j)]).abs();
                    assert!(error < 1e-7, "{} ({i}, {j}): {} {}", map.name, column[i], linear[(i, j)]);
                }
            }
        }
    }
}
