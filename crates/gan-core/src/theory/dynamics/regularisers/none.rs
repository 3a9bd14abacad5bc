use super::{Effect, Regulariser};

/// The bare game.
pub(super) const ENTRY: Regulariser = Regulariser { name: "none", doc: "nothing", effect: Effect::Nothing };
