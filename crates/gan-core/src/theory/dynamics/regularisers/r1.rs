use super::{Effect, Regulariser, half_squared_slope_on_data};

/// R1 (Mescheder et al. 2018, eq. 9): `gamma / 2 E_data |D'|^2`.
pub(super) const ENTRY: Regulariser = Regulariser {
    name: "r1",
    doc: "gamma / 2 times the squared slope of D at the data",
    effect: Effect::Penalty(half_squared_slope_on_data),
};
