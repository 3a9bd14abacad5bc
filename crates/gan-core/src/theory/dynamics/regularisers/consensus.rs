use super::{Effect, Regulariser};

/// Consensus optimisation (Mescheder et al. 2017, eq. 10).
pub(super) const ENTRY: Regulariser =
    Regulariser { name: "consensus", doc: "both players descend gamma / 2 |v|^2 as well", effect: Effect::Consensus };
