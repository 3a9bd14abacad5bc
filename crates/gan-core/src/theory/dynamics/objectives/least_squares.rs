use super::{Losses, SmallObjective};
use crate::theory::dynamics::curve::{SQUARE_TO_MINUS_ONE, SQUARE_TO_ONE};

/// Least squares (Mao et al. 2017, eq. 2) with `c = b`, G's target that of the data. The 0-1 coding of their eq. 9, centred:
/// `D -> 2 D - 1`, so that the equilibrium is `D = 0` as in the other games.
pub(super) const ENTRY: SmallObjective = SmallObjective {
    name: "least_squares",
    doc: "D: (D(x) - 1)^2 / 2 + (D(G) + 1)^2 / 2; G: (D(G) - 1)^2 / 2",
    losses: Losses::Separate { real: SQUARE_TO_ONE, fake: SQUARE_TO_MINUS_ONE, generator: SQUARE_TO_ONE },
};
