use super::{Losses, SmallObjective};
use crate::theory::dynamics::curve::{SOFTPLUS, SOFTPLUS_OF_MINUS};

/// The game as it is played in practice (Goodfellow et al. 2014, section 3).
pub(super) const ENTRY: SmallObjective = SmallObjective {
    name: "non_saturating",
    doc: "D: -log D(x) - log(1 - D(G)); G: -log D(G)",
    losses: Losses::Separate { real: SOFTPLUS_OF_MINUS, fake: SOFTPLUS, generator: SOFTPLUS_OF_MINUS },
};
