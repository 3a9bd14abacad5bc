//! What decides the fate of a small game near its equilibrium.

use gan::core::theory::dynamics::maps;
use gan::core::theory::dynamics::{
    CriticalWeight, SmallGame, critical_contraction, critical_damping, eigenvalues, largest_stable_step,
};
use gan::core::theory::{DynamicsError, TheoryError};

/// How far from 1 a spectral radius must be to count as another one: above what rounding makes of it.
const ONE: f64 = 1e-12;
/// The share of its magnitude from which on an imaginary part is more than what rounding makes of a double eigenvalue.
const ROTATES: f64 = 1e-6;

/// What becomes of a small deviation from the equilibrium.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Converges,
    Circles,
    Diverges,
    /// An eigenvalue is 1 itself: the linear map says nothing.
    Undecided,
}

impl Verdict {
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Converges => "converges",
            Verdict::Circles => "circles",
            Verdict::Diverges => "diverges",
            Verdict::Undecided => "undecided",
        }
    }
}

/// One of the maps near the equilibrium.
pub(super) struct Fate {
    pub map: &'static str,
    /// Spectral radius of its linear part.
    pub radius: f64,
    pub verdict: Verdict,
    /// The weight from which on it contracts; none where the game has no regulariser.
    pub weight: Option<CriticalWeight>,
    /// The step up to which it contracts, if there is one.
    pub step: Option<f64>,
}

/// The equilibrium, if it is one.
pub(super) enum Equilibrium {
    Found {
        /// Eigenvalues of the field's Jacobian, the largest magnitude first: real and imaginary parts.
        values: Vec<(f64, f64)>,
        fates: Vec<Fate>,
        /// The weight from which on nothing rotates.
        damping: Option<CriticalWeight>,
    },
    /// The field has a kink there and does not vanish.
    Missing {
        /// Its length from one side.
        residual: f64,
    },
}

/// A game with what decides its fate.
pub(super) struct Entry {
    pub game: SmallGame,
    pub equilibrium: Equilibrium,
}

impl Entry {
    pub fn new(mut game: SmallGame, h: f64) -> Result<Entry, TheoryError> {
        let generator = game.model().generator_parameters();
        let jacobian = match game.jacobian(&game.equilibrium()) {
            Ok(jacobian) => jacobian,
            Err(TheoryError::Dynamics(DynamicsError::NotDifferentiable { residual, .. })) => {
                return Ok(Entry { game, equilibrium: Equilibrium::Missing { residual } });
            }
            Err(other) => return Err(other),
        };
        let values = eigenvalues(&jacobian)?.into_iter().map(|l| tidy(l.re, l.im)).collect();
        // a kink at any weight above 0 leaves no critical one
        let weighted = game.regulariser().name != "none" && game.regulariser().name != "wgan_gp";
        let mut fates = Vec::new();
        for map in maps::ALL {
            let of_map = eigenvalues(&(map.linear)(&jacobian, generator, h))?;
            let radius = of_map.iter().map(|l| l.norm()).fold(0.0, f64::max);
            let turns = || of_map.iter().filter(|l| (l.norm() - 1.0).abs() <= ONE).all(|l| l.im.abs() > ROTATES * ROTATES);
            let verdict = match radius {
                r if r < 1.0 - ONE => Verdict::Converges,
                r if r > 1.0 + ONE => Verdict::Diverges,
                _ if turns() => Verdict::Circles,
                _ => Verdict::Undecided,
            };
            let weight = weighted.then(|| critical_contraction(&mut game, map, h)).transpose()?;
            fates.push(Fate { map: map.name, radius, verdict, weight, step: largest_stable_step(&game, map)? });
        }
        let damping = weighted.then(|| critical_damping(&mut game)).transpose()?;
        Ok(Entry { game, equilibrium: Equilibrium::Found { values, fates, damping } })
    }

    /// `minimax, r1 0.3`.
    pub fn name(&self) -> String {
        format!("{}, {}", self.game.objective().name, regulariser(&self.game))
    }
}

/// `r1 0.3`.
pub(super) fn regulariser(game: &SmallGame) -> String {
    match game.regulariser().name {
        "none" => "none".to_owned(),
        name => format!("{name} {}", game.weight()),
    }
}

/// The letter of a regulariser's weight.
pub(super) fn letter(regulariser: &str) -> &'static str {
    match regulariser {
        "instance_noise" => "σ",
        _ => "γ",
    }
}

/// Without what rounding leaves of a part that is 0.
fn tidy(re: f64, im: f64) -> (f64, f64) {
    let size = re.hypot(im);
    let part = |v: f64, least: f64| if v.abs() <= least * size { 0.0 } else { v };
    (part(re, ONE), part(im, ROTATES))
}
