use super::{Effect, Regulariser, half_squared_slope_on_fakes};

/// R2 (Mescheder et al. 2018, eq. 10): `gamma / 2 E_g |D'|^2`. D's loss alone holds it: G does not descend it.
pub(super) const ENTRY: Regulariser = Regulariser {
    name: "r2",
    doc: "gamma / 2 times the squared slope of D at the fakes",
    effect: Effect::Penalty(half_squared_slope_on_fakes),
};
