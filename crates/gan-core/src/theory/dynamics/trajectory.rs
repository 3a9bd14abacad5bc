use nalgebra::DVector;

use super::SmallGame;
use super::critical::check_step;
use super::maps::{State, StepMap};
use crate::theory::{DynamicsError, TheoryError};

/// A trajectory that leaves this distance from its start is taken to be lost.
const ESCAPE: f64 = 1e6;

/// The points of a game that is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Trajectory {
    /// The start, and the point after each step.
    pub points: Vec<DVector<f64>>,
    /// Whether it was broken off because it left every bound (1e6 from its start, or the range of numbers).
    pub escaped: bool,
}

/// Plays a game: `steps` steps of size `h` from a point.
///
/// # Errors
/// [`DynamicsError::PointLength`], [`DynamicsError::PointNotFinite`] for the start, [`TheoryError::Setting`] for a step that is not
/// positive.
///
/// ```
/// use gan_core::theory::dynamics::{SmallGame, games::Dirac, maps, simulate};
///
/// let game = SmallGame::new(Box::new(Dirac::new(32)?), "minimax", "r1", 1.0)?;
/// let played = simulate(&game, &[1.0, 1.0], &maps::ALL[0], 0.1, 500)?;
/// assert!(played.points.last().is_some_and(|x| x.norm() < 1e-6));
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn simulate(game: &SmallGame, start: &[f64], map: &StepMap, h: f64, steps: usize) -> Result<Trajectory, TheoryError> {
    check_step(h)?;
    game.losses(start)?;
    let start = DVector::from_column_slice(start);
    let mut points = vec![start.clone()];
    let mut state = State { now: start.clone(), field_before: None };
    for _ in 0..steps {
        state = match (map.step)(game, &state, h) {
            Ok(next) => next,
            // a point between, as extragradient visits, left the range of numbers
            Err(TheoryError::Dynamics(DynamicsError::PointNotFinite { .. })) => return Ok(Trajectory { points, escaped: true }),
            Err(other) => return Err(other),
        };
        let distance = (&state.now - &start).norm();
        if !distance.is_finite() {
            return Ok(Trajectory { points, escaped: true });
        }
        points.push(state.now.clone());
        if distance > ESCAPE {
            return Ok(Trajectory { points, escaped: true });
        }
    }
    Ok(Trajectory { points, escaped: false })
}

/// An axis of a picture of the field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Axis {
    /// The parameter along it, by its place.
    pub parameter: usize,
    /// Its least value.
    pub low: f64,
    /// Its greatest value.
    pub high: f64,
    /// Number of points, at least 2.
    pub points: usize,
}

impl Axis {
    fn value(&self, i: usize) -> f64 {
        let share = i as f64 / (self.points - 1) as f64;
        self.low * (1.0 - share) + self.high * share
    }

    fn check(&self, game: &SmallGame) -> Result<(), TheoryError> {
        if self.parameter >= game.dimension() {
            return Err(DynamicsError::NoParameter { index: self.parameter, parameters: game.dimension() }.into());
        }
        if self.points < 2 {
            return Err(TheoryError::Setting { name: "points", expected: "at least 2", found: self.points as f64 });
        }
        let (low, high) = (self.low, self.high);
        if !(low < high && low.is_finite() && high.is_finite()) {
            return Err(TheoryError::Setting { name: "high", expected: "a finite number above low", found: high });
        }
        Ok(())
    }
}

/// The field at a point.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrow {
    /// The point.
    pub at: DVector<f64>,
    /// The field there.
    pub field: DVector<f64>,
}

