use super::{Losses, SmallObjective};
use crate::theory::dynamics::curve::{SOFTPLUS, SOFTPLUS_OF_MINUS};

/// Relativistic pairing, RpGAN (Jolicoeur-Martineau 2019; Huang et al. 2024, eq. 2 with `f(t) = -softplus(-t)`).
pub(super) const ENTRY: SmallObjective = SmallObjective {
    name: "relativistic",
    doc: "f of the pair's difference: D: softplus(D(G) - D(x)); G: softplus(D(x) - D(G))",
    losses: Losses::Paired { discriminator: SOFTPLUS_OF_MINUS, generator: SOFTPLUS },
};
