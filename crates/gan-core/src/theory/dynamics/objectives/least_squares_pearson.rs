use super::{Losses, SmallObjective};
use crate::theory::dynamics::curve::{SQUARE_TO_MINUS_ONE, SQUARE_TO_ONE, SQUARE_TO_ZERO};

/// Least squares with `a, b, c = -1, 1, 0`, whose best D makes G's loss a Pearson divergence (Mao et al. 2017, eq. 8).
///
/// G's loss is flat to first order where `D = 0`: at the equilibrium nothing pulls G, and no linearisation can say that it is
/// reached.
pub(super) const ENTRY: SmallObjective = SmallObjective {
    name: "least_squares_pearson",
    doc: "D: (D(x) - 1)^2 / 2 + (D(G) + 1)^2 / 2; G: D(G)^2 / 2",
    losses: Losses::Separate { real: SQUARE_TO_ONE, fake: SQUARE_TO_MINUS_ONE, generator: SQUARE_TO_ZERO },
};
