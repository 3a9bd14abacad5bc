use nalgebra::DMatrix;

use super::maps::StepMap;
use super::{SmallGame, eigenvalues, spectral_radius};
use crate::theory::TheoryError;

/// Least and greatest step that is looked at, and the least weight.
const RANGE: (f64, f64) = (1e-6, 1e6);
/// Greatest weight that is looked at: beyond it, a rotation of speed 1 under a damping of that weight is lost in [`ROTATES`].
const HEAVIEST: f64 = 1e5;
/// Ratio of neighbours on the grid on which the first crossing is sought.
const RATIO: f64 = 1.090_507_732_665_257_7; // 2^(1/8)
/// An eigenvalue rotates whose imaginary part exceeds this share of the largest magnitude: more than what rounding makes of a defective
/// double eigenvalue, and, since imaginary parts vanish as square roots, only some 1e-12 off in the weight, relatively.
const ROTATES: f64 = 1e-6;
/// A map contracts whose spectral radius lies below 1 by more than this, which is above rounding.
const CONTRACTS: f64 = 1e-13;
/// A matrix is singular whose determinant is below this share of what the lengths of its rows allow.
const SINGULAR: f64 = 1e-13;

/// The least weight of a regulariser from which on something holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CriticalWeight {
    /// It holds without the regulariser.
    Unneeded,
    /// Any weight above 0 suffices (more exactly, of more than 1e-6).
    Any,
    /// It holds from this weight on, and not at once below.
    At(f64),
    /// No weight up to 1e5 brings it about.
    None,
}

impl CriticalWeight {
    /// The weight as a number: 0 where none or any suffices, `None` where none does.
    pub fn value(self) -> Option<f64> {
        match self {
            CriticalWeight::Unneeded | CriticalWeight::Any => Some(0.0),
            CriticalWeight::At(weight) => Some(weight),
            CriticalWeight::None => None,
        }
    }
}

/// The least weight at which the equilibrium no longer rotates: every eigenvalue of the Jacobian of the field is real.
///
/// Sought on a grid of 8 weights an octave from 1e-6 to 1e5, then by bisection, relative to 1e-14. In the Dirac-GAN with R1 it is
/// `2 |f'(0)|`. The game's own weight does not matter.
///
/// # Errors
/// [`DynamicsError::NotDifferentiable`](crate::theory::DynamicsError::NotDifferentiable) where the game has no Jacobian there.
///
/// ```
/// use gan_core::theory::dynamics::{SmallGame, critical_damping, games::Dirac};
///
/// let mut game = SmallGame::new(Box::new(Dirac::new(32)?), "non_saturating", "r1", 0.0)?;
/// let critical = critical_damping(&mut game)?.value();
/// assert!(critical.is_some_and(|gamma| (gamma - 1.0).abs() < 1e-10));
/// # Ok::<(), gan_core::theory::TheoryError>(())
/// ```
pub fn critical_damping(game: &mut SmallGame) -> Result<CriticalWeight, TheoryError> {
    critical_weight(game, |jacobian, _| {
        let values = eigenvalues(jacobian)?;
        let largest = values.iter().map(|l| l.norm()).fold(0.0, f64::max);
        Ok(values.iter().all(|l| l.im.abs() <= ROTATES * largest))
    })
}

/// The least weight at which the map with steps of size `h` contracts near the equilibrium: its spectral radius is below 1.
///
/// As [`critical_damping`]. In the Dirac-GAN with R1 and simultaneous steps it is `h f'(0)^2`. Where lighter weights neither contract nor
/// expand (alternating steps circle without a regulariser), any weight suffices: what is found then is where rounding ends.
///
/// # Errors
/// [`TheoryError::Setting`] for a step that is not positive;
/// [`DynamicsError::NotDifferentiable`](crate::theory::DynamicsError::NotDifferentiable).
pub fn critical_contraction(game: &mut SmallGame, map: &StepMap, h: f64) -> Result<CriticalWeight, TheoryError> {
    check_step(h)?;
    let found = critical_weight(game, |jacobian, generator| contracts(jacobian, generator, map, h))?;
    let CriticalWeight::At(weight) = found else { return Ok(found) };
    let expands =
        |jacobian: &DMatrix<f64>, generator| Ok(spectral_radius(&(map.linear)(jacobian, generator, h))? > 1.0 + CONTRACTS);
    Ok(if at_weight(game, 0.5 * weight, expands)? { found } else { CriticalWeight::Any })
}

