use super::{Effect, Regulariser};

/// Instance noise (Sonderby et al. 2017; Arjovsky and Bottou 2017), in expectation.
pub(super) const ENTRY: Regulariser =
    Regulariser { name: "instance_noise", doc: "normal noise of deviation sigma on data and fakes", effect: Effect::Noise };
