use super::{Losses, SmallObjective};
use crate::theory::dynamics::curve::{IDENTITY, MINUS};

/// The game of critics (Arjovsky et al. 2017, eq. 2).
pub(super) const ENTRY: SmallObjective = SmallObjective {
    name: "wasserstein",
    doc: "D: D(G) - D(x); G: -D(G)",
    losses: Losses::Separate { real: MINUS, fake: IDENTITY, generator: MINUS },
};