/// The largest step up to which the map contracts near the equilibrium; `None` where no step of 1e-6 or more does.
///
/// For simultaneous steps it is `min -2 Re l / |l|^2` over the eigenvalues `l` of the Jacobian.
///
/// # Errors
/// [`DynamicsError::NotDifferentiable`](crate::theory::DynamicsError::NotDifferentiable).
pub fn largest_stable_step(game: &SmallGame, map: &StepMap) -> Result<Option<f64>, TheoryError> {
    let jacobian = game.jacobian(&game.equilibrium())?;
    let generator = game.model().generator_parameters();
    let mut stops = |h: f64| Ok(!contracts(&jacobian, generator, map, h)?);
    if stops(RANGE.0)? {
        return Ok(None);
    }
    Ok(Some(first(&mut stops, RANGE.1)?.unwrap_or(f64::INFINITY)))
}

fn contracts(jacobian: &DMatrix<f64>, generator: usize, map: &StepMap, h: f64) -> Result<bool, TheoryError> {
    // what the Jacobian takes to 0 no step moves, which rounding in a map that is nearly defective hides
    Ok(!singular(jacobian) && spectral_radius(&(map.linear)(jacobian, generator, h))? < 1.0 - CONTRACTS)
}

fn singular(jacobian: &DMatrix<f64>) -> bool {
    jacobian.determinant().abs() <= SINGULAR * jacobian.row_iter().map(|r| r.norm()).product::<f64>()
}

pub(super) fn check_step(h: f64) -> Result<(), TheoryError> {
    if h > 0.0 && h.is_finite() {
        return Ok(());
    }
    Err(TheoryError::Setting { name: "step", expected: "a finite number > 0", found: h })
}

fn critical_weight(
    game: &mut SmallGame,
    holds: impl Fn(&DMatrix<f64>, usize) -> Result<bool, TheoryError>,
) -> Result<CriticalWeight, TheoryError> {
    let before = game.weight();
    let found = search(game, holds);
    game.set_weight(before)?;
    found
}

/// Whether something holds at a weight.
fn at_weight(
    game: &mut SmallGame,
    weight: f64,
    holds: impl Fn(&DMatrix<f64>, usize) -> Result<bool, TheoryError>,
) -> Result<bool, TheoryError> {
    let before = game.weight();
    game.set_weight(weight)?;
    let found = game.jacobian(&game.equilibrium()).and_then(|j| holds(&j, game.model().generator_parameters()));
    game.set_weight(before)?;
    found
}

fn search(
    game: &mut SmallGame,
    holds: impl Fn(&DMatrix<f64>, usize) -> Result<bool, TheoryError>,
) -> Result<CriticalWeight, TheoryError> {
    let (equilibrium, generator) = (game.equilibrium(), game.model().generator_parameters());
    let mut at = |weight: f64| {
        game.set_weight(weight)?;
        holds(&game.jacobian(&equilibrium)?, generator)
    };
    if at(0.0)? {
        return Ok(CriticalWeight::Unneeded);
    }
    if at(RANGE.0)? {
        return Ok(CriticalWeight::Any);
    }
    Ok(first(&mut at, HEAVIEST)?.map_or(CriticalWeight::None, CriticalWeight::At))
}

