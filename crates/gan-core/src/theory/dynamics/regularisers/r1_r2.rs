use super::{Effect, Regulariser, half_squared_slope_on_data, half_squared_slope_on_fakes};

/// R1 and R2 together, as R3GAN has them (Huang et al. 2024, section 2.2).
pub(super) const ENTRY: Regulariser = Regulariser {
    name: "r1_r2",
    doc: "R1 and R2, each times gamma / 2",
    effect: Effect::Penalty(|scene| half_squared_slope_on_data(scene) + half_squared_slope_on_fakes(scene)),
};