/// The field over a rectangle of two parameters, the others as at `point`; the second axis is the outer one.
///
/// # Errors
/// [`DynamicsError::NoParameter`] or [`TheoryError::Setting`] for an axis, [`DynamicsError::PointLength`],
/// [`DynamicsError::PointNotFinite`].
pub fn field_on_grid(game: &SmallGame, point: &[f64], axes: [Axis; 2]) -> Result<Vec<Arrow>, TheoryError> {
    axes[0].check(game)?;
    axes[1].check(game)?;
    if axes[0].parameter == axes[1].parameter {
        let found = axes[1].parameter as f64;
        return Err(TheoryError::Setting { name: "parameter", expected: "another one than the first axis has", found });
    }
    game.losses(point)?;
    let mut all = Vec::new();
    for j in 0..axes[1].points {
        for i in 0..axes[0].points {
            let mut at = DVector::from_column_slice(point);
            at[axes[0].parameter] = axes[0].value(i);
            at[axes[1].parameter] = axes[1].value(j);
            let field = game.field(at.as_slice())?;
            all.push(Arrow { at, field });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::dynamics::{games::Dirac, maps};

    fn game(objective: &str, regulariser: &str, weight: f64) -> SmallGame {
        SmallGame::new(Box::new(Dirac::new(16).unwrap()), objective, regulariser, weight).unwrap()
    }

    /// The Wasserstein field is linear, so the distance grows or shrinks by the spectral radius at each step exactly.
    #[test]
    fn distances_of_the_bare_linear_game() {
        let game = game("wasserstein", "none", 0.0);
        let (start, h) = ([0.6, -0.8], 0.1_f64);
        let one = 1.0 + h * h;
        for (name, radius) in [("simultaneous", one.sqrt()), ("extragradient", (1.0 - h * h + h.powi(4)).sqrt())] {
            let played = simulate(&game, &start, maps::find(name).unwrap(), h, 50).unwrap();
            for (t, x) in played.points.iter().enumerate() {
                assert!((x.norm() - radius.powi(t as i32)).abs() < 1e-12, "{name} at {t}");
            }
        }
        let played = simulate(&game, &start, maps::find("alternating").unwrap(), h, 20_000).unwrap();
        assert!(played.points.iter().all(|x| (0.9..1.1).contains(&x.norm())));
    }

    #[test]
    fn wgan_gp_circles_on() {
        let game = game("wasserstein", "wgan_gp", 0.5);
        let played = simulate(&game, &[1.0, 0.5], &maps::ALL[1], 0.05, 4000).unwrap();
        assert!(!played.escaped);
        let last = &played.points[3000..];
        assert!(last.iter().map(|x| x.norm()).fold(0.0, f64::max) > 0.3);
    }

    #[test]
    fn what_runs_away_is_told() {
        let game = game("wasserstein", "none", 0.0);
        let played = simulate(&game, &[1.0, 0.0], &maps::ALL[0], 10.0, 1000).unwrap();
        assert!(played.escaped && played.points.len() < 20);
        let beyond = simulate(&game, &[1e300, 0.0], &maps::ALL[3], 1e300, 5).unwrap();
        assert!(beyond.escaped && beyond.points.iter().all(|x| x.iter().all(|v| v.is_finite())));
        assert!(matches!(
            simulate(&game, &[1.0], &maps::ALL[0], 0.1, 1),
            Err(TheoryError::Dynamics(DynamicsError::PointLength { .. }))
        ));
        assert!(matches!(
            simulate(&game, &[f64::NAN, 0.0], &maps::ALL[0], 0.1, 1),
            Err(TheoryError::Dynamics(DynamicsError::PointNotFinite { index: 0, .. }))
        ));
    }

    #[test]
    fn the_field_on_a_grid() {
        let game = game("wasserstein", "none", 0.0);
        let axis = |parameter| Axis { parameter, low: -1.0, high: 1.0, points: 3 };
        let grid = field_on_grid(&game, &[0.0, 0.0], [axis(0), axis(1)]).unwrap();
        assert_eq!(grid.len(), 9);
        for Arrow { at: x, field: v } in grid {
            assert_eq!((v[0], v[1]), (x[1], -x[0]));
        }
        assert!(field_on_grid(&game, &[0.0, 0.0], [axis(0), axis(0)]).is_err());
        assert!(matches!(
            field_on_grid(&game, &[0.0, 0.0], [axis(0), axis(2)]),
            Err(TheoryError::Dynamics(DynamicsError::NoParameter { index: 2, parameters: 2 }))
        ));
        let backwards = Axis { low: 1.0, high: -1.0, ..axis(1) };
        assert!(field_on_grid(&game, &[0.0, 0.0], [axis(0), backwards]).is_err());
    }
}
