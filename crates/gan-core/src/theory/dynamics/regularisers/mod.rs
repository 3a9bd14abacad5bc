//! What is added to a small game so that it converges, one file each. A new regulariser is a file here and a line in [`ALL`].

mod consensus;
mod instance_noise;
mod none;
mod r1;
mod r1_r2;
mod r2;
mod wgan_gp;

use super::Hyper;
use super::small_game::SmallScene;

/// Where a regulariser acts.
#[derive(Debug, Clone, Copy)]
pub enum Effect {
    /// Nowhere.
    Nothing,
    /// As a term of D's loss, times the weight.
    Penalty(fn(&SmallScene<'_>) -> Hyper),
    /// As normal noise on data and fakes, whose deviation is the weight.
    Noise,
    /// On the field itself: `v - weight v'^T v`, since both players also descend `weight |v|^2 / 2`.
    Consensus,
}

/// A regulariser as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct Regulariser {
    /// Its name, that of the trained penalty where there is one.
    pub name: &'static str,
    /// What it is, in a line.
    pub doc: &'static str,
    /// Where it acts.
    pub effect: Effect,
}

/// Every regulariser.
pub const ALL: &[Regulariser] =
    &[none::ENTRY, r1::ENTRY, r2::ENTRY, r1_r2::ENTRY, wgan_gp::ENTRY, instance_noise::ENTRY, consensus::ENTRY];

/// The regulariser of this name.
pub fn find(name: &str) -> Option<&'static Regulariser> {
    ALL.iter().find(|r| r.name == name)
}

/// `E |D'|^2 / 2` on the data.
fn half_squared_slope_on_data(scene: &SmallScene<'_>) -> Hyper {
    scene.mean_over_data(|x| scene.slope(x).square()) * 0.5
}

/// `E |D'|^2 / 2` on the fakes.
fn half_squared_slope_on_fakes(scene: &SmallScene<'_>) -> Hyper {
    scene.mean_over_fakes(|x| scene.slope(x).square()) * 0.5
}
