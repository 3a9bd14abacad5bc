//! What the two players of a small game want, one file each. A new objective is a file here and a line in [`ALL`].

mod hinge;
mod least_squares;
mod least_squares_pearson;
mod minimax;
mod non_saturating;
mod relativistic;
mod wasserstein;

use super::curve::Curve;

/// How the losses of both players come from D's outputs.
#[derive(Debug, Clone, Copy)]
pub enum Losses {
    /// `L_D = E real(D(x)) + E fake(D(G(z)))` and `L_G = E generator(D(G(z)))`.
    Separate {
        /// What D pays for the data.
        real: Curve,
        /// What D pays for fakes.
        fake: Curve,
        /// What G pays.
        generator: Curve,
    },
    /// `L_D = E discriminator(D(x) - D(G(z)))` and `L_G = E generator(D(x) - D(G(z)))`, over all pairs of data and fakes.
    Paired {
        /// What D pays for a pair.
        discriminator: Curve,
        /// What G pays for it.
        generator: Curve,
    },
}

/// An objective as the registry lists it.
#[derive(Debug, Clone, Copy)]
pub struct SmallObjective {
    /// Its name, that of the trained objective where there is one.
    pub name: &'static str,
    /// Its losses, in a line.
    pub doc: &'static str,
    /// Its losses.
    pub losses: Losses,
}

/// Every objective.
pub const ALL: &[SmallObjective] = &[
    minimax::ENTRY,
    non_saturating::ENTRY,
    least_squares::ENTRY,
    least_squares_pearson::ENTRY,
    wasserstein::ENTRY,
    hinge::ENTRY,
    relativistic::ENTRY,
];

/// The objective of this name.
pub fn find(name: &str) -> Option<&'static SmallObjective> {
    ALL.iter().find(|o| o.name == name)
}
