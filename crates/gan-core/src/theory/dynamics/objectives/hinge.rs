use super::{Losses, SmallObjective};
use crate::theory::dynamics::curve::{HINGE, HINGE_OF_MINUS, MINUS};

/// The hinge loss (Lim and Ye 2017; Miyato et al. 2018, eq. 16).
pub(super) const ENTRY: SmallObjective = SmallObjective {
    name: "hinge",
    doc: "D: max(0, 1 - D(x)) + max(0, 1 + D(G)); G: -D(G)",
    losses: Losses::Separate { real: HINGE_OF_MINUS, fake: HINGE, generator: MINUS },
};
