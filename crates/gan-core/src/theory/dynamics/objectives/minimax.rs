use super::{Losses, SmallObjective};
use crate::theory::dynamics::curve::{MINUS_SOFTPLUS, SOFTPLUS, SOFTPLUS_OF_MINUS};

/// The zero-sum game (Goodfellow et al. 2014, eq. 1), on logits.
pub(super) const ENTRY: SmallObjective = SmallObjective {
    name: "minimax",
    doc: "D: -log D(x) - log(1 - D(G)); G: log(1 - D(G))",
    losses: Losses::Separate { real: SOFTPLUS_OF_MINUS, fake: SOFTPLUS, generator: MINUS_SOFTPLUS },
};