/// The first point above the lower end of [`RANGE`], where `holds` is false, and up to `last` at which it is true.
fn first(holds: &mut impl FnMut(f64) -> Result<bool, TheoryError>, last: f64) -> Result<Option<f64>, TheoryError> {
    let mut low = RANGE.0;
    while low < last {
        let mut high = low * RATIO;
        if !holds(high)? {
            low = high;
            continue;
        }
        while high - low > 1e-14 * high {
            let middle = 0.5 * (low + high);
            if holds(middle)? { high = middle } else { low = middle }
        }
        return Ok(Some(high));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::DynamicsError;
    use crate::theory::dynamics::{games, maps};
    use gan_layers::Spec;

    fn game(model: &str, objective: &str, regulariser: &str) -> SmallGame {
        SmallGame::new(games::build(&Spec::new(model), "game").unwrap(), objective, regulariser, 0.7).unwrap()
    }

    #[test]
    fn the_dirac_game_in_closed_form() {
        let simultaneous = maps::find("simultaneous").unwrap();
        for (objective, slope) in
            [("minimax", 0.5), ("non_saturating", 0.5), ("wasserstein", 1.0), ("hinge", 1.0), ("relativistic", 0.5)]
        {
            for (regulariser, factor) in [("r1", 1.0), ("r2", 1.0), ("r1_r2", 0.5)] {
                let mut game = game("dirac", objective, regulariser);
                let damping = critical_damping(&mut game).unwrap().value().unwrap();
                assert!((damping - 2.0 * slope * factor).abs() < 1e-10, "{objective} {regulariser} {damping}");
                let contraction = critical_contraction(&mut game, simultaneous, 0.1).unwrap().value().unwrap();
                assert!((contraction - 0.1 * slope * slope * factor).abs() < 1e-9, "{objective} {regulariser} {contraction}");
                assert_eq!(game.weight(), 0.7);
            }
        }
    }

    #[test]
    fn weights_that_are_not_needed_or_not_to_be_had() {
        let [simultaneous, alternating, optimistic, extragradient] = [0, 1, 2, 3].map(|i| &maps::ALL[i]);
        let mut bare = game("dirac", "minimax", "none");
        assert_eq!(critical_damping(&mut bare), Ok(CriticalWeight::None));
        assert_eq!(critical_contraction(&mut bare, simultaneous, 0.1), Ok(CriticalWeight::None));
        for map in [optimistic, extragradient] {
            assert_eq!(critical_contraction(&mut bare, map, 0.1), Ok(CriticalWeight::Unneeded), "{}", map.name);
        }
        let mut r1 = game("dirac", "minimax", "r1");
        assert_eq!(critical_contraction(&mut r1, alternating, 0.1), Ok(CriticalWeight::Any));
        // consensus damps, and turns as fast as before
        let mut consensus = game("dirac", "minimax", "consensus");
        assert_eq!(critical_damping(&mut consensus), Ok(CriticalWeight::None));
        // noise acts by its square, which at first is lost in rounding
        let mut noise = game("dirac", "minimax", "instance_noise");
        assert_eq!(critical_contraction(&mut noise, alternating, 0.1), Ok(CriticalWeight::Any));
        // -gamma +- i turns, however small the angle
        assert_eq!(critical_damping(&mut game("dirac", "wasserstein", "consensus")), Ok(CriticalWeight::None));
        // nothing pulls G: an eigenvalue is 0, and no step contracts
        for regulariser in ["r1", "r1_r2", "instance_noise", "consensus"] {
            let mut idle = game("dirac", "least_squares_pearson", regulariser);
            for map in maps::ALL {
                let found = critical_contraction(&mut idle, map, 0.1);
                assert_eq!(found, Ok(CriticalWeight::None), "{regulariser} {}", map.name);
                assert_eq!(largest_stable_step(&idle, map), Ok(None), "{regulariser} {}", map.name);
            }
        }
        let kink = critical_damping(&mut game("dirac", "minimax", "wgan_gp"));
        assert!(matches!(kink, Err(TheoryError::Dynamics(DynamicsError::NotDifferentiable { .. }))));
    }

    #[test]
    fn noise_of_deviation_root_two_stops_the_rotation() {
        // L_D'' = 2 sigma'(0) s^2 = s^2 / 2, against 2 f'(0) = 1
        let critical = critical_damping(&mut game("dirac", "minimax", "instance_noise")).unwrap().value().unwrap();
        assert!((critical - 2.0_f64.sqrt()).abs() < 1e-10, "{critical}");
    }

    #[test]
    fn the_largest_step_in_closed_form() {
        let simultaneous = maps::find("simultaneous").unwrap();
        for (model, objective) in
            [("dirac", "non_saturating"), ("dirac", "wasserstein"), ("gaussian", "wasserstein"), ("gaussian", "minimax")]
        {
            let game = game(model, objective, "r1");
            let values = eigenvalues(&game.jacobian(&game.equilibrium()).unwrap()).unwrap();
            let expected = values.iter().map(|l| -2.0 * l.re / l.norm_sqr()).fold(f64::INFINITY, f64::min);
            let found = largest_stable_step(&game, simultaneous).unwrap().unwrap();
            assert!((found / expected - 1.0).abs() < 1e-9, "{model} {objective}: {found} {expected}");
        }
        assert_eq!(largest_stable_step(&game("dirac", "minimax", "none"), simultaneous), Ok(None));
        // without damping both bounds are known: h |l| < 1 and h |l| < 1 / sqrt 3
        let bare = game("dirac", "wasserstein", "none");
        for (name, bound) in [("extragradient", 1.0), ("optimistic", 3.0_f64.sqrt().recip())] {
            let found = largest_stable_step(&bare, maps::find(name).unwrap()).unwrap().unwrap();
            assert!((found - bound).abs() < 1e-6, "{name}: {found} {bound}");
        }
    }

    #[test]
    fn steps_of_no_size_are_refused() {
        for h in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let found = critical_contraction(&mut game("dirac", "minimax", "r1"), &maps::ALL[0], h);
            assert!(matches!(found, Err(TheoryError::Setting { name: "step", .. })));
        }
    }
}
